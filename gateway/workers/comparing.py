"""Calls compared with the provider's lines, inbox by inbox: what it did not tell us is heard as if it had.

An exchange that cannot be reached is asked again and again, by one call: the others, and
those of other inboxes, do not wait for its silence. It is written down as a door that is
down, and who waits there is held out to nobody; where it has neither answered nor called us for a
while, they are to be called back: nobody counts as waiting for ever.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from channels.contract import LiveCalls, Unavailable
from crm_core.actions import driving, housekeeping, outages
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.call import Call, CallNews, CallState
from crm_core.model.errors import Refusal
from crm_core.model.ids import CallId, InboxId
from crm_core.model.inbox import Source
from crm_core.queries import calls, sources
from gateway.house import HouseKeeper
from gateway.intake import Reception

log = structlog.get_logger()

CALLER = Actor.worker("caller")
CONTROL_SECONDS = 10.0

LOOKED_AT_EVERY = 30.0
"""Seconds after which the lines of every call are compared with the provider's: what it told us may be lost on the way."""

LOOKED_AGAIN_AFTER = 3.0
"""Seconds after which that is done again where the provider could not be reached."""

GIVEN_UP_AFTER = 120.0
"""Seconds of silence, to us and from it, after which who waited at an exchange is to be called back."""

CUT_OFF = {
    "en": "The telephone exchange cannot be reached. Who waits there cannot be put through, and is to be called back if this lasts.",
    "zh": "无法连接电话交换平台。在线等候的来电暂时无法接通；若持续下去，将转为待回电。",
}


@dataclass(frozen=True, slots=True)
class _CutOff:
    """Since when, by which call it is asked whether it is back, and when it was last."""

    since: datetime
    probe: Call | None
    asked_at: datetime


