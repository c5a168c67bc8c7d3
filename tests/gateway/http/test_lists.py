"""Lists: each page is right, pages together are the whole, and none of it gets slower with more tickets."""

from __future__ import annotations

import random
import re
import sqlite3
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from crm_core.actions import assign, lifecycle, reply
from crm_core.model.agent import Role
from crm_core.model.ids import AgentId
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.queries import inbox_list
from crm_core.rules import access
from crm_core.store.compiled import sqlite_compiler
from crm_core.store.tables import tickets
from tests.gateway.http import things
from tests.gateway.http.site import Person, Site
from tests.world import ADA, ANNA, BEN, HOUSING, IMPORTER, PARKING, PEOPLE, SUE, World


async def busy_city(world: World, count: int = 36) -> None:
    """Tickets in both queues, with and without people, in every state, some confidential."""
    dice = random.Random(7)
    for number in range(count):
        ticket = (await world.mail(f"matter {number}", sender=f"p{number}@example.org")).ticket
        if dice.random() < 0.4:
            await world.do(SUE, assign.transfer, ticket, to=HOUSING, house=world.house)
        if dice.random() < 0.5:
            await world.do(SUE, assign.overload, ticket, to=dice.choice([ANNA, BEN]))
        if dice.random() < 0.4:
            await world.do(
                SUE, lifecycle.prioritise, ticket, to=dice.choice([Priority.LOW, Priority.URGENT]), house=world.house
            )
        if dice.random() < 0.2:
            await world.do(SUE, reply.note, ticket, "look", mentions=frozenset({dice.choice([ANNA, BEN])}))
        if dice.random() < 0.3:
            await world.do(SUE, lifecycle.solve, ticket, house=world.house)
        if dice.random() < 0.15 and (await world.ticket(ticket)).assignee is not None:
            await world.do(SUE, things.confide, ticket)


_TICKETS = sa.select(tickets)


async def _all(read: Any) -> list[Ticket]:
    found: list[Ticket] = await read.values(Ticket, _TICKETS)
    return found


async def everything(world: World) -> list[Ticket]:
    found: list[Ticket] = await world.desk.ask(IMPORTER, _all)
    return found


def visible(ticket: Ticket, who: AgentId) -> bool:
    agent = next(one for one in PEOPLE if one.id == who)
    mine = {ANNA: {PARKING}, BEN: {HOUSING}}.get(who, {PARKING, HOUSING})
    assert agent.role is not Role.AGENT or who in (ANNA, BEN)
    return access.sees(access.scope(agent, queues=frozenset(mine)), audience=access.audience(ticket))


async def pages(person: Person, question: str, *, limit: int = 5) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        said = await person.get(f"tickets?limit={limit}&{question}{cursor}")
        assert said.status == 200, said.body
        items += said.body["items"]
        if said.body["next"] is None:
            return items
        assert re.fullmatch("[A-Za-z0-9_-]+", said.body["next"])
        cursor = f"&cursor={said.body['next']}"


async def test_every_page_of_every_list_is_what_the_rule_says(site: Site) -> None:
    await busy_city(site.world)
    known = await everything(site.world)
    questions: dict[str, Any] = {
        "": lambda _: True,
        "status=new,open,waiting,on_hold": lambda ticket: ticket.status.active,
        "status=solved": lambda ticket: ticket.status is Status.SOLVED,
        "queue=housing": lambda ticket: ticket.queue == HOUSING,
        "assignee=anna": lambda ticket: ticket.assignee == ANNA,
        "assignee=ben&status=open,new": lambda ticket: ticket.assignee == BEN and ticket.status in ("open", "new"),
        "assignee=none": lambda ticket: ticket.assignee is None,
        "assignee=none&queue=parking": lambda ticket: ticket.assignee is None and ticket.queue == PARKING,
        f"customer={known[0].customer}": lambda ticket: ticket.customer == known[0].customer,
    }
    for who in (ANNA, BEN, SUE, ADA):
        person = await site.person(who)
        for question, fits in questions.items():
            found = [row["id"] for row in await pages(person, question)]
            assert len(found) == len(set(found))
            assert set(found) == {one.id for one in known if visible(one, who) and fits(one)}, (who, question)


