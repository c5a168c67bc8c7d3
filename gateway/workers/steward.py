"""The steward: does what the catalogue asks for after the contact is safe.

A subscriber, in the bulk lane. It links new tickets to the known problems they report,
answers everybody when one is over, hands open tickets to the units that came out of a
reorganisation, and watches whether each channel keeps its promise. What is to be done
stands in the record: one that stops goes on where it was.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from crm_core.actions import dispatch, housekeeping, notices
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.ids import TicketId
from crm_core.queries import events
from crm_core.queries import notices as record
from crm_core.rules import notices as rule
from gateway.house import HouseKeeper
from gateway.workers.leading import Leadership
from gateway.workers.watch import Watch

STEWARD = Actor.worker("steward")
LEASE_SECONDS = 8.0
LOOK_SECONDS = 2.0
CURSOR = "steward"

GATHER_SECONDS = 0.2
_ALWAYS = frozenset({"notice.changed", "unit.changed"})
_WITH_NOTICES = frozenset({"ticket.opened"})


class Steward:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, keeper: HouseKeeper, *, holder: str, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._keeper = keeper
        self._watch = Watch(desk, STEWARD, now=now)
        self._seen = 0
        self._leadership = Leadership(desk, STEWARD, holder=holder, seconds=LEASE_SECONDS, begin=self._begin)

    async def hear(self, events: list[Stamped]) -> None:
        """Wake when something happened that may want it; new tickets do only while a problem is known."""
        wakes = _ALWAYS | _WITH_NOTICES if self._keeper.house.notices else _ALWAYS
        if any(event.type in wakes for event in events):
            self._leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self._leadership.sought():
            await self._leadership.rounds(self.work, look=LOOK_SECONDS, gather=GATHER_SECONDS)

    async def work(self) -> None:
        """Everything that waits for it now."""
        while await self._desk.ask(STEWARD, record.orphaned):
            await self._desk.do(STEWARD, dispatch.reown_some)
        while waiting := await self._desk.ask(STEWARD, record.waiting):
            for link in waiting:
                await self._desk.do(STEWARD, notices.answer_link, link, house=self._keeper.house)
        await self._link_new()
        await self._watch.look()

    async def _begin(self, _lease: Lease) -> None:
        """What came in while nobody was steward is looked at too, where a problem was known then."""
        kept = await self._desk.ask(STEWARD, record.cursor, CURSOR)
        self._seen = await self._desk.ask(STEWARD, events.top) if kept is None else kept

    async def _link_new(self) -> None:
        """What came in since, against the open notices. Where none stands open there is nothing to look at or to keep."""
        if not self._keeper.house.notices:
            self._seen = max(self._seen, await self._desk.ask(STEWARD, events.top))
            return
        while opened := await self._desk.ask(STEWARD, record.opened_after, position=self._seen):
            for ticket in opened.tickets:
                await self._link(ticket)
            if opened.tickets:
                await self._desk.do(STEWARD, housekeeping.move_cursor, CURSOR, to=str(opened.upto))
            self._seen = opened.upto

    async def _link(self, ticket_id: TicketId) -> None:
        found = await self._desk.ask(STEWARD, record.said, ticket_id)
        if found is None or found.ticket.confidential:
            return
        house = self._keeper.house
        for notice in house.notices:
            fit = rule.fit(notice, ticket=found.ticket, said=found.words, at=found.ticket.created_at)
            if fit is not None and fit.sure == "sure":
                with suppress(Refusal):  # it was closed or changed in this moment: an agent may still say so
                    await self._desk.do(STEWARD, notices.link_notice, ticket_id, notice.id, house=house, why=fit.why)
