"""The catalogue on both databases: contacts find their service, wrong desks go on, wholes have parts, units come and go."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from crm_core.actions import catalogue, dispatch, importing, lifecycle, misdirects, notices, reply, splits, suggestions
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.catalogue import Misdirect, NoticeState, Place, Suggestion, SuggestionState
from crm_core.model.errors import BadInput, Forbidden, NotAllowedNow, Stale
from crm_core.model.ids import PlaceId, ServiceId, TicketId, UnitId
from crm_core.model.message import Message
from crm_core.model.service import Service, Unit
from crm_core.model.ticket import Status, Ticket
from crm_core.queries import catalogue as catalogue_query
from crm_core.queries import setup
from crm_core.rules import matching
from crm_core.store import tables
from tests.world import ADA, ANNA, BEN, FORM, HOUSING, IMPORTER, MAIL, PARKING, START, SUE, World, inbound

PERMIT, REPAIR, GENERAL = ServiceId("s-permit"), ServiceId("s-repair"), ServiceId("s-general")
HARBOUR = Place(PlaceId("p-harbour"), {"en": "Harbour side"}, ("quay",), 1)
STEWARD = Actor.worker("steward")


async def refreshed(world: World) -> None:
    """What the keeper does when an event says that the setup changed."""
    found = await world.desk.ask(IMPORTER, setup.setup)
    services = {service.id: service for service in found.services}
    world.house = replace(
        world.house,
        services=services,
        places=found.places,
        ownerships=found.ownerships,
        notices=found.notices,
        index=matching.build(found.services, places=found.places),
    )


@pytest.fixture
async def town(world: World) -> World:
    """The small house with words in its catalogue and a place."""
    await world.desk.do(IMPORTER, importing.import_values, [HARBOUR])
    for id, words in ((PERMIT, ("parking card", "number plate")), (REPAIR, ("dripping tap", "broken window"))):
        service = (await world.ask(ADA, catalogue_query.entry, id)).service
        await world.do(ADA, catalogue.save_draft, id, content=replace(service, synonyms={"en": words}))
        await world.do(ADA, catalogue.publish, id, note="words")
    await refreshed(world)
    return world


async def rows(world: World, kind: Any, table: sa.Table) -> list[Any]:
    async def read(read: Any) -> list[Any]:
        found: list[Any] = await read.values(kind, sa.select(table))
        return found

    return await world.desk.ask(IMPORTER, read)


async def kinds(world: World, ticket: TicketId) -> list[str]:
    return [event.type for event in await world.events() if event.ticket == ticket]


# ---------------------------------------------------------------- intake


async def test_a_mail_is_filed_by_its_words_and_waits_where_its_service_does(town: World) -> None:
    ticket = await town.ticket((await town.mail("There is a broken window in the flat", subject="Hello")).ticket)
    assert (ticket.service, ticket.queue, ticket.received_in) == (REPAIR, HOUSING, HOUSING)
    assert ticket.confidence is not None
    assert ticket.confidence >= matching.SURE
    assert "broken window" in ticket.matched


async def test_what_nobody_is_sure_of_goes_to_the_general_desk(town: World) -> None:
    ticket = await town.ticket((await town.mail("Hello, good morning", subject="Hello")).ticket)
    assert (ticket.service, ticket.queue) == (GENERAL, PARKING)


@pytest.mark.parametrize("words", ["A broken window", "My parking card", "Good morning", "The tap is dripping"])
async def test_the_channel_of_a_contact_changes_neither_service_nor_queue_nor_promise(town: World, words: str) -> None:
    made = []
    for number, (door, asked) in enumerate([(MAIL, None), (FORM, None), (FORM, GENERAL)]):
        contact = inbound(words, number=500 + number, subject="Hello", service=asked)
        made.append(await town.ticket((await town.receive(contact, inbox=door)).ticket))
    told = {(one.service, one.queue, one.priority, one.unit, one.confidence) for one in made}
    assert len(told) == 1
    assert len({(one.resolution_due_at or one.created_at) - one.created_at for one in made}) <= 2  # milliseconds apart


async def test_a_bound_inbox_keeps_its_queue(town: World) -> None:
    bound = replace(town.house.inboxes[MAIL], bound=True)
    town.house = replace(town.house, inboxes={**town.house.inboxes, MAIL: bound})
    ticket = await town.ticket((await town.mail("A broken window")).ticket)
    assert (ticket.service, ticket.queue) == (REPAIR, PARKING)


# ---------------------------------------------------------------- what agents teach


async def test_a_correction_becomes_a_suggestion_and_then_a_synonym_that_files_the_next_mail(town: World) -> None:
    mail = await town.mail("The geyser is cold", subject="Cold geyser")
    await town.do(ANNA, lifecycle.classify, mail.ticket, service=REPAIR, house=town.house)
    (made,) = await rows(town, Suggestion, tables.suggestions)
    assert (made.phrase, made.service, made.tickets, made.state) == (
        "cold geyser", REPAIR, (mail.ticket,), SuggestionState.OPEN
    )  # fmt: skip
    again = await town.mail("A cold geyser again", subject="Cold geyser")
    await town.do(SUE, lifecycle.classify, again.ticket, service=REPAIR, house=town.house)
    (made,) = await rows(town, Suggestion, tables.suggestions)
    assert made.tickets == (mail.ticket, again.ticket)
    with pytest.raises(Forbidden):
        await town.do(SUE, suggestions.decide, made.id, state=SuggestionState.ACCEPTED)
    await town.do(ADA, suggestions.decide, made.id, state=SuggestionState.ACCEPTED)
    await refreshed(town)
    third = await town.ticket((await town.mail("Cold geyser", subject="Please help")).ticket)
    assert third.service == REPAIR
    with pytest.raises(NotAllowedNow):
        await town.do(ADA, suggestions.decide, made.id, state=SuggestionState.DISMISSED)


async def test_the_words_of_a_suggestion_stand_only_where_they_can_be_erased(town: World) -> None:
    mail = await town.mail("Xylograph Zweig", subject="Xylograph")
    await town.do(ANNA, lifecycle.classify, mail.ticket, service=REPAIR, house=town.house)
    (event,) = [one for one in await town.events() if one.type == "suggestion.made"]
    assert "xylograph" not in str(event.facts).lower()
    assert event.personal["phrase"] == "xylograph"


# ---------------------------------------------------------------- wrong desk


async def test_wrong_desk_keeps_the_clock_and_the_first_receiver_and_is_counted(town: World) -> None:
    mail = await town.mail("My parking card", subject="Card")
    before = await town.ticket(mail.ticket)
    town.clock.pass_(hours=3)
    after = await town.do(ANNA, misdirects.misdirect, mail.ticket, service=REPAIR, house=town.house)
    assert (after.service, after.queue, after.assignee) == (REPAIR, HOUSING, None)
    assert (after.created_at, after.awaiting_since) == (before.created_at, before.awaiting_since)
    assert after.first_due_at == before.first_due_at
    assert after.received_in == PARKING
    (counted,) = await rows(town, Misdirect, tables.misdirects)
    assert (counted.service, counted.queue, counted.to_service) == (PERMIT, PARKING, REPAIR)
    report = await town.ask(SUE, catalogue_query.misdirected, begins=START)
    assert (report.came, report.wrong[0].wrong) == ({PARKING: 1}, 1)
    assert "ticket.misdirected" in await kinds(town, mail.ticket)
    with pytest.raises(Forbidden):
        await town.ask(ANNA, catalogue_query.misdirected, begins=START)


async def test_who_does_not_know_the_right_desk_sends_it_to_first_line(town: World) -> None:
    mail = await town.mail("A broken window")
    after = await town.do(BEN, misdirects.misdirect, mail.ticket, service=None, house=town.house)
    assert (after.service, after.queue, after.confidence) == (GENERAL, PARKING, None)
    with pytest.raises(NotAllowedNow, match="already"):
        await town.do(ANNA, misdirects.misdirect, mail.ticket, service=None, house=town.house)


# ---------------------------------------------------------------- several matters in one


async def split_in_two(town: World) -> tuple[TicketId, list[Ticket]]:
    mail = await town.mail("My parking card is lost and a window is broken.", subject="Two things")
    parts = [
        splits.Part("Parking card", PERMIT, messages=(mail.message,)),
        splits.Part("", REPAIR, quote="a window is broken"),
    ]
    await town.do(SUE, misdirects.misdirect, mail.ticket, service=None, house=town.house)
    return mail.ticket, await town.do(ANNA, splits.split, mail.ticket, parts, house=town.house)


async def test_a_split_makes_tickets_with_one_owner_of_the_whole(town: World) -> None:
    whole, (permit, repair) = await split_in_two(town)
    owner = (await town.ticket(whole)).assignee
    assert owner == ANNA
    assert [(one.parent, one.queue, one.status) for one in (permit, repair)] == [
        (whole, PARKING, Status.NEW), (whole, HOUSING, Status.NEW)
    ]  # fmt: skip
    assert permit.created_at == (await town.ticket(whole)).created_at, "the citizen asked for it then"
    seen = await town.desk.ask(Actor.agent(ANNA), _visible, repair.id)
    assert seen.id == repair.id, "the owner of the whole sees every part"
    said = [one for one in await rows(town, Message, tables.messages) if one.ticket == repair.id]
    assert [one.text for one in said] == ["a window is broken"]


async def test_a_whole_is_not_solved_while_a_part_is_open_unless_somebody_says_so(town: World) -> None:
    whole, (permit, repair) = await split_in_two(town)
    with pytest.raises(NotAllowedNow, match=permit.number):
        await town.do(ANNA, lifecycle.solve, whole, house=town.house)
    with pytest.raises(NotAllowedNow):
        await town.do(ANNA, reply.reply, whole, reply.Draft(text="Done", status=Status.SOLVED), house=town.house)
    await town.do(BEN, splits.gather, repair.id, "The window is mended on Friday.")
    await town.do(ANNA, splits.gather, permit.id, "A new card is in the mail.")
    notes = [one for one in await rows(town, Message, tables.messages) if one.ticket == whole and one.flags]
    assert {one.flags[0]: one.text for one in notes} == {
        f"result of {repair.number}": "The window is mended on Friday.",
        f"result of {permit.number}": "A new card is in the mail.",
    }
    await town.do(ANNA, reply.reply, whole, reply.Draft(text="Both are done.", status=Status.SOLVED), house=town.house)
    assert (await town.ticket(whole)).status is Status.SOLVED


async def test_a_part_may_stay_open_where_somebody_says_so(town: World) -> None:
    whole, _ = await split_in_two(town)
    await town.do(ANNA, lifecycle.solve, whole, house=town.house, open_parts="leave")
    assert (await town.ticket(whole)).status is Status.SOLVED


async def test_a_part_is_answered_by_the_owner_of_the_whole(town: World) -> None:
    _, (_, repair) = await split_in_two(town)
    with pytest.raises(NotAllowedNow, match="whole"):
        await town.do(BEN, reply.reply, repair.id, reply.Draft(text="Friday"), house=town.house)
    with pytest.raises(NotAllowedNow, match="whole"):
        await town.do(BEN, splits.split, repair.id, [splits.Part("x", PERMIT)], house=town.house)


# ---------------------------------------------------------------- units come and go


async def owned_by(world: World) -> Counter[Any]:
    return Counter(ticket.unit for ticket in await rows(world, Ticket, tables.tickets))


async def test_a_unit_that_is_split_in_the_middle_of_open_tickets_loses_none(town: World) -> None:
    city = UnitId("city")
    mails = [await town.mail(words) for words in ("My parking card", "A broken window", "Good day") * 2]
    await town.do(ANNA, lifecycle.solve, mails[0].ticket, house=town.house)
    assert await owned_by(town) == {city: 6}
    one, other = dispatch.Successor("Roads", frozenset({PERMIT})), dispatch.Successor("Homes", frozenset({REPAIR}))
    roads, homes = await town.do(ADA, dispatch.reorganise, frozenset({city}), into=(one, other), why="split")
    while await town.desk.do(STEWARD, dispatch.reown_some):
        pass
    await refreshed(town)
    after = await owned_by(town)
    assert after == {city: 1, roads.id: 3, homes.id: 2}, "the solved one stays with who solved it"
    assert sum(after.values()) == 6
    tenures = await _plain(town, tables.tenures)
    assert Counter(row["unit"] for row in tenures) == {city: 5}, "who had it before is kept"
    assert all(row["since"] < row["until"] for row in tenures)
    later = await town.ticket((await town.mail("A broken window")).ticket)
    assert later.unit == homes.id
    merged = dispatch.Successor("Works")
    (works,) = await town.do(ADA, dispatch.reorganise, frozenset({roads.id, homes.id}), into=(merged,))
    while await town.desk.do(STEWARD, dispatch.reown_some):
        pass
    assert await owned_by(town) == {city: 1, works.id: 6}
    history = await rows(town, Unit, tables.units)
    assert {unit.name for unit in history} == {"City", "Roads", "Homes", "Works"}
    addresses = {service.slug for service in await rows(town, Service, tables.services)}
    assert addresses == {"general", "permit", "repair"}, "no address of a citizen's page has changed"


async def test_a_place_has_an_owner_of_its_own_and_the_line_that_ended_is_kept(town: World) -> None:
    unit = Unit(UnitId("harbour"), "Harbour Works", START)
    await town.desk.do(IMPORTER, importing.import_values, [unit])
    add = dispatch.add_ownership
    first = await town.do(ADA, add, service=REPAIR, place=HARBOUR.id, unit=unit.id, queue=PARKING)
    await refreshed(town)
    here = await town.ticket((await town.mail("A broken window at the quay")).ticket)
    there = await town.ticket((await town.mail("A broken window at home")).ticket)
    assert [(one.unit, one.queue) for one in (here, there)] == [(unit.id, PARKING), ("city", HOUSING)]
    await town.do(ADA, add, service=REPAIR, place=HARBOUR.id, unit=UnitId("city"), queue=None)
    lines = {line.id: line for line in await town.ask(ADA, catalogue_query.lines)}
    assert lines[first.id].valid_until is not None
    with pytest.raises(BadInput):
        await town.do(ADA, add, service=REPAIR, place=PlaceId("nowhere"), unit=unit.id, queue=None)


# ---------------------------------------------------------------- editions


async def test_a_draft_is_seen_by_nobody_until_it_is_published_and_every_edition_can_come_back(town: World) -> None:
    entry = await town.ask(ADA, catalogue_query.entry, PERMIT)
    better = replace(entry.service, name={"en": "Parking permit", "zh": "停车证"}, slug="stolen", unit=UnitId("other"))
    draft = await town.do(ADA, catalogue.save_draft, PERMIT, content=better)
    assert (await town.ask(ADA, catalogue_query.entry, PERMIT)).service.name == entry.service.name
    with pytest.raises(Stale):
        await town.do(ADA, catalogue.publish, PERMIT, seen_version=draft.version + 1)
    shown = await town.do(ADA, catalogue.publish, PERMIT, note="In people's words", seen_version=draft.version)
    assert (shown.name["en"], shown.slug, shown.unit) == ("Parking permit", "permit", "city")
    back = await town.do(ADA, catalogue.roll_back, PERMIT, to=0)
    assert (back.name, back.synonyms) == ({"en": "Permit", "zh": "Permit"}, {})
    assert back.version > shown.version
    with pytest.raises(NotAllowedNow):
        await town.do(ADA, catalogue.publish, PERMIT)


# ---------------------------------------------------------------- known problems


async def a_notice(town: World, **more: Any) -> Any:
    draft = notices.Draft(
        service=REPAIR,
        title={"en": "Water is off"},
        text={"en": "A pipe burst."},
        words=("no water",),
        acknowledgement={"en": "We know, and are at work."},
        **more,
    )
    made = await town.do(SUE, notices.add_notice, draft, state=NoticeState.OPEN)
    await refreshed(town)
    return made


async def report(town: World, who: str, *, proven: str | None = "dmarc", **hints: Any) -> TicketId:
    contact = await town.mail("A broken window, and no water", sender=Address.mail(who), proven=proven, **hints)
    return contact.ticket


async def outgoing(town: World, ticket: TicketId) -> list[Message]:
    return [
        one for one in await rows(town, Message, tables.messages) if one.ticket == ticket and one.direction == "out"
    ]


async def test_a_reporter_is_told_once_by_the_approved_text_and_never_where_a_machine_must_keep_silent(
    town: World,
) -> None:
    notice = await a_notice(town)
    told, again = await report(town, "wei@example.org"), await report(town, "wei@example.org")
    forged = await report(town, "forged@example.org", proven=None)
    machine = await report(town, "robot@example.org", automatic="auto-replied")
    for ticket in (told, again, forged, machine):
        await town.desk.do(STEWARD, notices.link_notice, ticket, notice.id, house=town.house, why="words")
        await town.desk.do(STEWARD, notices.link_notice, ticket, notice.id, house=town.house, why="words")
    (sent,) = await outgoing(town, told)
    assert (sent.text, sent.flags) == ("We know, and are at work.", ("by machine",))
    assert "window" not in str(sent.subject), "not a word of theirs goes back"
    assert [len(await outgoing(town, one)) for one in (again, forged, machine)] == [0, 0, 0]
    assert (await town.ticket(told)).first_answered_at is None, "no promise is kept by a machine"


async def test_closing_a_notice_answers_everybody_who_reported_it_each_by_an_event_of_its_own(town: World) -> None:
    notice = await a_notice(town)
    reports = [await report(town, f"person{number}@example.org") for number in range(5)]
    twice = await report(town, "person0@example.org")
    forged = await report(town, "forged@example.org", proven=None)
    for ticket in (*reports, twice, forged):
        await town.do(BEN, notices.link_notice, ticket, notice.id, house=town.house)
    with pytest.raises(Forbidden):
        await town.do(BEN, notices.close_notice, notice.id, answer={"en": "The water is back."})
    await town.do(SUE, notices.close_notice, notice.id, answer={"en": "The water is back."})
    from crm_core.queries.notices import waiting

    for link in await town.desk.ask(STEWARD, waiting):
        await town.desk.do(STEWARD, notices.answer_link, link, house=town.house)
        await town.desk.do(STEWARD, notices.answer_link, link, house=town.house)
    assert await town.desk.ask(STEWARD, waiting) == []
    for ticket in reports:
        assert (await outgoing(town, ticket))[-1].text == "The water is back."
        assert (await town.ticket(ticket)).status is Status.SOLVED
        assert (await kinds(town, ticket)).count("message.queued") == 2
    assert (await town.ticket(twice)).status is Status.SOLVED
    assert "The water is back." not in [one.text for one in await outgoing(town, twice)], "once per person"
    assert (await town.ticket(forged)).status is Status.NEW, "a person looks at what nobody proved"


async def _visible(read: Any, id: TicketId) -> Ticket:
    found: Ticket = await read.ticket(id, to="see")
    return found


async def _plain(world: World, table: sa.Table) -> list[Any]:
    async def read(read: Any) -> list[Any]:
        found: list[Any] = await read.all(sa.select(table))
        return found

    return await world.desk.ask(IMPORTER, read)
