"""What wants an agent is due when its ticket is, however the promise came to move."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from crm_core.actions import assign, lifecycle, offers
from crm_core.model.ids import TicketId
from crm_core.model.sla import Reason
from crm_core.model.ticket import Status, Ticket
from crm_core.model.view import instant
from crm_core.model.work import Work, WorkState
from crm_core.queries import floor
from gateway.workers.router import ROUTER
from tests.crm_core.actions.test_clock import worker
from tests.crm_core.actions.test_promises import HOUR, published, reckon_all
from tests.gateway.workers.test_router import Post, held_out
from tests.world import ANNA, World, policy

SOLUTION_FIRST = replace(policy(), first_deferred=900 * HOUR, next_answer=900 * HOUR)
SIGNED_FIRST = replace(policy(), acceptance=HOUR / 2)

Deed = Callable[[World, TicketId], Awaitable[Any]]


async def both(world: World, id: TicketId) -> tuple[Ticket, Work]:
    """A ticket and its open work, as the record has them."""
    works = (await world.desk.ask(ROUTER, floor.known)).works
    return await world.ticket(id), next(work for work in works if work.ticket == id)


async def hold(world: World, id: TicketId) -> None:
    to, why = Status.ON_HOLD, Reason.DOCUMENTS
    await world.do(ANNA, lifecycle.set_status, id, to=to, reason=why, house=world.house)


async def hold_and_go_on(world: World, id: TicketId) -> None:
    await hold(world, id)
    world.clock.pass_(hours=3)
    await world.do(ANNA, lifecycle.set_status, id, to=Status.OPEN, house=world.house)


async def hold_until_they_write(world: World, id: TicketId) -> None:
    await hold(world, id)
    world.clock.pass_(hours=3)
    again = await world.mail("Here they are", references=("<first@example.org>",), proven="dmarc")
    assert again.ticket == id


async def hold_until_the_pause_is_used_up(world: World, id: TicketId) -> None:
    await hold(world, id)
    world.clock.pass_(days=30.1)
    await worker(world).ring()


async def hold_until_another_is_merged_into_it(world: World, id: TicketId) -> None:
    await hold(world, id)
    world.clock.pass_(hours=3)
    other = await world.mail("The same again", wire_id="<other@example.org>")
    await world.do(ANNA, lifecycle.merge, other.ticket, into=id, house=world.house)


async def give(world: World, id: TicketId) -> None:
    await world.do(ANNA, assign.assign, id, to=ANNA, house=world.house)


async def take_what_is_held_out(world: World, id: TicketId) -> None:
    await (await Post(world).lead()).works()
    ((offer, _),) = await held_out(world)
    assert offer.ticket == id
    await world.do(ANNA, offers.accept, offer.id)


@pytest.mark.parametrize(
    ("rules", "deed"),
    [
        (SOLUTION_FIRST, hold),
        (SOLUTION_FIRST, hold_and_go_on),
        (SOLUTION_FIRST, hold_until_they_write),
        (SOLUTION_FIRST, hold_until_the_pause_is_used_up),
        (SOLUTION_FIRST, hold_until_another_is_merged_into_it),
        (SIGNED_FIRST, give),
        (SIGNED_FIRST, take_what_is_held_out),
    ],
)
async def test_open_work_is_due_when_its_ticket_is_whatever_moved_the_promise(
    world: World, rules: Any, deed: Deed
) -> None:
    await published(world, rules)
    got = await world.mail(wire_id="<first@example.org>")
    before, work = await both(world, got.ticket)
    assert work.due_at == before.due_at is not None
    await deed(world, got.ticket)
    after, again = await both(world, got.ticket)
    assert again.due_at == after.due_at != before.due_at
    assert (again.id, again.virtual_start) == (work.id, work.virtual_start)


async def test_the_floor_is_told_of_waiting_work_that_is_due_at_another_time(world: World) -> None:
    await published(world, SOLUTION_FIRST)
    got = await world.mail()
    await hold(world, got.ticket)
    ticket, work = await both(world, got.ticket)
    told = [event for event in await world.events() if event.type == "work.queued"][-1].facts
    assert told["work"]["version"] == work.version
    assert ticket.due_at is not None
    assert told["work"]["due_at"] == told["row"]["due"]["at"] == instant(ticket.due_at)


async def test_open_work_of_a_ticket_that_is_reckoned_anew_moves_with_it_and_the_floor_reads_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [(await world.mail()).ticket for _ in range(3)]
    post = await Post(world).lead()
    ((offer, _),) = await held_out(world)
    await world.do(ANNA, offers.accept, offer.id)
    befores = {id: await both(world, id) for id in tickets}
    assert WorkState.ACTIVE in {work.state for _, work in befores.values()}
    await published(world, replace(policy(), first_deferred=HOUR, resolution=20 * HOUR))
    await reckon_all(world)
    for id, (before, work) in befores.items():
        after, again = await both(world, id)
        assert again.due_at == after.due_at != before.due_at
        assert again == replace(work, due_at=after.due_at, version=work.version + 1)
    known, asked = floor.known, list[str]()

    async def reads(read: Any) -> Any:
        asked.append("everything")
        return await known(read)

    monkeypatch.setattr("gateway.workers.router.record.known", reads)
    await post.works()
    assert asked == ["everything"]
