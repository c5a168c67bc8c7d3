"""Policies and calendars: drafted, looked at, published, taken back; and what is open reckoned anew."""

import dataclasses
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from crm_core.actions import clock, lifecycle, promises, reckoning
from crm_core.model.errors import BadInput, Forbidden, NotAllowedNow, Stale
from crm_core.model.ids import CalendarId, EditionId
from crm_core.model.promise import Edition, EditionState, Job, JobState
from crm_core.model.sla import Calendar, Counted, SlaPolicy, Targets
from crm_core.model.ticket import Priority, Ticket
from crm_core.queries import reckoning as record
from crm_core.queries import timers
from crm_core.rules import sla
from crm_core.rules.moved import Portion
from crm_core.rules.sla import Promise
from gateway.workers.recompute import RECOMPUTE, Recompute
from tests.crm_core.actions.test_clock import marks_of, told, worker
from tests.world import ADA, ANNA, IMPORTER, START, SUE, World, calendar, policy

HOUR = timedelta(hours=1)


async def published(world: World, value: Any) -> tuple[Edition, Job]:
    """A draft, looked at and published; the house of the test knows it from then on, as the keeper would."""
    made = await world.do(ADA, promises.draft, value)
    edition, job = await world.do(ADA, promises.publish, made.id, seen_version=made.version)
    now_is = replace(value, version=edition.number)
    (world.house.policies if isinstance(value, SlaPolicy) else world.house.calendars)[value.id] = now_is
    return edition, job


async def reckon_all(world: World) -> None:
    await Recompute(world.desk, holder="tests").work()


def agrees(world: World, ticket: Ticket) -> bool:
    """Its due times are what the rules in force promise."""
    promise = Promise(*world.house.promise(world.house.services[ticket.service]))
    fresh = sla.promised(ticket, promise=promise)
    return (ticket.due_at, ticket.first_due_at, ticket.resolution_due_at) == (
        fresh.due_at,
        fresh.first_due_at,
        fresh.resolution_due_at,
    )


async def test_a_draft_is_in_force_only_when_it_is_published_and_can_be_taken_back(world: World) -> None:
    made = await world.do(ADA, promises.draft, replace(policy(), resolution=20 * HOUR))
    assert (made.number, made.state) == (0, EditionState.DRAFT)
    assert await world.desk.ask(IMPORTER, _get, SlaPolicy, "usual") == policy()
    edition, _ = await world.do(ADA, promises.publish, made.id, seen_version=made.version)
    now_is = await world.desk.ask(IMPORTER, _get, SlaPolicy, "usual")
    assert (now_is.resolution, now_is.version, edition.number) == (20 * HOUR, 2, 2)
    with pytest.raises(NotAllowedNow):
        await world.do(ADA, promises.publish, made.id, seen_version=edition.version)
    back, _ = await world.do(ADA, promises.roll_back, "usual", to=1)
    assert (back.number, back.back_to) == (3, 1)
    assert await world.desk.ask(IMPORTER, _get, SlaPolicy, "usual") == replace(policy(), version=3)
    types = [event.type for event in await world.events() if event.type.startswith("edition.")]
    assert types == ["edition.drafted", "edition.published", "edition.published"]


async def test_two_who_write_the_same_draft_do_not_overwrite_each_other(world: World) -> None:
    first = await world.do(ADA, promises.draft, policy())
    await world.do(ADA, promises.draft, replace(policy(), name="Other"), seen_version=first.version)
    with pytest.raises(Stale):
        await world.do(ADA, promises.draft, policy(), seen_version=first.version)
    with pytest.raises(Stale):
        await world.do(ADA, promises.publish, first.id, seen_version=first.version)
    await world.do(ADA, promises.discard, first.id)


async def test_what_cannot_be_kept_is_not_published_and_only_an_admin_publishes(world: World) -> None:
    wrong = replace(policy(), calendar=CalendarId("nowhere"), counting={"resolution": Counted.WORKING_DAYS})
    made = await world.do(ADA, promises.draft, wrong)
    with pytest.raises(BadInput) as refused:
        await world.do(ADA, promises.publish, made.id, seen_version=made.version)
    assert {problem.field for problem in refused.value.problems} == {"calendar", "resolution"}
    closed = await world.do(ADA, promises.draft, replace(calendar(), zone="Mars/Olympus", windows=()))
    with pytest.raises(BadInput):
        await world.do(ADA, promises.publish, closed.id, seen_version=closed.version)
    for other in (ANNA, SUE):
        with pytest.raises(Forbidden):
            await world.do(other, promises.draft, policy())


async def test_a_preview_says_how_many_move_and_which_become_late_and_changes_nothing(world: World) -> None:
    got = [await world.mail() for _ in range(3)]
    await world.do(ANNA, lifecycle.solve, got[0].ticket, house=world.house)
    world.clock.pass_(hours=3)
    before = [await world.ticket(one.ticket) for one in got]
    seen = await world.ask(ADA, record.preview, policies=[replace(policy(), first_deferred=2 * HOUR)])
    assert (seen.of, seen.looked_at, seen.moved, seen.late) == (2, 2, 2, 2)
    assert [slip.was - slip.becomes for slip in seen.sample] == [6 * HOUR, 6 * HOUR]
    assert [await world.ticket(one.ticket) for one in got] == before
    longer = await world.ask(ADA, record.preview, policies=[replace(policy(), first_deferred=9 * HOUR)])
    assert (longer.moved, longer.late) == (2, 0)


