"""The herald: mails to staff what happened while no screen of theirs was open.

It goes along the stream from where its cursor stands, keeps what is news to somebody, and
sleeps until the next mail is due. One herald by lease; a claim is committed before the
wire is touched, and what was claimed when we died is over.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import make_msgid

import structlog

from channels.contract import NoRoute, OutcomeUnknown, Unavailable, Undeliverable
from crm_core.actions import digests as actions
from crm_core.actions.desk import Desk
from crm_core.actions.digests import Letter
from crm_core.actions.housekeeping import Lease
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.ids import MessageId, fresh
from crm_core.model.message import Outbound
from crm_core.queries import digests as record
from crm_core.queries import events
from crm_core.rules import digests
from gateway.house import Door, HouseKeeper
from gateway.workers.leading import Leadership

log = structlog.get_logger()

HERALD = Actor.worker("herald")
LEASE_SECONDS = 10.0
LONGEST_SLEEP = 60.0
GATHER_SECONDS = 0.5
SEND_SECONDS = 120.0
_WAKES = frozenset({*digests.TOLD_BY, "wishes.changed"})


@dataclass(frozen=True, slots=True)
class _Way:
    """What came of a mail: it may never have left, or its address takes none."""

    left: bool
    refused: bool = False


class Herald:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, keeper: HouseKeeper, *, holder: str, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._keeper = keeper
        self._now = now
        self._place: int | None = None
        self.leadership = Leadership(desk, HERALD, holder=holder, seconds=LEASE_SECONDS, begin=self._begin)

    async def hear(self, heard: list[Stamped]) -> None:
        """Wake when something may be news, or somebody chose anew."""
        if any(event.type in _WAKES for event in heard):
            self.leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self.leadership.sought():
            await self.leadership.rounds(self.work, look=self._patience, gather=GATHER_SECONDS)

    async def work(self) -> None:
        """Keep what is news, then send what is due."""
        await self._catch_up()
        while (lease := self.leadership.lease) is not None:
            letters = await self._desk.do(HERALD, actions.claim, lease=lease, house=self._keeper.house)
            if not letters:
                return
            for letter in letters:
                await self._deliver(letter)

    async def _begin(self, _lease: Lease) -> None:
        """The first herald ever begins with what comes now; what another had in hand is over."""
        self._place = await self._desk.ask(HERALD, record.cursor)
        if self._place is None:
            self._place = await self._desk.ask(HERALD, events.top)
        await self._desk.do(HERALD, actions.recover)

    async def _catch_up(self) -> None:
        """Where nothing was news the cursor stays behind: to look there again costs little and finds nothing."""
        assert self._place is not None
        while True:
            found, to = await self._desk.ask(HERALD, record.news, since=self._place)
            told = [tiding for event in found for tiding in digests.tidings(event)]
            if told:
                await self._desk.do(HERALD, actions.note, told, to=to)
            self._place = to
            if len(found) < record.AT_ONCE:
                return

    async def _deliver(self, letter: Letter) -> None:
        way = await self._sent(letter)
        while True:  # what came of it is known only here
            try:
                if way.left:
                    await self._desk.do(HERALD, actions.settle, letter, refused=way.refused)
                else:
                    await self._desk.do(HERALD, actions.put_off, letter)
                return
            except Refusal as why:
                log.warning("what came of a mail to staff waits for the record", why=why.why)
                await asyncio.sleep(1)

    async def _sent(self, letter: Letter) -> _Way:
        inbox = self._keeper.house.reaching(letter.to.scheme)
        door = None if inbox is None else self._keeper.doors.get(inbox.id)
        if door is None or self.leadership.lease is None:
            return _Way(left=False)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await door.channel.send(self._outbound(letter, door))
        except (NoRoute, Unavailable) as why:
            log.warning("a mail to staff waits", why=str(why))
            return _Way(left=False)
        except Undeliverable as why:
            log.warning("a mail to staff was refused", why=str(why))
            return _Way(left=True, refused=True)
        except (OutcomeUnknown, TimeoutError):
            return _Way(left=True)
        except Exception:  # a channel's fault: it may have left the house
            log.exception("a mail to staff failed")
        return _Way(left=True)

    def _outbound(self, letter: Letter, door: Door) -> Outbound:
        now = self._now()
        return Outbound(
            message=fresh(MessageId, at=now),
            inbox=door.inbox.id,
            to=letter.to,
            to_name=letter.name,
            from_name=door.inbox.name,
            text=letter.text,
            wire_id=make_msgid(domain=self._keeper.house.domain),
            created_at=now,
            ticket_number="",
            subject=letter.subject,
            automatic=True,
            language=letter.language,
        )

    async def _patience(self) -> float:
        """Seconds until the next mail is due."""
        if self.leadership.lease is None:
            return LEASE_SECONDS / 2
        try:
            at = await self._desk.ask(HERALD, record.next_at)
        except Refusal:
            return 1.0
        if at is None:
            return LONGEST_SLEEP
        return min(max((at - self._now()).total_seconds(), 0.05), LONGEST_SLEEP)