class Comparison:
    """See the module. `due` says which calls are to be looked at; what is on its way goes on beside it."""

    def __init__(self, desk: Desk, keeper: HouseKeeper, reception: Reception, *, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._keeper = keeper
        self._reception = reception
        self._clock = clock
        self._looked_at: dict[CallId, datetime] = {}
        self._cut_off: dict[InboxId, _CutOff] = {}
        self._asking: dict[InboxId, asyncio.Task[None]] = {}
        self._doubted: dict[InboxId, Call] = {}

    async def begin(self, live: Sequence[Call]) -> None:
        """A new driver: all that goes on is looked at at once. What the last one found silent may still be."""
        self._looked_at = {}
        for call in live:
            self.look_within(call, 0.0)
        known = await self._desk.ask(CALLER, sources.all_of_them)
        self._cut_off = {
            inbox: _CutOff(source.since or self._clock(), None, self._clock())
            for inbox, source in known.items()
            if source.trouble == CUT_OFF
        }
        for inbox in await self._desk.ask(CALLER, calls.cut_off):
            self._cut_off.setdefault(inbox, _CutOff(self._clock(), None, self._clock()))

    def look_within(self, call: Call, seconds: float) -> None:
        """Its lines are looked at then, if not before."""
        self._looked_at[call.id] = self._clock() - timedelta(seconds=LOOKED_AT_EVERY - seconds)

    def doubt(self, call: Call) -> None:
        """What it was to do for a call it did not take: whether it answers at all is asked in the next round.

        What it says of that call's lines is no news: a ring may be on its way to it.
        """
        self._doubted[call.inbox] = call

    def round(self, live: Sequence[Call]) -> None:
        """Whose lines nobody looked at for a while are asked for, each exchange by itself."""
        now = self._clock()
        known = self._looked_at
        self._looked_at = {call.id: known.get(call.id, now) for call in live}
        due = defaultdict[InboxId, list[Call]](list)
        for call in live:
            if call.state is not CallState.WRAPPING and self._is_old(self._looked_at[call.id], now=now):
                due[call.inbox].append(call)
        for inbox, cut in self._cut_off.items():
            asked_again = (now - cut.asked_at).total_seconds() >= LOOKED_AGAIN_AFTER
            if inbox not in due and cut.probe is not None and asked_again:
                due[inbox].append(cut.probe)
        doubted, self._doubted = self._doubted, {}
        for inbox, call in doubted.items():
            if inbox not in self._cut_off and not self._is_asking(inbox):
                task = self._assured(inbox, call, live=[one for one in live if one.inbox == inbox])
                self._asking[inbox] = asyncio.create_task(task, name=f"lines of {inbox}")
        for inbox, found in due.items():
            self._ask(inbox, found, live=[call for call in live if call.inbox == inbox])

    async def land(self) -> None:
        """What is on its way is given up: nothing of it was begun that cannot be asked again."""
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    def _is_old(self, at: datetime, *, now: datetime) -> bool:
        return (now - at).total_seconds() >= LOOKED_AT_EVERY

    def _ask(self, inbox: InboxId, due: Sequence[Call], *, live: Sequence[Call]) -> None:
        if self._is_asking(inbox):
            return
        for call in due:
            self._looked_at[call.id] = self._clock()
        self._asking[inbox] = asyncio.create_task(self._asked(inbox, due, live=live), name=f"lines of {inbox}")

    def _is_asking(self, inbox: InboxId) -> bool:
        return inbox in self._asking and not self._asking[inbox].done()

    async def _assured(self, inbox: InboxId, call: Call, *, live: Sequence[Call]) -> None:
        """Whether it answers at all."""
        try:
            if await self._lines(call) is None:
                await self._silent(inbox, call, live=live)
        except Refusal as why:
            log.warning("comparing waits", inbox=inbox, why=why.why)
        except Exception:  # a fault of ours must not end comparing for ever
            log.exception("comparing failed", inbox=inbox)

    async def _asked(self, inbox: InboxId, due: Sequence[Call], *, live: Sequence[Call]) -> None:
        """One after another, until one goes unanswered."""
        try:
            for call in due:
                if not await self._looked(call):
                    await self._silent(inbox, call, live=live)
                    return
            if inbox in self._cut_off:
                await self._back(inbox, live=live)
        except Refusal as why:
            log.warning("comparing waits", inbox=inbox, why=why.why)
        except Exception:  # a fault of ours must not end comparing for ever
            log.exception("comparing failed", inbox=inbox)

    async def _looked(self, call: Call) -> bool:
        """Whether the provider said how its lines stand; that is heard as any news of them."""
        news = await self._lines(call)
        for one in news or ():
            await self._reception.heard(self._keeper.doors[call.inbox], one)
        return news is not None

    async def _lines(self, call: Call) -> Sequence[CallNews] | None:
        """What the provider says; None where it says nothing."""
        door = self._keeper.doors.get(call.inbox)
        if door is None or not isinstance(door.channel, LiveCalls):
            return None
        try:
            async with asyncio.timeout(CONTROL_SECONDS):
                return await door.channel.lines(call)
        except (Unavailable, TimeoutError) as why:
            log.warning("lines cannot be looked at", inbox=call.inbox, why=str(why))
            return None

    async def _silent(self, inbox: InboxId, call: Call, *, live: Sequence[Call]) -> None:
        """It stands as a door that is down, since it was first found so; in the end those who waited are to be called back."""
        now = self._clock()
        before = self._cut_off.get(inbox)
        cut = _CutOff(now if before is None else before.since, call, now)
        self._cut_off[inbox] = cut
        with suppress(Refusal):
            await self._desk.do(CALLER, housekeeping.note_refused, inbox, CUT_OFF)
        door = self._keeper.doors.get(inbox)
        if door is not None:
            await self._desk.do(CALLER, outages.cut_off, inbox, ear=self._reception.ear(door))
        source = (await self._desk.ask(CALLER, sources.all_of_them)).get(inbox)
        heard = cut.since if source is None or source.heard_at is None else max(cut.since, source.heard_at)
        if (now - heard).total_seconds() >= GIVEN_UP_AFTER:
            for one in live:
                await self._desk.do(CALLER, driving.give_up, one.id, house=self._keeper.house)

    async def _back(self, inbox: InboxId, *, live: Sequence[Call]) -> None:
        """It answers again: who waits is held out again, and how every call there stands is looked at now."""
        await self._desk.do(CALLER, outages.back, inbox)
        await self._desk.do(CALLER, housekeeping.note_source, inbox, Source(heard_at=self._clock()))
        del self._cut_off[inbox]
        for call in live:
            self.look_within(call, 0.0)
