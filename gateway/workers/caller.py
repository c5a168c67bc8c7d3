"""The caller: sees that the lines of each call do what its work says, and has the phone do what was decided.

One by lease for the whole house. A command is claimed, committed, before the provider is
touched; a ring whose fate nobody knows is never done again by us: the provider is asked
which lines there are, and what it says is heard as any news of it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from channels.contract import LiveCalls, OutcomeUnknown, Unavailable, Undeliverable
from crm_core.actions import callbacks, driving
from crm_core.actions.desk import Desk
from crm_core.actions.driving import Came
from crm_core.actions.housekeeping import Lease
from crm_core.model.call import Call, CallNews, CallOrder, CallState, CommandKind, CommandState, NewsKind
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.ids import TicketId
from crm_core.queries import calls
from gateway.house import Door, HouseKeeper
from gateway.intake import Reception
from gateway.workers.comparing import CALLER, CONTROL_SECONDS, Comparison
from gateway.workers.leading import Leadership

log = structlog.get_logger()

LEASE_SECONDS = 5.0
LOOK_SECONDS = 1.0
AT_ONCE = 20
DRAIN_SECONDS = 5.0

_WAKES = frozenset(
    {"work.taken", "work.queued", "work.done", "work.wrapping", "call.changed", "offer.ended", "ticket.assigned"}
)


class Caller:
    """See the module. `run` until cancelled."""

    def __init__(
        self, desk: Desk, keeper: HouseKeeper, reception: Reception, *, holder: str, clock: Callable[[], datetime]
    ) -> None:
        self._desk = desk
        self._keeper = keeper
        self._reception = reception
        self._leadership = Leadership(desk, CALLER, holder=holder, seconds=LEASE_SECONDS, begin=self._begin)
        self._moved: set[TicketId] = set()
        self._flying: set[asyncio.Task[None]] = set()
        self._comparison = Comparison(desk, keeper, reception, clock=clock)

    async def hear(self, events: list[Stamped]) -> None:
        """Follow the work of those tickets that have somebody on the phone."""
        if not self._keeper.takes_calls:
            return
        moved = {event.ticket for event in events if event.type in _WAKES and event.ticket is not None}
        if moved:
            self._moved |= moved
            self._leadership.wake()

    async def run(self) -> None:
        """Until cancelled; what the phone was asked for last may end first."""
        async with self._leadership.sought():
            try:
                await self._leadership.rounds(self.round, look=LOOK_SECONDS)
            finally:
                await self._comparison.land()
                await self._land()

    async def round(self) -> None:
        """The lines follow the work, then the phone does what is due. Where nobody can call there is nothing to drive."""
        if not self._keeper.takes_calls:
            return
        await self._follow()
        await self._send_due()
        live = await self._desk.ask(CALLER, calls.live)
        # who is rung again by a page that is loaded anew is given up in the end
        self._moved |= {call.ticket for call in live if call.state is CallState.LOST and call.ticket is not None}
        self._comparison.round(live)

    async def _begin(self, _lease: Lease) -> None:
        """A new driver: calls that go on are compared with the provider's at once."""
        while await self._desk.do(CALLER, driving.recover_orders):
            pass
        live = await self._desk.ask(CALLER, calls.live)
        await self._comparison.begin(live)
        self._moved |= {call.ticket for call in live if call.ticket is not None}

    async def _follow(self) -> None:
        moved, self._moved = self._moved, set()
        live = {call.ticket: call for call in await self._desk.ask(CALLER, calls.live)} if moved or self._flying else {}
        for ticket in moved & set(live):
            await self._desk.do(CALLER, driving.follow_calls, ticket)
        for id in await self._desk.ask(CALLER, calls.due_again):
            await self._desk.do(CALLER, callbacks.try_again, id, house=self._keeper.house)

    async def _send_due(self) -> None:
        while (lease := self._leadership.lease) and len(self._flying) < AT_ONCE:
            orders = await self._desk.do(CALLER, driving.take_orders, lease=lease)
            for order in orders:
                task = asyncio.create_task(self._carry_out(order))
                self._flying.add(task)
                task.add_done_callback(self._landed)
            if not orders:
                return

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._leadership.wake()

    async def _land(self) -> None:
        if self._flying:
            await asyncio.wait(self._flying, timeout=DRAIN_SECONDS)
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)

    async def _carry_out(self, order: CallOrder) -> None:
        """Have it done, and write down what came of it: that is known only here, so it is tried until the record takes it."""
        came = await self._came(order)
        door = self._keeper.doors.get(order.command.inbox)
        if door is None:
            return
        ear = self._reception.ear(door)
        while True:
            try:
                await self._desk.do(CALLER, driving.settle_order, order.command.id, came, ear=ear)
                if came.state is CommandState.FAILED:  # the line it was about may be gone without a word
                    self._comparison.look_within(order.call, 0.0)
                elif came.state is not CommandState.DONE and order.command.kind is not CommandKind.FETCH:
                    self._comparison.doubt(order.call)
                return
            except Refusal as why:
                log.warning("the outcome of a command waits for the record", why=why.why)
                await asyncio.sleep(LOOK_SECONDS)

    async def _came(self, order: CallOrder) -> Came:
        door = self._keeper.doors.get(order.command.inbox)
        if door is None or not isinstance(door.channel, LiveCalls):
            return Came(CommandState.FAILED, why="This line is switched off.")
        if self._leadership.lease is None:  # we were frozen since the claim: another may have it in hand
            return Came(CommandState.QUEUED, why="Interrupted before it began.")
        try:
            async with asyncio.timeout(CONTROL_SECONDS):
                if order.command.kind is CommandKind.FETCH:
                    return await self._fetched(door, order.call)
                receipt = await door.channel.control(order)
        except (Unavailable, Refusal) as why:
            return Came(CommandState.QUEUED, why=str(why))
        except Undeliverable as why:
            return Came(CommandState.FAILED, why=str(why))
        except (OutcomeUnknown, TimeoutError) as why:
            return Came(CommandState.UNKNOWN, why=str(why) or "No answer came in time.")
        except Exception as why:  # a channel's fault: the provider may have done it
            log.exception("control failed", kind=order.command.kind)
            return Came(CommandState.UNKNOWN, why=f"The channel failed ({type(why).__name__}).")
        return Came(CommandState.DONE, sid=receipt.wire_id)

    async def _fetched(self, door: Door, call: Call) -> Came:
        """The recording of a call, that was not to be had when it was made. Raises Unavailable."""
        news = CallNews(kind=NewsKind.RECORDED, call=call.id, sid=call.sid or "", recording=call.tape or "")
        await self._reception.fetched(door, news)
        return Came(CommandState.DONE)
