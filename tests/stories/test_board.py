"""The live board: at any moment its numbers are those of a recount, in Python and in the browser's fold.

A random day of live and written contacts is recorded with a snapshot after each step; each
snapshot and the events after it must make every later one, and so must all events from an
empty board.
"""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from crm_core.actions import assign, duty, lifecycle, offers, reply, talks
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.agent import Duty
from crm_core.model.board import Aims
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.ids import OfferId, TicketId
from crm_core.model.inbox import Capabilities
from crm_core.model.work import WorkState
from crm_core.queries import floor
from crm_core.queries.board import board_now
from crm_core.rules.board import Board
from gateway.workers.clock import CLOCK
from tests.scale import LONG
from tests.stories.folding import folded
from tests.world import ANNA, BEN, FORM, HOUSING, PARKING, START, SUE, World, inbound

AIMS = Aims()
DAY = START.replace(hour=0)
ROUTER = Actor.worker("router")
STEPS = 400 if LONG else 80


class Day:
    """People come, wait, are answered and give up, by chance. The form stands for a chat: its contacts are live."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self.world, self.dice = world, dice
        live = Capabilities(live=True, threads=False, replies=True)
        world.house = replace(world.house, can={**world.house.can, "web_form": live})
        self.tickets: list[TicketId] = []
        self.visitors: dict[TicketId, Address] = {}
        self.came = 0

    async def step(self) -> None:
        """One thing more; what is refused changes nothing."""
        deeds = (
            *(
                self.somebody_comes,
                self.somebody_comes,
                self.somebody_writes,
                self.work_is_offered,
                self.work_is_offered,
            ),
            *(self.an_offer_is_answered, self.an_offer_is_answered, self.it_is_taken, self.it_is_taken),
            *(self.it_is_replied_to, self.it_is_replied_to),
            *(self.it_is_solved, self.they_leave, self.they_leave, self.it_is_moved, self.somebody_rests),
        )
        self.world.clock.pass_(seconds=self.dice.choice((0, 1, 4, 16, 21, 200, 1000)))
        with suppress(Refusal):
            await self.dice.choice(deeds)()

    async def somebody_comes(self) -> None:
        self.came += 1
        visitor = Address("visitor", f"{self.came:040d}")
        hello = replace(inbound("Is somebody there?", number=10_000 + self.came), sender=visitor, wire_id=None)
        ticket = (await self.world.receive(hello, inbox=FORM)).ticket
        self.tickets.append(ticket)
        self.visitors[ticket] = visitor

    async def somebody_writes(self) -> None:
        self.tickets.append((await self.world.mail()).ticket)

    async def work_is_offered(self) -> None:
        known = await self.world.desk.ask(ROUTER, floor.known)
        if queued := [one for one in known.works if one.state is WorkState.QUEUED]:
            work = self.dice.choice(queued)
            until = self.world.clock() + timedelta(seconds=20)
            await self.world.desk.do(ROUTER, offers.make_offer, work.id, to=self.anybody(), until=until, why="free")

    async def an_offer_is_answered(self) -> None:
        known = await self.world.desk.ask(ROUTER, floor.known)
        if known.offers:
            offer = self.dice.choice(known.offers)
            how = self.dice.choice((offers.accept, offers.accept, offers.decline))
            await self.world.do(offer.agent, how, OfferId(offer.id))

    async def it_is_taken(self) -> None:
        whom = self.dice.choice((ANNA, ANNA, BEN, None))
        await self.world.do(SUE, assign.assign, self.any_ticket(), to=whom, house=self.world.house)

    async def it_is_replied_to(self) -> None:
        draft = reply.Draft(text="You have it until Monday.")
        await self.world.do(SUE, reply.reply, self.any_ticket(), draft, house=self.world.house)

    async def it_is_solved(self) -> None:
        await self.world.do(SUE, lifecycle.solve, self.any_ticket(), house=self.world.house)

    async def they_leave(self) -> None:
        ticket, visitor = self.dice.choice(
            list(self.visitors.items()) or [(TicketId("nobody"), Address("visitor", "0"))]
        )
        await self.world.desk.do(Actor.inbox(FORM), talks.leave, visitor, house=self.world.house)
        self.world.clock.pass_(minutes=self.dice.choice((0, 3)))
        row = await self.world.ticket(ticket)
        await self.world.desk.do(CLOCK, talks.looked_at, row, house=self.world.house)

    async def it_is_moved(self) -> None:
        queue = self.dice.choice((PARKING, HOUSING))
        await self.world.do(SUE, assign.transfer, self.any_ticket(), to=queue, house=self.world.house)

    async def somebody_rests(self) -> None:
        await self.world.do(
            SUE, duty.set_duty, to=self.dice.choice((*[Duty.AVAILABLE] * 3, Duty.BREAK)), of=self.anybody()
        )

    def anybody(self) -> Any:
        return self.dice.choice((ANNA, BEN))

    def any_ticket(self) -> TicketId:
        return self.dice.choice(self.tickets or [TicketId("nobody")])


async def now(world: World) -> Board:
    await world.number()
    board: Board = await world.ask(SUE, board_now, day=DAY, aims=AIMS)
    return board


def compared(board: Board) -> dict[str, Any]:
    """All of it but where it stands, and what was over when it began."""
    shown = board.shown()
    return {name: value for name, value in shown.items() if name not in ("position", "ended")}


async def test_the_numbers_equal_a_recount_at_any_moment(world: World, tmp_path: Path) -> None:
    day = Day(world, random.Random(7))
    snapshots = [await now(world)]
    for _ in range(STEPS):
        await day.step()
        snapshots.append(await now(world))
    happened = await world.events()
    last = snapshots[-1]
    assert sum(one.answered for one in last.tallies.values()) > 3
    assert sum(one.left for one in last.tallies.values()) > 1
    for at, snapshot in enumerate(snapshots):
        fold = _again(snapshot)
        for later in snapshots[at:]:
            _hear(fold, happened, until=later.position)
            assert compared(fold) == compared(later), f"from {at}"
    _in_the_browser(snapshots, happened, tmp_path)


def _again(board: Board) -> Board:
    """The same, apart from what its fold will change."""
    fold = Board(board.day, board.within, board.position)
    fold.works, fold.ended = dict(board.works), board.ended
    fold.tallies = {cell: replace(tally, waits=dict(tally.waits)) for cell, tally in board.tallies.items()}
    fold.staff = {id: replace(one) for id, one in board.staff.items()}
    return fold


def _hear(fold: Board, events: list[Stamped], *, until: int) -> None:
    for event in events[fold.position : until]:
        fold.hear(event)


def _in_the_browser(snapshots: list[Board], happened: list[Stamped], folder: Path) -> None:
    """The built fold makes of each snapshot and what came after it the last one."""
    told = [{"position": one.position, "type": one.type, "facts": one.facts} for one in happened]
    cases = [{"from": board.shown(), "within": AIMS.within, "events": told[board.position :]} for board in snapshots]
    wanted = json.loads(json.dumps(compared(snapshots[-1])))
    for made in folded(cases, folder):
        assert {name: made[name] for name in wanted} == wanted
