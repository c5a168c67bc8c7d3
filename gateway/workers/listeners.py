"""The listeners: where a channel's contacts are fetched, one listener for each inbox keeps at it.

One process by lease listens for the whole house. A listener hands over wires; each is
committed together with how far it has come, under the lease's epoch: whoever was frozen
and wakes moves nothing, and who follows begins where the last commit ended.
"""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from channels.contract import Bearings, Cursor, Forged, Listener, Response, Unavailable, Wire
from crm_core.actions import housekeeping
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease, LostLease
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Source
from crm_core.queries import sources
from gateway.house import Door, HouseKeeper
from gateway.intake import Reception, mark_name
from gateway.workers.leading import Leadership

log = structlog.get_logger()

LISTENER = Actor.worker("listener")
LEASE_SECONDS = 10.0
LOOK_SECONDS = 1.0
NOTED_EVERY = timedelta(seconds=30)
"""How often it is written down that all is well; trouble is written down at once."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
POISON = 3
"""Tries after which a wire that our own code fails on goes into quarantine, so that those behind it come in."""

_NOT_KEPT = {
    "en": "What was fetched could not be kept, and is fetched again: {why}",
    "zh": "拉取的内容未能保存，会再次拉取：{why}",
}
_ANOTHER = {"en": "Another process listens now.", "zh": "现由另一个进程接收。"}
_FAILED = {
    "en": "The channel failed ({kind}). It is in the log; it is tried again.",
    "zh": "渠道出错（{kind}）。详情在日志中；会再次尝试。",
}
_ENDED = {"en": "Listening ended; it begins again.", "zh": "接收已中断；会重新开始。"}

Now = Callable[[], datetime]

_NOTHING = Source()


class Listeners:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, keeper: HouseKeeper, reception: Reception, *, holder: str, now: Now) -> None:
        self._desk = desk
        self._keeper = keeper
        self._reception = reception
        self._now = now
        self.leadership = Leadership(desk, LISTENER, holder=holder, seconds=LEASE_SECONDS)
        self._lines: dict[InboxId, Line] = {}
        self._woken = asyncio.Event()

    async def hear(self, events: list[Stamped]) -> None:
        """Wake when an inbox was changed: its listener begins, ends, or begins anew with what is set now."""
        if any(event.type in ("inbox.added", "inbox.changed", "city.loaded") for event in events):
            self._woken.set()

    async def run(self) -> None:
        """Until cancelled; what is being committed then may land first."""
        async with self.leadership.sought():
            try:
                while True:
                    await self._look()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_SECONDS):
                            await self._woken.wait()
                    self._woken.clear()
            finally:
                await self._end(list(self._lines))

    async def _look(self) -> None:
        """Begin what is wanted, end what is not, and write down how it stands."""
        lease = self.leadership.lease
        doors = {} if lease is None else {id: door for id, door in self._keeper.doors.items() if door.type.listener}
        await self._end([id for id, line in self._lines.items() if not line.fits(doors.get(id), lease)])
        for id, door in doors.items():
            if id not in self._lines and lease is not None:
                self._lines[id] = Line(door, lease, desk=self._desk, reception=self._reception, now=self._now)
                self._lines[id].begin()
        for line in self._lines.values():
            with suppress(Refusal):
                await line.note()

    async def _end(self, ended: list[InboxId]) -> None:
        lines = [self._lines.pop(id) for id in ended]
        await asyncio.gather(*(line.end() for line in lines))


@dataclass(slots=True)
class Line:
    """One inbox that is listened for, as long as its settings and our lease stay as they are."""

    door: Door
    lease: Lease
    desk: Desk
    reception: Reception
    now: Now
    source: Source = _NOTHING
    _noted: Source | None = None
    _task: "asyncio.Task[None] | None" = None
    _failed: Counter[str] = field(default_factory=Counter)
    _news: bool = False

    def fits(self, door: Door | None, lease: Lease | None) -> bool:
        """Whether it may go on as it is."""
        return door is not None and door.opening == self.door.opening and lease == self.lease

    def begin(self) -> None:
        """Listen from now on, if the inbox's settings say that anything is fetched."""
        assert self.door.type.listener is not None
        bearings = Bearings(self.now, self._heard, self._troubled, readable=self.reception.readable)
        listener = self.door.type.listener(self.door.opening, bearings)
        if listener is not None:
            self._task = asyncio.create_task(self._run(listener), name=f"listener of {self.door.inbox.id}")

    async def end(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def note(self) -> None:
        """Write down how it stands, where that is news. Raises Refusal."""
        now, was = self.source, self._noted
        if was is not None and now.trouble == was.trouble:
            heard, noted = now.heard_at, was.heard_at
            if heard is None or (noted is not None and heard - noted < NOTED_EVERY):
                return
        if now != _NOTHING:
            await self.desk.do(LISTENER, housekeeping.note_source, self.door.inbox.id, now)
            self._noted = now

    async def _run(self, listener: Listener) -> None:
        failed = 0
        while True:
            self._news = False
            why = await self._listened(listener)
            failed = 1 if self._news else failed + 1
            self._troubled(why)
            log.warning("listening ended", inbox=self.door.inbox.id, channel=self.door.inbox.channel, tries=failed)
            spread = random.uniform(0.8, 1.2)  # noqa: S311 - it spreads load, and guards nothing
            await asyncio.sleep(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failed - 1, 10)) * spread)

    async def _listened(self, listener: Listener) -> Mapping[str, str]:
        """Listen until it ends; why it did, by language."""
        try:
            since = await self.desk.ask(LISTENER, sources.mark, mark_name(self.door.inbox.id))
            await listener.listen(self._take, since=None if since is None else Cursor(since))
        except Unavailable as why:
            return why.words
        except Refusal as why:
            return {language: text.format(why=why.why) for language, text in _NOT_KEPT.items()}
        except LostLease:
            return _ANOTHER
        except Exception as why:  # a channel's fault must not end listening for ever
            log.exception("listener failed", channel=self.door.inbox.channel)
            return {language: text.format(kind=type(why).__name__) for language, text in _FAILED.items()}
        return _ENDED

    async def _take(self, wire: Wire) -> Response:
        """Commit it with its cursor. What our own code fails on again and again is set aside."""
        try:
            return await self.reception.take(self.door, wire, lease=self.lease)
        except (Refusal, Forged, LostLease, Unavailable):
            raise
        except Exception as why:
            name = hashlib.sha256(wire.body).hexdigest()
            self._failed[name] += 1
            if self._failed[name] < POISON:
                raise
            log.exception("a wire was set aside", inbox=self.door.inbox.id)
            words = f"taking it in failed {POISON} times ({type(why).__name__})"
            return await self.reception.set_aside(self.door, wire, why=words, lease=self.lease)

    def _heard(self) -> None:
        self._news = True
        self.source = Source(heard_at=self.now())

    def _troubled(self, why: Mapping[str, str]) -> None:
        since = self.source.since or self.now()
        self.source = replace(self.source, trouble=why, since=since)
