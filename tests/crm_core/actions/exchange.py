"""A telephone exchange for tests of the core: it tells what a provider would, and does what it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from crm_core.actions import calling, driving, offers, phoning
from crm_core.actions.driving import Came
from crm_core.actions.housekeeping import take_lease
from crm_core.actions.importing import import_values
from crm_core.model.actor import Actor
from crm_core.model.call import Call, CallNews, CommandKind, CommandState, NewsKind, Next, Part, PhoneManners, Wish
from crm_core.model.house import House
from crm_core.model.ids import AgentId, CallId, InboxId, TicketId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.work import Work
from crm_core.queries import floor
from tests.world import IMPORTER, PARKING, SILENT, START, WINDOW, World

LINE = InboxId("i-line")
CALLER, ROUTER = Actor.worker("caller"), Actor.worker("router")
NUMBER = "+15550140123"
CAN = Capabilities(text=False, files=True, live=True, threads=True, starts=False, replies=False, calls=True, units=4)
INBOX = Inbox(LINE, "line", "Line", PARKING, None, {}, active=True, created_at=START, acknowledging=SILENT)


@dataclass
class Exchange:
    """One number of ours. `asked` is all that the phone was told to do."""

    world: World
    house: House
    manners: PhoneManners = field(default_factory=PhoneManners)
    asked: list[tuple[CommandKind, Any]] = field(default_factory=list)
    sids: int = 0

    @classmethod
    async def of(cls, world: World, **manners: Any) -> Exchange:
        """With a line of its own in the small house."""
        await world.desk.do(IMPORTER, import_values, [INBOX])
        house = replace(
            world.house,
            inboxes={**world.house.inboxes, LINE: INBOX},
            can={**world.house.can, "line": CAN},
            schemes={**world.house.schemes, "line": "tel"},
        )
        return cls(world, house, PhoneManners(**manners))

    @property
    def ear(self) -> phoning.Ear:
        return phoning.Ear(inbox=INBOX, house=self.house, manners=self.manners, window=WINDOW)

    async def tell(self, kind: NewsKind, call: CallId | None = None, **more: Any) -> Next:
        """What the provider would say."""
        news = CallNews(kind=kind, call=call, **more)
        said: Next = await self.world.desk.do(Actor.inbox(LINE), phoning.hear_call, news, ear=self.ear)
        return said

    async def call(self, id: CallId) -> Call:
        """As the record has it."""
        found: Call = await self.world.desk.ask(IMPORTER, _get, Call, id)
        return found

    async def waiting(self, number: str | None = NUMBER) -> Call:
        """Somebody calls and stands in line."""
        self.sids += 1
        said = await self.tell(NewsKind.ARRIVED, sid=f"CA{self.sids}", number=number)
        assert said.call is not None
        await self.tell(NewsKind.WAITS, said.call)
        return await self.call(said.call)

    async def accepted(self, call: Call, by: AgentId) -> Call:
        """It is offered to them, and they take it."""
        work = await self.work(call)
        until = self.world.clock() + timedelta(seconds=20)
        _, offer = await self.world.desk.do(ROUTER, offers.make_offer, work.id, to=by, until=until, why="free")
        await self.world.do(by, offers.accept, offer.id)
        return await self.followed(call)

    async def followed(self, call: Call) -> Call:
        """The lines do what the work says."""
        assert call.ticket is not None
        await self.world.desk.do(CALLER, driving.follow_calls, call.ticket)
        return await self.call(call.id)

    async def drive(self, *, came: Came | None = None) -> list[CommandKind]:
        """The phone does what is due; what that was."""
        lease = await self.world.desk.do(CALLER, take_lease, "caller", holder="tests", seconds=60)
        assert lease is not None
        done: list[CommandKind] = []
        while orders := await self.world.desk.do(CALLER, driving.take_orders, lease=lease):
            for order in orders:
                self.sids += 1
                result = came or Came(CommandState.DONE, sid=f"CA{self.sids}")
                await self.world.desk.do(CALLER, driving.settle_order, order.command.id, result, ear=self.ear)
                done.append(order.command.kind)
        return done

    async def talking(self, by: AgentId, *, number: str | None = NUMBER) -> Call:
        """Somebody called and was put through."""
        return await self.put_through((await self.waiting(number)).id, by)

    async def put_through(self, id: CallId | None, by: AgentId) -> Call:
        """Whoever called, and stands in line from now on, talks with them."""
        await self.tell(NewsKind.WAITS, id)
        call = await self.accepted(await self.call(CallId(id or "")), by)
        await self.drive()
        await self.tell(NewsKind.LEG_IN, call.id, leg=self.leg(call, Part.AGENT))
        await self.drive()
        await self.tell(NewsKind.JOINS, call.id)
        return await self.call(call.id)

    def leg(self, call: Call, part: Part) -> Any:
        """The line of this part."""
        leg = call.leg(part)
        assert leg is not None
        return leg.id

    async def wish(self, by: AgentId, call: Call, verb: str, **to: Any) -> Call:
        """Somebody asks something of the call."""
        asked: Call = await self.world.do(by, calling.ask_of_call, call.id, Wish(verb, **to), house=self.house)
        return asked

    async def work(self, call: Call) -> Work:
        """The piece of work that the call is."""
        known = await self.world.desk.ask(ROUTER, floor.known)
        [found] = [work for work in known.works if work.ticket == call.ticket]
        return found

    async def ticket(self, call: Call) -> Any:
        """The call's ticket."""
        return await self.world.ticket(TicketId(call.ticket or ""))


async def _get(read: Any, kind: Any, id: str) -> Any:
    return await read.get(kind, id)
