"""The stage of the state proof: a real house, dice, and what was done so far."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from crm_core.actions import accounts, duty, intake, offers
from crm_core.model.actor import Actor
from crm_core.model.agent import Duty
from crm_core.model.blob import Blob
from crm_core.model.errors import Refusal
from crm_core.model.house import House as Setup
from crm_core.model.ids import AgentId, AnswerId, ServiceId, TicketId
from crm_core.model.work import Offer, Work, WorkState
from crm_core.queries import floor
from gateway.wiring import House
from tests.world import ADA, ANNA, BEN, MAIL, SUE, WINDOW, inbound

VIEWERS = (ANNA, BEN, SUE, ADA)
OPERATOR, ROUTER, SENDER, GATEWAY = (Actor.worker(name) for name in ("operator", "router", "sender", "gateway"))
PEOPLE = ("wei@example.org", "omar@example.org", "lucia@example.org")
TRIES = 12

Deed = Callable[["Stage", AgentId], Awaitable[object]]
ACTS: dict[str, Deed] = {}
RARE: set[str] = set()
LAST: set[str] = set()


def act(deed: Deed) -> Deed:
    """Something that happens all the time."""
    ACTS[deed.__name__] = deed
    return deed


def rare(deed: Deed) -> Deed:
    """Something that happens once or twice in a run."""
    RARE.add(deed.__name__)
    return act(deed)


def last(deed: Deed) -> Deed:
    """Something after which every screen loads anew: there is nothing to prove behind it."""
    LAST.add(deed.__name__)
    return rare(deed)


class Stage:
    """Random people doing random things; refusals are part of life and change nothing."""

    def __init__(self, house: House, dice: random.Random, *, run: str) -> None:
        self.house = house
        self.dice = dice
        self.run = run
        self.tickets: list[TicketId] = []
        self.messages: list[Any] = []
        self.sessions: list[tuple[AgentId, str]] = []
        self.tokens: list[Any] = []
        self.app_keys: list[Any] = []
        self.quarantined: list[Any] = []
        self.drafts: list[ServiceId] = []
        self.claimed: list[Any] = []
        self.merges: list[Any] = []
        self.ties: list[Any] = []
        self.answers: list[AnswerId] = []
        self.blocked: list[Blob] = []
        self.askings: list[Any] = []
        self.count = 0
        self.done: set[str] = set()
        self.trail: list[str] = []

    @property
    def setup(self) -> Setup:
        """The services, queues and doors as they are now."""
        return self.house.keeper.house

    async def act(self, name: str) -> None:
        """Do it as somebody; note that it happened unless it was refused every time."""
        for _ in range(TRIES):
            who = self.dice.choice(VIEWERS)
            with suppress(Refusal):
                await ACTS[name](self, who)
                self.done.add(name)
                self.trail.append(f"{name} by {who}")
                return

    def any(self) -> TicketId:
        """Mostly one of the tickets that the viewers have open."""
        return self.dice.choice(self.tickets[:5] if self.dice.random() < 0.7 else self.tickets)

    def one_of(self, values: Iterable[Any]) -> Any:
        """Any of these. Raises Refusal where there is none yet: other dice, or a later moment, find one."""
        if not (all_ := list(values)):
            raise Refusal("There is nothing of this kind yet.")
        return self.dice.choice(all_)

    def fresh(self) -> str:
        """A word that was not said before."""
        self.count += 1
        return f"{self.count}"

    async def do(self, who: AgentId | Actor, action: Any, *args: Any, **kwargs: Any) -> Any:
        """An action by a member of staff, or by a part of the product."""
        actor = who if isinstance(who, Actor) else Actor.agent(who)
        return await self.house.desk.do(actor, action, *args, **kwargs)

    async def ask(self, who: AgentId | Actor, query: Any, *args: Any, **kwargs: Any) -> Any:
        """A question by a member of staff, or by a part of the product."""
        actor = who if isinstance(who, Actor) else Actor.agent(who)
        return await self.house.desk.ask(actor, query, *args, **kwargs)

    async def receive(self, words: str, *, door: Any = MAIL, **hints: Any) -> intake.Received:
        """A contact comes in; hints are fields of `Inbound`."""
        hints = {"sender": self.dice.choice(PEOPLE), **hints}
        contact = inbound(words, number=int(self.fresh()), **hints)
        received: intake.Received = await self.do(
            Actor.inbox(door),
            intake.receive,
            intake.Contact(contact, (), None),
            inbox=self.setup.inboxes[door],
            house=self.setup,
            reopen_window=WINDOW,
        )
        self.tickets.append(received.ticket)
        return received

    async def newcomer(self) -> AgentId:
        """Somebody who joins; nobody watches their screen."""
        new = accounts.Newcomer(email=f"new{self.fresh()}@larkhaven.example", name=f"New {self.count}")
        added = await self.do(ADA, accounts.add_user, new)
        return AgentId(added.id)

    async def held_out(self, *, seconds: float = 60) -> Offer:
        """An offer that waits for its answer: one of the router's, or one made now."""
        known: floor.Known = await self.ask(ROUTER, floor.known)
        waiting = [work for work in known.works if work.state is WorkState.QUEUED]
        if not waiting:
            await self.receive("Something for somebody.")
            raise Refusal("Look again: now there is something to offer.")
        who = self.dice.choice(VIEWERS)
        await self.do(who, duty.set_duty, to=Duty.AVAILABLE)
        until = self.house.clock() + timedelta(seconds=seconds)
        made: tuple[Work, Offer] = await self.do(
            ROUTER, offers.make_offer, self.dice.choice(waiting).id, to=who, until=until, why="by chance"
        )
        return made[1]