@pytest.mark.parametrize("sort", sorted(inbox_list.ORDERS))
async def test_a_list_is_in_its_order_across_pages(site: Site, sort: str) -> None:
    await busy_city(site.world, 20)
    rows = await pages(await site.person(SUE), f"sort={sort}", limit=3)
    levels = {level.name.lower(): level for level in Priority}
    keys: dict[str, Any] = {
        "due": lambda row: (row["due"] is None, row["due"]["at"] if row["due"] else ""),
        "priority": lambda row: levels[row["priority"]],
    }
    key = keys.get(sort.lstrip("-"), lambda row: row[sort.lstrip("-")])
    for before, after in pairwise(rows):
        assert key(before) >= key(after) if sort.startswith("-") else key(before) <= key(after)


async def test_a_page_goes_on_where_it_ended_though_tickets_came_and_went(site: Site) -> None:
    await busy_city(site.world, 12)
    sue = await site.person(SUE)
    first = (await sue.get("tickets?sort=created_at&limit=5")).body
    await site.world.mail("one more", sender="late@example.org")
    second = (await sue.get(f"tickets?sort=created_at&limit=100&cursor={first['next']}")).body
    ids = [row["id"] for row in first["items"] + second["items"]]
    known = await everything(site.world)
    assert len(ids) == len(set(ids))
    assert set(ids) == {ticket.id for ticket in known if visible(ticket, SUE)}


@pytest.mark.parametrize("cursor", ["x", "%00", "e30", "W10", "W1sxLDJdXQ", "a" * 400, "WyJkdWUiLDEsIngiLDBd"])
async def test_a_cursor_we_did_not_make_is_refused(small: Site, cursor: str) -> None:
    sue = await small.person(SUE)
    for path in ("tickets", "audit", "quarantine", "customers/x/timeline", "tickets/x/timeline"):
        said = await (await small.person(ADA)).get(f"{path}?cursor={cursor}")
        assert said.status in (404, 422), (path, said.body)
    assert (await sue.get(f"tickets?cursor={cursor}")).status == 422


async def test_the_database_walks_along_indexes_only(small: Site, tmp_path: Any) -> None:
    """No list reads a whole table or sorts more than a page: else a hundred thousand tickets would be felt."""
    compiler = sqlite_compiler()
    raw = sqlite3.connect(tmp_path / "onestop.db")
    for order in inbox_list.ORDERS.values():
        for statement in (
            inbox_list._of_queues(order, False, 3, 2, "any"),
            inbox_list._of_assignee(order, False, False, 2, "open"),
            *([inbox_list._of_queues(order, True, 3, 2, "any")] if order.empty_last else []),
        ):
            prepared = compiler.get(statement)
            values = dict.fromkeys(prepared.order, 1)
            plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", prepared.arguments(values))]
            walks = [line for line in plan if "tickets" in line]
            assert walks
            assert all("USING COVERING INDEX ix_tickets_" in line for line in walks), plan
            assert not any("TEMP B-TREE" in line for line in plan), plan
    raw.close()


async def test_a_timeline_pages_backwards_and_never_splits_a_change(site: Site) -> None:
    ticket = (await site.world.mail("first")).ticket
    for number in range(12):
        await site.world.do(ANNA, reply.note, ticket, f"note {number}")
        await site.world.do(ANNA, lifecycle.rename, ticket, subject=f"Subject {number}")
    await site.settled()
    anna = await site.person(ANNA)
    whole = (await anna.get(f"tickets/{ticket}/timeline?limit=100")).body
    assert whole["next"] is None
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await anna.get(f"tickets/{ticket}/timeline?limit=5{cursor}")).body
        items = page["items"] + items
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert items == whole["items"]
    assert [item["at_version"] for item in items] == sorted(item["at_version"] for item in items)


async def test_what_waits_in_each_queue_is_counted(site: Site) -> None:
    await busy_city(site.world, 20)
    known = await everything(site.world)
    counts = (await (await site.person(ANNA)).get("bootstrap")).body["counts"]
    active = [one for one in known if one.status.active]
    assert counts["queues"] == {PARKING: len([one for one in active if one.queue == PARKING and not one.confidential])}
    assert counts["inbox"] == len([one for one in active if one.assignee == ANNA])
