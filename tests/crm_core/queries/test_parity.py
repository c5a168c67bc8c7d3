"""The consistency report on real tickets in the record, and how it walks to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from crm_core.actions import importing
from crm_core.model.address import Address
from crm_core.model.errors import Forbidden
from crm_core.model.feedback import Feedback
from crm_core.model.ids import CustomerId, FeedbackId, QueueId, ServiceId, TicketId, fresh
from crm_core.model.parity import Comparison, Says, Scope
from crm_core.model.ticket import Priority, Status, Ticket, fresh_number
from crm_core.queries.reports import parity as queries
from crm_core.rules import parity
from crm_core.store.compiled import sqlite_compiler
from tests.world import ANNA, FORM, IMPORTER, MAIL, START, SUE, World, inbound

MONTH = Scope(START - timedelta(days=28), START)


def month(seed: int, *, slow: str | None) -> Iterator[Ticket]:
    """Tickets of the four weeks before, by three doors; by the slow one everything takes three times as long."""
    dice = Random(seed)
    for _ in range(450):
        opened = MONTH.begins + timedelta(seconds=dice.randrange(27 * 86_400))
        door = dice.choice(("email", "web_form", "counter"))
        longer = 3.0 if door == slow else 1.0
        answered = opened + timedelta(hours=2 * dice.lognormvariate(0, 0.6) * longer)
        solved = opened + timedelta(hours=20 * dice.lognormvariate(0, 0.6) * longer)
        yield a_ticket(opened, door, answered, solved if solved < START else None)


def a_ticket(opened: Any, door: str, answered: Any, solved: Any, **changes: Any) -> Ticket:
    made = Ticket(
        id=fresh(TicketId, at=opened),
        number=fresh_number(),
        subject="The lamp is out",
        status=Status.OPEN if solved is None else Status.SOLVED,
        priority=Priority.NORMAL,
        service=ServiceId("s-permit"),
        queue=QueueId("q-parking"),
        customer=CustomerId("wei"),
        customer_name="Wei",
        channel=door,
        created_at=opened,
        updated_at=solved or opened,
        first_answered_at=answered,
        solved_at=solved,
        first_due_at=opened + timedelta(hours=8),
    )
    return replace(made, **changes)


async def reported(world: World, scope: Scope = MONTH) -> Comparison:
    found = await world.ask(SUE, queries.matters, scope)
    return parity.report(found.matters, order=["email", "web_form"])


async def put(world: World, *tickets: Ticket | Feedback) -> None:
    await world.desk.do(IMPORTER, importing.import_values, tickets)


async def test_a_planted_difference_is_found_in_the_record(world: World) -> None:
    await put(world, *month(1, slow="counter"))
    rows = {row.channel: row for row in (await reported(world)).rows}
    assert list(rows) == ["email", "web_form", "counter"]
    assert rows["counter"].cells[parity.RESOLVED].says is Says.WORSE
    assert rows["counter"].cells[parity.FIRST].says is Says.WORSE
    assert rows["counter"].kept.says is Says.WORSE
    assert rows["email"].kept.says is Says.SAME


def said(tickets: Iterable[Ticket], *, sour: str | None, seed: int = 5) -> Iterator[Feedback]:
    """Half of them say how they were served; by the sour door they are less satisfied."""
    dice = Random(seed)
    for one in tickets:
        if one.solved_at is None:
            continue
        mood = (4, 4, 3, 1, 0) if one.channel == sour else (1, 1, 2, 5, 7)
        score = dice.choices((1, 2, 3, 4, 5), mood)[0] if dice.random() < 0.5 else None
        at = one.solved_at
        yield Feedback(
            fresh(FeedbackId, at=at),
            one.id,
            one.customer,
            one.service,
            "email",
            MAIL,
            Address.mail("wei@example.org"),
            1,
            at,
            score=score,
            given_at=None if score is None else at,
        )


async def test_a_planted_difference_in_how_people_were_served_is_found_in_the_record(world: World) -> None:
    made = list(month(1, slow=None))
    asked = list(said(made, sour="counter"))
    await put(world, *made, *asked)
    rows = {row.channel: row for row in (await reported(world)).rows}
    assert rows["counter"].cells[parity.RATED].says is Says.WORSE
    assert [name for name, cell in rows["counter"].cells.items() if cell.says is Says.WORSE] == [parity.RATED]
    assert sum(row.asked for row in rows.values()) == len(asked)
    assert sum(row.cells[parity.RATED].figure.of for row in rows.values()) == sum(
        one.score is not None for one in asked
    )


async def test_what_they_said_last_of_a_ticket_counts(world: World) -> None:
    opened, hour = START - timedelta(days=3), timedelta(hours=1)
    ticket = a_ticket(opened, "email", opened + hour, opened + 9 * hour)
    [first] = said([ticket], sour=None, seed=1)
    again = replace(first, id=fresh(FeedbackId, at=opened), cycle=2, score=5, given_at=START)
    await put(world, ticket, replace(first, score=1, given_at=START), again)
    row = (await reported(world)).rows[0]
    assert (row.cells[parity.RATED].figure.of, row.cells[parity.RATED].figure.amount, row.asked) == (1, 5.0, 1)


async def test_where_none_is_planted_none_is_found(world: World) -> None:
    made = list(month(2, slow=None))
    await put(world, *made, *said(made, sour=None))
    cells = [cell for row in (await reported(world)).rows for cell in row.cells.values()]
    assert not [cell for cell in cells if cell.says.clear]


async def test_only_tickets_of_the_scope_take_part_and_no_confidential_ones(world: World) -> None:
    opened, hour = START - timedelta(days=3), timedelta(hours=1)
    await put(
        world,
        a_ticket(opened, "email", opened + hour, opened + 9 * hour),
        a_ticket(opened, "email", None, None, language="zh"),
        a_ticket(opened, "email", None, None, confidential=True),
        a_ticket(opened, "email", None, None, service=ServiceId("s-repair")),
        a_ticket(MONTH.begins - hour, "email", None, None),
        a_ticket(START + hour, "email", None, None),
    )
    assert (await reported(world)).tickets == 3
    assert (await reported(world, replace(MONTH, service="s-permit"))).tickets == 2
    assert (await reported(world, replace(MONTH, language="zh"))).tickets == 1


async def test_a_promise_is_open_until_it_is_due_and_nobodys_where_the_matter_ended_without_an_answer(
    world: World,
) -> None:
    old, new, hour = START - timedelta(days=3), START - timedelta(hours=1), timedelta(hours=1)
    await put(
        world,
        a_ticket(old, "email", old + hour, None),
        a_ticket(old, "email", old + 9 * hour, None),
        a_ticket(old, "email", None, None),
        a_ticket(new, "email", None, None),
        a_ticket(old, "email", None, old + hour),
    )
    row = (await reported(world)).rows[0]
    assert (row.kept.kept, row.kept.of) == (1, 3)
    assert (row.cells[parity.FIRST].figure.of, row.cells[parity.FIRST].waiting) == (4, 2)
    assert (row.cells[parity.RESOLVED].figure.of, row.cells[parity.RESOLVED].waiting) == (5, 4)


async def test_every_number_opens_its_tickets_page_by_page(world: World) -> None:
    await put(world, *month(3, slow=None))
    rows = {row.channel: row.tickets for row in (await reported(world)).rows}
    seen: list[Ticket] = []
    cursor = None
    while True:
        page = await world.ask(SUE, queries.behind, MONTH, channel="email", limit=40, cursor=cursor)
        seen += page.items
        cursor = page.next
        if cursor is None:
            break
    assert len({one.id for one in seen}) == len(seen) == rows["email"]
    assert {one.channel for one in seen} == {"email"}
    assert [one.id for one in seen] == sorted((one.id for one in seen), reverse=True)


async def test_a_ticket_belongs_to_the_door_that_it_came_by_and_not_to_the_last_one(world: World) -> None:
    first = await world.mail(wire_id="<first@example.org>")
    joined = await world.receive(
        inbound("And the form", number=90, references=("<first@example.org>",), proven="dmarc"), inbox=FORM
    )
    assert joined.ticket == first.ticket
    assert (await world.ticket(first.ticket)).channel == "web_form"
    now = Scope(START - timedelta(days=1), START + timedelta(days=1))
    assert [(row.channel, row.tickets) for row in (await reported(world, now)).rows] == [("email", 1)]
    page = await world.ask(SUE, queries.behind, now, channel="email", limit=9, cursor=None)
    assert [one.id for one in page.items] == [first.ticket]


async def test_reports_are_for_supervisors(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.ask(ANNA, queries.matters, MONTH)
    with pytest.raises(Forbidden):
        await world.ask(ANNA, queries.behind, MONTH, channel="email", limit=1, cursor=None)
    with pytest.raises(Forbidden):
        await world.ask(ANNA, queries.allowed)


@pytest.mark.parametrize("statement", [queries._MATTERS, queries._BEHIND])
def test_a_report_walks_the_ids_of_its_own_time_and_sorts_nothing(sqlite_template: Path, statement: Any) -> None:
    prepared = sqlite_compiler().get(statement)
    raw = sqlite3.connect(sqlite_template)
    plan = [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", [1] * len(prepared.order))]
    raw.close()
    assert any(
        step.startswith("SEARCH tickets USING INDEX sqlite_autoindex_tickets_1 (id>? AND id<?)") for step in plan
    )
    assert any(step.startswith("SEARCH messages USING INDEX ix_messages_ticket (ticket=?)") for step in plan)
    assert all("INDEX sqlite_autoindex_feedback_" in step for step in plan if "SEARCH feedback" in step), plan
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")]