async def test_what_is_open_is_reckoned_anew_and_what_became_late_by_it_is_told_only_on_a_persons_word(
    world: World,
) -> None:
    got = [await world.mail() for _ in range(3)]
    world.clock.pass_(hours=3)
    await published(world, replace(policy(), first_deferred=2 * HOUR))
    await reckon_all(world)
    tickets = [await world.ticket(one.ticket) for one in got]
    assert all(agrees(world, ticket) and ticket.version == 1 for ticket in tickets)
    assert [mark.kind for mark in await marks_of(world, got[0].ticket)][-1] == "applied"
    await worker(world).ring()
    assert await told(world) == []
    [held] = await world.ask(SUE, timers.held)
    assert held.count == 3
    await world.do(SUE, clock.release, why=held.why, choice="tell")
    await worker(world).ring()
    assert await told(world) == [("first", 100)] * 3
    ended = [event for event in await world.events() if event.type == "job.ended"]
    assert [(event.facts["done"], event.facts["changed"], event.facts["late"]) for event in ended] == [(3, 3, 3)]


async def test_a_calendar_moves_every_promise_that_counts_by_it(world: World) -> None:
    got = await world.mail()
    before = await world.ticket(got.ticket)
    holiday = date(2026, 11, 24)
    await published(world, replace(calendar(), exceptions={holiday: ()}, names={holiday: "Founders"}))
    await reckon_all(world)
    after = await world.ticket(got.ticket)
    assert agrees(world, after)
    assert after.resolution_due_at == before.resolution_due_at + timedelta(days=1)  # type: ignore[operator]
    assert await world.desk.ask(IMPORTER, _get, Calendar, "office") == world.house.calendars[calendar().id]


async def test_a_ticket_of_another_priority_has_that_rows_promises(world: World) -> None:
    row = Targets(HOUR, HOUR, HOUR, 3 * HOUR)
    await published(world, replace(policy(), by_priority={"urgent": row}))
    got = await world.mail()
    await world.do(ANNA, lifecycle.prioritise, got.ticket, to=Priority.URGENT, house=world.house)
    ticket = await world.ticket(got.ticket)
    assert ticket.resolution_due_at == ticket.created_at + 3 * HOUR


async def test_a_job_goes_on_where_it_was_cut_off_and_never_does_a_portion_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "PORTION", 2)
    monkeypatch.setattr(reckoning, "PORTION", 2)
    got = [await world.mail() for _ in range(5)]
    await published(world, replace(policy(), first_deferred=9 * HOUR))
    job = await world.desk.ask(RECOMPUTE, record.running)
    assert job is not None
    portion: Portion = await world.desk.ask(RECOMPUTE, record.portion, job)
    assert await world.desk.do(RECOMPUTE, reckoning.reckon, portion)
    assert await world.desk.do(RECOMPUTE, reckoning.reckon, portion), "a second worker with the same portion"
    half = await world.desk.ask(IMPORTER, _get, Job, job)
    assert (half.done, half.cursor) == (2, got[1].ticket)
    await reckon_all(world)
    done = await world.desk.ask(IMPORTER, _get, Job, job)
    assert (done.state, done.done, done.changed) == (JobState.DONE, 5, 5)
    assert all([agrees(world, await world.ticket(one.ticket)) for one in got])


async def test_a_ticket_that_changes_while_it_is_reckoned_keeps_its_change(world: World) -> None:
    got = await world.mail()
    await published(world, replace(policy(), first_deferred=9 * HOUR))
    job = await world.desk.ask(RECOMPUTE, record.running)
    assert job is not None
    portion = await world.desk.ask(RECOMPUTE, record.portion, job)
    await world.do(ANNA, lifecycle.prioritise, got.ticket, to=Priority.HIGH, house=world.house)
    await world.desk.do(RECOMPUTE, reckoning.reckon, portion)
    ticket = await world.ticket(got.ticket)
    assert (ticket.priority, ticket.version) == (Priority.HIGH, 2)
    assert agrees(world, ticket)


async def _get(read: Any, kind: Any, id: str) -> Any:
    return await read.get(kind, id)


def test_an_edition_keeps_a_policy_and_a_calendar_whole() -> None:
    rich = replace(
        policy(),
        by_priority={"urgent": Targets(HOUR, HOUR, HOUR, 3 * HOUR, HOUR, {"first": Counted.CLOCK})},
        acceptance=HOUR,
    )
    for value in (rich, replace(calendar(), exceptions={date(2026, 1, 1): ((60, 120),)}, country="CN")):
        edition = Edition(
            EditionId("e"), promises._kind(value), value.id, 0, EditionState.DRAFT, promises.body_of(value), None, START
        )
        assert dataclasses.asdict(promises.value_of(edition)) == dataclasses.asdict(value)
