"""The city could have happened: what stands in the record is what its own marks and events tell, by the house's rules."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import TicketId
from crm_core.model.promise import Mark
from crm_core.model.ticket import Ticket
from crm_core.model.view import ticket_facts, work_facts
from crm_core.model.work import Work, WorkState
from crm_core.queries.reckoning import rules
from crm_core.rules import marks, moved
from crm_core.store import tables
from crm_core.store.tx import Read
from gateway.city.load import IMPORTER
from tests.gateway.city.conftest import NOW, SPOKEN, AnyDesk

_EVENTS = (
    sa.select(tables.events.c.ticket, tables.events.c.at_version, tables.events.c.at, tables.events.c.facts)
    .where(tables.events.c.ticket.is_not(None))
    .order_by(tables.events.c.at_version, tables.events.c.at)
)
_SAID = sa.select(tables.messages.c.ticket, tables.messages.c.at_version)
_MARKS = sa.select(tables.marks).order_by(tables.marks.c.at_version, tables.marks.c.place, tables.marks.c.id)


async def promises(read: Read) -> tuple[list[Ticket], dict[TicketId, list[Mark]], moved.Rules]:
    told = moved.by_ticket(await read.values(Mark, _MARKS))
    return await read.values(Ticket, sa.select(tables.tickets)), told, await rules(read)


async def stories(read: Read) -> dict[str, list[Any]]:
    """What the events say of each ticket, and when, in the order of its versions."""
    told = defaultdict[str, list[Any]](list)
    for ticket, version, at, text in await read.all(_EVENTS):
        told[ticket].append(json.loads(text) | {"version": version, "at": at})
    return told


async def rows(read: Read) -> tuple[list[Ticket], list[Work], dict[str, set[int]]]:
    """With the versions that messages made."""
    said = defaultdict[str, set[int]](set)
    for ticket, version in await read.all(_SAID):
        said[ticket].add(version)
    return await read.values(Ticket, sa.select(tables.tickets)), await read.values(Work, sa.select(tables.work)), said


def without_dues(ticket: Ticket) -> Ticket:
    """What marks tell: due times are reckoned from it."""
    return replace(ticket, clock=replace(ticket.clock, still_until=None, next_due_at=None, acceptance_due_at=None))


async def test_what_is_promised_is_what_the_marks_tell(loaded: AnyDesk) -> None:
    tickets, told, known = await loaded.ask(IMPORTER, promises)
    for one in tickets:
        again = marks.retold(one, told[one.id])
        assert without_dues(again) == without_dues(one), one.number
        assert moved.reckoned(one, told[one.id], rules=known, at=NOW) is None, f"{one.number} would move untouched"


async def test_what_stands_in_the_record_is_what_the_events_tell(loaded: AnyDesk) -> None:
    """Messages stand for themselves: an import writes no events of them."""
    told = await loaded.ask(IMPORTER, stories)
    tickets, works, said = await loaded.ask(IMPORTER, rows)
    for one in tickets:
        versions = [fact["version"] for fact in told[one.id]]
        assert [fact["at"] for fact in told[one.id]] == sorted(fact["at"] for fact in told[one.id]), one.number
        if one.channel not in SPOKEN:  # who hangs up at once leaves two changes and one event, live too
            assert set(versions) | said[one.id] == set(range(1, one.version + 1)), one.number
        shown = [fact["row"] for fact in told[one.id] if "row" in fact]
        assert shown[-1]["version"] < one.version or shown[-1] == as_told(ticket_facts(one)), one.number
    moves = defaultdict[str, list[Any]](list)
    for fact in (fact for facts in told.values() for fact in facts if "work" in fact):
        moves[fact["work"]["id"]].append(fact["work"])
    for story in moves.values():
        story.sort(key=lambda work: int(work["version"]))
    assert set(moves) == {work.id for work in works}
    for work in works:
        assert moves[work.id][0]["state"] == WorkState.QUEUED
        assert [one["version"] for one in moves[work.id]] == list(range(1, work.version + 1)), work.ticket
        assert moves[work.id][-1] == as_told(work_facts(work)), work.ticket


async def test_every_answer_was_somebodys_work_and_is_done(loaded: AnyDesk) -> None:
    tickets, works, _ = await loaded.ask(IMPORTER, rows)
    theirs = defaultdict[str, list[Work]](list)
    for work in works:
        theirs[work.ticket].append(work)
    for one in tickets:
        mine = sorted(theirs[one.id], key=lambda work: work.entered_at)
        assert mine, f"{one.number} was nobody's work"
        assert all(work.state is WorkState.DONE for work in mine[:-1]), one.number
        waits = one.awaiting_since is not None and one.status.active
        assert waits == (mine[-1].state is not WorkState.DONE) or mine[-1].came_live, one.number
        for work in mine:
            over = [at for at in (work.answered_at, work.left_at) if at is not None]
            assert len(over) <= 1
            if work.state is WorkState.DONE:
                assert work.ended_at is not None
                assert work.held_at is None or work.virtual_start <= work.held_at <= work.ended_at, one.number


def as_told(facts: Any) -> Any:
    """As it comes out of the record."""
    return json.loads(json.dumps(facts))
