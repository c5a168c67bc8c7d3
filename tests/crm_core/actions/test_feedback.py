"""People are asked once for each time a matter is solved, say how we did, and may think again; on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crm_core.actions import consents, delivery, feedback, intake, lifecycle, rating, reply
from crm_core.actions.consents import Said
from crm_core.actions.joining import merge_people
from crm_core.actions.reply import Draft
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.consent import Wish
from crm_core.model.errors import Forbidden, Gone, NotFound
from crm_core.model.feedback import Asks, Feedback, Given, Rated
from crm_core.model.ids import FeedbackId, TicketId
from crm_core.model.message import Message, Outbound
from crm_core.model.suspicion import Suspicion, SuspicionState
from crm_core.model.ticket import Status
from crm_core.queries import feedback as asking
from crm_core.queries import ticket as tickets
from crm_core.queries import ways
from crm_core.rules import feedback as rule
from tests.crm_core.actions.test_any_channel import lease
from tests.world import ADA, ANNA, BEN, IMPORTER, MAIL, PARKING, SUE, World, inbound

GATEWAY, SENDER = Actor.worker("gateway"), Actor.worker("sender")
WEI = Address.mail("wei@example.org")
URL = "https://larkhaven.example"


@pytest.fixture
def world(world: World) -> World:
    """The mailbox asks, by a link."""
    house = world.house
    world.house = replace(
        house,
        public_url=URL,
        inboxes={**house.inboxes, MAIL: replace(house.inboxes[MAIL], asks=True)},
        can={**house.can, "email": replace(house.can["email"], asks=Asks.LINK)},
    )
    return world


async def solved(world: World, *, words: str = "It is mended.", **hints: Any) -> TicketId:
    """Somebody wrote, and the answer solved it."""
    got = await world.mail(**{"proven": "dmarc", **hints})
    await answered(world, got.ticket, words=words)
    return got.ticket


async def answered(world: World, ticket: TicketId, *, words: str = "It is mended.") -> Message:
    made: Message = await world.do(
        ANNA, reply.reply, ticket, Draft(text=words, status=Status.SOLVED), house=world.house
    )
    return made


async def of(world: World, ticket: TicketId) -> list[Feedback]:
    found: list[Feedback] = await world.ask(ANNA, asking.of_ticket, ticket)
    return found


async def say(world: World, id: FeedbackId, score: int, comment: str | None = None) -> Feedback:
    given: Feedback = await world.desk.do(GATEWAY, feedback.give_feedback, id, Given(score, comment))
    return given


async def leaving(world: World) -> list[Outbound]:
    parcels = await world.desk.do(SENDER, delivery.claim, lease=await lease(world), house=world.house)
    return [one.outbound for one in parcels]


async def test_the_answer_that_solves_a_matter_carries_the_question_and_no_other_does(world: World) -> None:
    got = await world.mail(proven="dmarc")
    await world.do(ANNA, reply.reply, got.ticket, Draft(text="We look."), house=world.house)
    sent = await answered(world, got.ticket)
    [one] = await of(world, got.ticket)
    assert (one.message, one.channel, one.address, one.agent, one.cycle) == (sent.id, "email", WEI, ANNA, 1)
    first, second = await leaving(world)
    link = rule.question(one.id, key=world.house.keys[0], public_url=URL, language=None).url
    assert first.asks is None
    assert (link in first.text, second.text.endswith(link)) == (False, True)
    assert link.rpartition("/")[2] not in "".join(
        event.facts_text + event.personal_text for event in await world.events()
    ), "it stands nowhere in the record"


async def test_what_was_solved_without_a_word_is_asked_of_by_a_machine_where_the_answer_went(world: World) -> None:
    got = await world.mail(proven="dmarc")
    await world.do(ANNA, reply.reply, got.ticket, Draft(text="Come on Monday."), house=world.house)
    await world.do(ANNA, lifecycle.set_status, got.ticket, to=Status.SOLVED, house=world.house)
    [one] = await of(world, got.ticket)
    _, alone = await leaving(world)
    assert (one.message, one.agent) == (alone.message, ANNA)
    assert (alone.to, alone.automatic) == (WEI, True)
    assert f"Your request {alone.ticket_number} is done." in alone.text


async def test_who_was_never_answered_is_not_asked(world: World) -> None:
    got = await world.mail(proven="dmarc")
    await world.do(ANNA, lifecycle.solve, got.ticket, house=world.house)
    assert await of(world, got.ticket) == []
    assert await leaving(world) == []


async def test_once_for_each_solution_and_for_each_person_now_and_then(world: World) -> None:
    first = await solved(world)
    second = await solved(world, words="Mended too.")
    assert [len(await of(world, one)) for one in (first, second)] == [1, 0]
    world.clock.pass_(days=31)
    await world.do(ANNA, lifecycle.reopen, first, house=world.house)
    await answered(world, first)
    assert [one.cycle for one in await of(world, first)] == [1, 2], "solved again, asked again"


async def test_two_records_of_one_person_are_one_person(world: World) -> None:
    first, second = await solved(world), (await world.mail(sender="wei@work.example", proven="dmarc")).ticket
    whose = [(await world.ticket(one)).customer for one in (first, second)]
    await world.do(SUE, merge_people, whose[0], into=whose[1], why="the same person")
    await answered(world, second)
    assert await of(world, second) == []


@pytest.mark.parametrize("why", ["machine", "stopped", "suspected", "service", "off", "closed"])
async def test_whom_the_rule_spares_is_not_asked(world: World, why: str) -> None:
    got = await world.mail(proven="dmarc", automatic="auto-replied" if why == "machine" else None)
    ticket = await world.ticket(got.ticket)
    house = world.house
    if why == "stopped":
        said = Said(address=WEI, inbox=MAIL, wish=Wish.STOP, reason="told us")
        await world.do(ANNA, consents.write_down, ticket.customer, said, house=house)
        said = replace(said, wish=Wish.START)
        await world.do(ANNA, consents.write_down, ticket.customer, said, house=house)
        await answered(world, got.ticket)
        assert len(await of(world, got.ticket)) == 1, "who wants messages again is asked again"
        return
    if why == "suspected":
        await world.desk.do(IMPORTER, _suspect, got.ticket)
    if why == "service":
        spared = replace(house.services[ticket.service], asked=False)
        world.house = replace(house, services={**house.services, ticket.service: spared})
    if why == "off":
        world.house = replace(house, inboxes={**house.inboxes, MAIL: replace(house.inboxes[MAIL], asks=False)})
    if why == "closed":
        await world.do(ANNA, reply.reply, got.ticket, Draft(text="No.", status=Status.CLOSED), house=world.house)
    else:
        await answered(world, got.ticket)
    assert await of(world, got.ticket) == []


async def test_what_they_say_is_kept_and_told_and_the_last_word_counts(world: World) -> None:
    ticket = await solved(world)
    [one] = await of(world, ticket)
    await say(world, one.id, 2, "Three weeks!")
    world.clock.pass_(days=2)
    await say(world, one.id, 4)
    [now] = await of(world, ticket)
    assert (now.score, now.comment, now.version) == (4, "Three weeks!", 3)
    told = [event for event in await world.events() if event.type == "feedback.given"]
    assert [(event.facts["was"], event.facts["score"], event.facts["worded"]) for event in told] == [
        (None, 2, True),
        (2, 4, True),
    ]
    assert "Three weeks!" not in "".join(event.facts_text for event in told)
    lines = (await world.ask(ANNA, tickets.timeline, ticket, before=1 << 53, limit=50)).items
    assert [getattr(line, "type", "") for line in lines][-2:] == ["feedback.given", "feedback.given"]


async def test_nothing_is_taken_too_late_or_for_what_is_not_there(world: World) -> None:
    ticket = await solved(world)
    [one] = await of(world, ticket)
    world.clock.pass_(days=31)
    with pytest.raises(Gone):
        await say(world, one.id, 1)
    with pytest.raises(NotFound):
        await say(world, FeedbackId("nothing"), 1)
    assert await world.desk.ask(GATEWAY, asking.open_question, one.id) is None
    with pytest.raises(Forbidden):
        await world.do(ADA, feedback.give_feedback, one.id, Given(5))


async def test_on_the_wire_only_whom_we_asked_may_choose_a_step(world: World) -> None:
    ticket = await solved(world)
    [one] = await of(world, ticket)
    token = rule.question(one.id, key=world.house.keys[0], public_url=URL, language=None).token

    async def choose(rated: Rated, *, inbox: str = MAIL) -> Feedback | None:
        kept: Feedback | None = await world.desk.do(
            Actor.inbox(inbox),  # type: ignore[arg-type]
            feedback.rate_on_wire,
            rated,
            house=world.house,
        )
        return kept

    assert await choose(Rated(token, 1, Address.mail("ana@example.org"))) is None
    assert await choose(Rated(token[:-1] + ("0" if token[-1] != "0" else "1"), 1, WEI)) is None
    assert await choose(Rated(token, 1, WEI), inbox="i-form") is None
    assert (await of(world, ticket))[0].score is None
    kept = await choose(Rated(token, 3, WEI))
    assert kept is not None
    assert await choose(Rated(token, 3, WEI)) == kept, "the same press twice is one answer"
    assert (await of(world, ticket))[0].version == 2


async def wrote(world: World, said: str, **more: Any) -> intake.Received | None:
    """They write to the same inbox, which asks in plain words; what becomes of it as an answer to the question."""
    made = inbound(said, **{"proven": "dmarc", **more})
    box = world.house.inboxes[MAIL]
    if not rating.may_rate(made, inbox=box, house=world.house):
        return None
    heard: intake.Received | None = await world.desk.do(
        Actor.inbox(MAIL), rating.hear_figure, intake.Contact(made, (), None), inbox=box, house=world.house
    )
    return heard


def in_plain_words(world: World) -> None:
    house = world.house
    world.house = replace(house, can={**house.can, "email": replace(house.can["email"], asks=Asks.DIGIT, html=False)})


async def test_where_we_ask_in_plain_words_a_figure_alone_is_the_answer_and_opens_nothing(world: World) -> None:
    in_plain_words(world)
    ticket = await solved(world)
    assert "Reply with a figure from 1" in (await leaving(world))[0].text
    got = await wrote(world, " 4 ", number=7)
    assert got is not None
    assert (got.ticket, (await of(world, ticket))[0].score) == (ticket, 4)
    after = await world.ticket(ticket)
    assert (after.status, after.awaiting_since) == (Status.SOLVED, None)
    told = await world.ask(ANNA, tickets.timeline, ticket, before=1 << 40, limit=50)
    assert [one.text for one in told.items if isinstance(one, Message)][-1] == " 4 ", "it is shown where we asked"
    again = await wrote(world, " 4 ", number=7)
    assert again is not None
    assert again.repeat
    assert await wrote(world, "2", number=8) is not None
    assert (await of(world, ticket))[0].score == 2, "the last word counts"


@pytest.mark.parametrize("why", ["words", "machine", "unproven", "somebody", "late", "asked else", "a link"])
async def test_whatever_else_comes_back_is_a_message_like_any_other(world: World, why: str) -> None:
    if why != "a link":
        in_plain_words(world)
    ticket = await solved(world)
    if why == "late":
        world.clock.pass_(days=31)
    if why == "asked else":
        await world.do(ANNA, reply.reply, ticket, Draft(text="How many bins?"), house=world.house)
    more: dict[str, dict[str, Any]] = {
        "machine": {"automatic": "auto-replied"},
        "unproven": {"proven": None},
        "somebody": {"sender": "ana@example.org"},
    }
    assert await wrote(world, "5 bins" if why == "words" else "5", number=7, **more.get(why, {})) is None
    assert (await of(world, ticket))[0].score is None


async def test_whoever_writes_the_answer_sees_the_question_that_it_will_carry(world: World) -> None:
    async def asked_with(ticket: TicketId, text: str = "Mended.") -> str | None:
        found = await world.ask(ANNA, ways.foreseen, ticket, ways.Words(text=text), house=world.house)
        assert isinstance(found, ways.Foreseen)
        return found.asks

    first, second = await world.mail(proven="dmarc"), await world.mail(proven="dmarc")
    assert await asked_with(first.ticket) == f"How did we do? Tell us with one click: {URL}/feedback/…"
    in_plain_words(world)
    assert "Reply with a figure" in str(await asked_with(first.ticket))
    await answered(world, first.ticket)
    assert len(await of(world, first.ticket)) == 1
    assert await asked_with(second.ticket) is None, "nobody is asked twice in so few days"


async def test_the_unhappy_are_a_list_for_supervisors_page_by_page(world: World) -> None:
    made = []
    for number, score in enumerate((1, 5, 2, 2, 3)):
        ticket = await solved(world, sender=f"p{number}@example.org")
        [one] = await of(world, ticket)
        await say(world, one.id, score)
        made.append((score, ticket))
    seen: list[tuple[int | None, TicketId]] = []
    cursor = None
    while True:
        page = await world.ask(SUE, asking.page, unhappy=True, limit=2, cursor=cursor)
        seen += [(one.feedback.score, one.ticket.id) for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [one for one in reversed(made) if one[0] <= 2]
    assert len((await world.ask(SUE, asking.page, unhappy=False, limit=9, cursor=None)).items) == 5
    with pytest.raises(Forbidden):
        await world.ask(ANNA, asking.page, unhappy=True, limit=9, cursor=None)
    with pytest.raises(NotFound):
        await world.ask(BEN, asking.of_ticket, made[0][1])


async def test_an_admin_says_which_inbox_asks_and_how_often(world: World) -> None:
    chosen = await world.do(ADA, feedback.choose_asking, MAIL, asks=True, house=world.house)
    assert chosen.asks
    await world.do(ADA, feedback.choose_rest, days=7)
    with pytest.raises(Forbidden):
        await world.do(SUE, feedback.choose_rest, days=7)
    assert [event.type for event in await world.events()][-2:] == ["inbox.changed", "asking.changed"]


async def _suspect(tx: Any, id: TicketId) -> None:
    tx.add(Suspicion(id, SuspicionState.HELD, 5, (), PARKING, tx.now))
