"""Periods: a dry run counts exactly what the run takes, holds are left, and much asks first."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from crm_core.actions import holding, intake, joining, keeping, lifecycle, retaining, unread
from crm_core.model.actor import Actor
from crm_core.model.blob import Blob
from crm_core.model.customer import Customer
from crm_core.model.errors import BadInput, Forbidden, Gone, NotAllowedNow
from crm_core.model.ids import CustomerId, TicketId
from crm_core.model.message import File
from crm_core.model.retention import Due, Kept, Sweep, SweepState
from crm_core.queries import contents, privacy, retention
from crm_core.rules import retention as rule
from crm_core.rules import salvage
from gateway.workers.archivist import ARCHIVIST, forget_all, sweep_all
from tests.crm_core.actions.test_erasing import found, verified
from tests.world import ADA, ANNA, MAIL, START, SUE, WINDOW, World, inbound


async def test_the_run_takes_exactly_what_the_dry_run_counted(world: World) -> None:
    old = [await closed(world, f"old {number}", f"old{number}@example.org") for number in range(7)]
    await unreadable(world, b"nobody can read this")
    world.clock.pass_(days=200)
    young = [await closed(world, f"young {number}", f"young{number}@example.org") for number in range(3)]
    await unreadable(world, b"nor this")
    await periods(world, wires=100, files=100, quarantine=100, matters=100, people=100)
    due: Due = await world.ask(ADA, retention.dry_run)
    assert due.counted == {
        Kept.WIRES: 7,
        Kept.FILES: 7,
        Kept.QUARANTINE: 1,
        Kept.MATTERS: 7,
        Kept.PEOPLE: 7,
    }
    sweep = await swept(world)
    assert sweep.state is SweepState.DONE
    assert sweep.done == due.counted
    again: Due = await world.ask(ADA, retention.dry_run)
    assert set(again.counted.values()) == {0}
    for ticket in old:
        assert (await world.ticket(ticket)).subject == ""
    for ticket in young:
        assert (await world.ticket(ticket)).subject != ""
    assert await found(world, "xylophone old") == []
    assert len(await found(world, "xylophone young")) > 0
    await verified(world)


async def test_what_is_held_is_neither_counted_nor_taken(world: World) -> None:
    first = await closed(world, "old 1", "one@example.org")
    second = await closed(world, "old 2", "two@example.org")
    await closed(world, "old 3", "three@example.org")
    await world.do(SUE, holding.hold, (await world.ticket(first)).customer, reason="Court")
    await world.do(SUE, holding.hold, (await world.ticket(second)).customer, reason="Court", ticket=second)
    world.clock.pass_(days=200)
    await periods(world, wires=100, files=100, matters=100, people=100)
    due: Due = await world.ask(ADA, retention.dry_run)
    assert due.counted == {Kept.WIRES: 1, Kept.FILES: 1, Kept.MATTERS: 1, Kept.PEOPLE: 1}
    await swept(world)
    for ticket in (first, second):
        assert (await world.ticket(ticket)).erased_at is None


async def test_somebody_with_several_records_is_one_person_and_over_when_all_of_them_are(world: World) -> None:
    old = [await closed(world, f"old {number}", f"old{number}@example.org") for number in range(5)]
    one, two, three, four, alone = [(await world.ticket(ticket)).customer for ticket in old]
    await world.do(ANNA, joining.merge_people, two, into=one)
    await world.do(ANNA, joining.merge_people, three, into=two)
    world.clock.pass_(days=200)
    young = await closed(world, "young", "young@example.org")
    await world.do(ANNA, joining.merge_people, (await world.ticket(young)).customer, into=four)
    await periods(world, people=100)
    due: Due = await world.ask(ADA, retention.dry_run)
    assert due.counted == {Kept.PEOPLE: 2}, "three records of one, and one who is alone"
    sweep = await swept(world)
    assert sweep.done == due.counted
    gone = [(await _record(world, id)).erased_at is not None for id in (one, two, three, alone, four)]
    assert gone == [True, True, True, True, False]
    for ticket in old[:3]:
        assert (await world.ticket(ticket)).subject == ""
    assert (await world.ticket(young)).subject != ""
    await verified(world)


async def test_a_merged_person_waits_for_the_matter_of_any_record_and_for_a_hold_on_any(world: World) -> None:
    first, second = await closed(world, "a", "a@example.org"), await closed(world, "b", "b@example.org")
    one, two = (await world.ticket(first)).customer, (await world.ticket(second)).customer
    await world.do(ANNA, joining.merge_people, two, into=one)
    world.clock.pass_(days=99)
    again = await world.mail("Once more", sender="b@example.org")
    assert (await world.ticket(again.ticket)).customer == two
    world.clock.pass_(days=10)
    await periods(world, people=100)
    assert (await world.ask(ADA, retention.dry_run)).counted == {Kept.PEOPLE: 0}, "it is open"
    await world.do(ANNA, lifecycle.close, again.ticket)
    world.clock.pass_(days=99)
    assert (await world.ask(ADA, retention.dry_run)).counted == {Kept.PEOPLE: 0}, "it was closed too late"
    world.clock.pass_(days=2)
    assert (await world.ask(ADA, retention.dry_run)).counted == {Kept.PEOPLE: 1}
    await world.do(SUE, holding.hold, two, reason="Court")
    assert (await world.ask(ADA, retention.dry_run)).counted == {Kept.PEOPLE: 0}


async def test_a_content_that_a_younger_matter_has_too_stays(world: World) -> None:
    await closed(world, "old", "one@example.org", content=b"the same form for all")
    world.clock.pass_(days=200)
    await closed(world, "young", "two@example.org", content=b"the same form for all")
    await periods(world, files=100)
    assert (await world.ask(ADA, retention.dry_run)).counted == {Kept.FILES: 0}


async def test_a_file_whose_period_is_over_says_so(world: World) -> None:
    await closed(world, "old", "one@example.org", content=b"a form")
    world.clock.pass_(days=200)
    await periods(world, files=100)
    await swept(world)
    with pytest.raises(Gone, match="period was over"):
        await world.ask(ADA, contents.content, hashlib.sha256(b"a form").hexdigest())


async def test_the_worker_asks_before_it_takes_much_and_an_admin_may_decline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule, "MOST_ALONE", 1)
    for number in range(3):
        await closed(world, "old", f"old{number}@example.org")
    world.clock.pass_(days=200)
    await world.mail("Something happened today.")
    world.clock.pass_(hours=2)
    await periods(world, matters=100)
    due = await world.desk.ask(ARCHIVIST, retention.dry_run)
    asked = await world.desk.do(ARCHIVIST, retaining.begin_sweep, due)
    assert asked is not None
    assert asked.state is SweepState.ASKS
    assert asked.why == "much 3"
    assert await sweep_all(world.desk, actor=ARCHIVIST) == 0
    with pytest.raises(NotAllowedNow):
        await world.desk.do(ARCHIVIST, retaining.begin_sweep, due)
    with pytest.raises(Forbidden):
        await world.do(SUE, retaining.answer_sweep, asked.id, choice="run")
    await world.do(ADA, retaining.answer_sweep, asked.id, choice="decline")
    assert (await world.ask(ADA, retention.dry_run)).counted == {Kept.MATTERS: 3}


async def test_a_clock_that_jumped_by_a_year_makes_nobody_forgotten(world: World) -> None:
    await closed(world, "old", "one@example.org")
    await periods(world, matters=100)
    world.clock.pass_(days=400)
    due = await world.desk.ask(ARCHIVIST, retention.dry_run)
    asked = await world.desk.do(ARCHIVIST, retaining.begin_sweep, due)
    assert asked is not None
    assert asked.state is SweepState.ASKS
    assert asked.why.startswith("silent ")


async def test_only_an_admin_sets_periods_and_none_backwards(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.do(SUE, retaining.set_period, Kept.WIRES, days=90)
    with pytest.raises(BadInput):
        await world.do(ADA, retaining.set_period, Kept.WIRES, days=1)
    with pytest.raises(BadInput):
        await world.do(ADA, retaining.set_period, Kept.WIRES, days=90, valid_from=START.replace(year=2020))


async def closed(world: World, words: str, sender: str, *, content: bytes = b"") -> TicketId:
    """A matter with a file and its raw wire, over and done with."""
    content = content or f"file of {sender}".encode()
    raw = f"From: {sender} xylophone {words}".encode()
    file = File("form.txt", "text/plain", content)
    contact = inbound(f"My xylophone {words}", number=abs(hash((sender, words))), sender=sender, files=(file,))
    made = await world.desk.do(
        Actor.inbox(MAIL),
        intake.receive,
        intake.Contact(contact, (_blob(content),), keeping.RawWire(world.clock(), {}, _blob(raw))),
        inbox=world.house.inboxes[MAIL],
        house=world.house,
        reopen_window=WINDOW,
    )
    await world.do(ANNA, lifecycle.close, made.ticket)
    return TicketId(made.ticket)


async def unreadable(world: World, body: bytes) -> None:
    wire = keeping.RawWire(world.clock(), {}, _blob(body))
    await world.desk.do(
        Actor.inbox(MAIL), unread.quarantine, wire, inbox=MAIL, why="odd", found_by=salvage.terms(body, around={})
    )


async def periods(world: World, **days: int) -> None:
    for kind, count in days.items():
        await world.do(ADA, retaining.set_period, Kept(kind), days=count)


async def swept(world: World) -> Sweep:
    due = await world.ask(ADA, retention.dry_run)
    made = await world.do(ADA, retaining.begin_sweep, due)
    await sweep_all(world.desk, actor=ARCHIVIST)
    await forget_all(world.desk, actor=ARCHIVIST)
    assert await world.desk.ask(ARCHIVIST, privacy.running) is None
    found: list[Sweep] = await world.ask(ADA, retention.newest_sweeps)
    return next(one for one in found if one.id == made.id)


async def _record(world: World, id: CustomerId) -> Customer:
    async def get(read: Any) -> Customer:
        found: Customer = await read.get(Customer, id)
        return found

    return await world.desk.ask(ARCHIVIST, get)


def _blob(content: bytes) -> Blob:
    return Blob(hashlib.sha256(content).hexdigest(), len(content), content)
