"""The examiner: hands what waits to the virus scanner, and tells the record what it said.

One by lease for the whole house. It looks only at the small table of files that wait. Where
the scanner is away they go on waiting, each time longer, admins are told, and nothing else
waits: contacts come in, and answers without files leave.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from crm_core.actions import checking
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease
from crm_core.model.check import Health
from crm_core.model.errors import Gone
from crm_core.model.event import Stamped
from crm_core.queries import checks, contents
from crm_core.queries.checks import Due
from gateway.clamd import Scanner, ScannerAway, ScannerFailed
from gateway.examining import EXAMINER, verdict_of
from gateway.files import FileStore
from gateway.workers.leading import Leadership

log = structlog.get_logger()

LEASE_SECONDS = 8.0
LOOK_SECONDS = 1.0
AT_ONCE = 4
"""Contents with the scanner at a time: fewer than the ten threads it has at least."""

ASKED_EVERY = timedelta(minutes=1)

_WAKES = frozenset({"message.received", "note.added", "pictures.fetched"})


class Examiner:
    """See the module. `run` until cancelled; without a scanner it lets go what still waits for one, and ends."""

    def __init__(
        self, desk: Desk, scanner: Scanner | None, *, files: FileStore, holder: str, now: Callable[[], datetime]
    ) -> None:
        self._desk = desk
        self._scanner = scanner
        self._files = files
        self._now = now
        self._health = Health()
        self._ask_at: datetime | None = None
        self._missed = 0
        self._leadership = Leadership(desk, EXAMINER, holder=holder, seconds=LEASE_SECONDS, begin=self._begin)

    async def hear(self, events: list[Stamped]) -> None:
        """Wake when something came that may bring files."""
        if any(event.type in _WAKES for event in events):
            self._leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        if self._scanner is None:
            while await self._desk.do(EXAMINER, checking.let_all):
                pass
            return
        async with self._leadership.sought():
            await self._leadership.rounds(self.work, look=LOOK_SECONDS)

    async def work(self) -> None:
        """Everything that is due now, the longest waiting first; nothing while the scanner is away."""
        await self._look_after()
        while self._health.since is None and (due := await self._desk.ask(EXAMINER, checks.due, limit=AT_ONCE)):
            await asyncio.gather(*(self._look_into(one) for one in due))

    async def _begin(self, _lease: Lease) -> None:
        self._health = await self._desk.ask(EXAMINER, checks.health)

    async def _look_after(self) -> None:
        """Ask how it does, also while nothing comes: admins hear of it before a citizen waits. Less and less often while it is away."""
        assert self._scanner is not None
        if self._ask_at is not None and self._now() < self._ask_at:
            return
        try:
            version = await self._scanner.version()
        except (ScannerAway, ScannerFailed) as why:
            await self._is_away(str(why))
        else:
            self._missed, self._ask_at = 0, self._now() + ASKED_EVERY
            await self._note(Health(self._now(), None, version.said, version.signatures))

    async def _is_away(self, why: str) -> None:
        log.warning("files wait for the virus scanner", why=why)
        self._ask_at = self._now() + min(ASKED_EVERY, timedelta(seconds=2**self._missed))
        self._missed = min(self._missed + 1, 10)
        await self._note(replace(self._health, since=self._health.since or self._now()))

    async def _look_into(self, due: Due) -> None:
        """Afterwards it is not due any more, or the scanner is known to be away."""
        if due.known or await self._answered(due):
            while await self._desk.do(EXAMINER, checking.settle, due.digest):
                pass

    async def _answered(self, due: Due) -> bool:
        """Ask the scanner, and keep what it says; whether its files can be settled. Of what is not kept any more none needs to wait."""
        assert self._scanner is not None
        try:
            answer = await self._scanner.scan(await self._content(due.digest))
        except Gone:
            return True
        except ScannerAway as why:
            await self._is_away(str(why))
            return False
        except (ScannerFailed, FileNotFoundError) as why:
            said = str(why) if isinstance(why, ScannerFailed) else "its content is not on this disk"
            log.warning("a file waits for the virus scanner", why=said, tries=due.tries + 1)
            await self._desk.do(EXAMINER, checking.look_later, due.digest, tries=due.tries)
            return False
        await self._desk.do(
            EXAMINER, checking.keep_verdict, verdict_of(due.digest, answer), version=self._health.version
        )
        return True

    async def _note(self, health: Health) -> None:
        was, self._health = self._health, health
        if was != health:
            await self._desk.do(EXAMINER, checking.note_scanner, health, was=was)

    async def _content(self, digest: str) -> bytes:
        content = await self._desk.ask(EXAMINER, contents.for_the_scanner, digest)
        return await asyncio.to_thread(self._files.read, digest) if content is None else content
