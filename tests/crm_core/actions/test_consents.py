"""Who asked for no more messages gets none, by whatever door of ours they would leave, until they ask for them again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import consenting, delivery, intake, proving, reply, waiting
from crm_core.actions.housekeeping import take_lease
from crm_core.actions.proving import Wanted
from crm_core.actions.reply import Draft
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.consent import Wish
from crm_core.model.errors import BadInput, NotAllowedNow
from crm_core.model.habits import Filled, Habits, Quiet, Template
from crm_core.model.ids import InboxId, MessageId, TicketId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.message import Delivery, Inbound, Message, Receipt
from crm_core.model.plan import Hold
from crm_core.model.proof import ProofKind
from crm_core.queries import ways
from crm_core.queries.ways import Words
from crm_core.rules.ways import STOPPED, Bar
from tests.world import ANNA, PARKING, START, World

SENDER = Actor.worker("sender")
TEXTS, TALK = InboxId("i-texts"), InboxId("i-talk")
WEI = Address.phone("+15550142001")
APPROVED = Template("HX1", "News", "en", "About {{1}}: we have news. Answer here.")
QUIET = Quiet(21 * 60, 8 * 60)


@pytest.fixture
def world(world: World) -> World:
    """The small house with a number for texts and another that has a window and an approved text."""
    house = world.house
    texts = Inbox(TEXTS, "texts", "City by text", PARKING, "+15550140000", {}, active=True, created_at=START)
    talk = replace(texts, id=TALK, channel="talk", name="City talks", address="+15550140009")
    world.house = replace(
        house,
        inboxes={**house.inboxes, TEXTS: texts, TALK: talk},
        can={
            **house.can,
            "texts": Capabilities(length=160, parts=10, order=20),
            "talk": Capabilities(length=1600, starts=False, window=timedelta(hours=24), order=30),
        },
        schemes={**house.schemes, "texts": "tel", "talk": "tel"},
        habits={TEXTS: Habits(quiet=QUIET), TALK: Habits(templates=(APPROVED,))},
    )
    return world


def text(words: str, *, id: str = "", wish: Wish | None = None, **more: Any) -> Inbound:
    return Inbound(f"twilio:{id or words}", WEI, "", words, wish=wish, **{"proven": "signature", **more})


async def says(world: World, words: str, wish: Wish, *, inbox: InboxId = TEXTS, **more: Any) -> Any:
    """One word comes in, as the reception hands it over."""
    contact = intake.Contact(text(words, wish=wish, **more), (), None)
    return await world.desk.do(Actor.inbox(inbox), consenting.hear, contact, inbox=world.house.inboxes[inbox])


async def wrote(world: World, *, inbox: InboxId = TEXTS, words: str = "My bin was not emptied.") -> TicketId:
    return (await world.receive(text(words), inbox=inbox)).ticket


async def answer(world: World, ticket: TicketId, words: str = "Come on Monday.", **how: Any) -> Message:
    made: Message = await world.do(ANNA, reply.reply, ticket, Draft(text=words, **how), house=world.house)
    return made


async def message(world: World, id: MessageId) -> Message:
    async def get(read: Any) -> Message:
        found: Message = await read.get(Message, id)
        return found

    return await world.desk.ask(SENDER, get)


async def claimed(world: World) -> list[delivery.Parcel]:
    lease = await world.desk.do(SENDER, take_lease, "sender", holder="tests", seconds=60)
    assert lease is not None
    return await world.desk.do(SENDER, delivery.claim, lease=lease, house=world.house)


async def said(world: World, kind: str) -> list[dict[str, Any]]:
    return [dict(event.facts) for event in await world.events() if event.type == kind]


async def bars(world: World, ticket: TicketId) -> dict[str, Bar | None]:
    found = await world.ask(ANNA, ways.offered, ticket, house=world.house)
    return {way.inbox.channel: way.bar for way in found.ways}


async def test_a_stop_is_kept_stands_where_we_last_spoke_and_opens_nothing(world: World) -> None:
    ticket = await wrote(world)
    before = await world.ticket(ticket)
    assert await says(world, "STOP", Wish.STOP) == consenting.Heeded()
    after = await world.ticket(ticket)
    assert (after.status, after.awaiting_since) == (before.status, before.awaiting_since)
    assert [event["why"] for event in await said(world, "message.received")][-1].startswith("they asked for no more")
    assert len(await said(world, "ticket.opened")) == 1
    [stopped] = await said(world, "consent.stopped")
    assert (stopped["customer"], stopped["inbox"]) == (before.customer, TEXTS)
    assert str(WEI) not in repr(stopped), "an address is no fact"


async def test_a_stop_of_somebody_we_never_heard_of_makes_them_no_customer(world: World) -> None:
    assert await says(world, "退订", Wish.STOP) == consenting.Heeded()
    assert await said(world, "customer.created") == []
    assert "customer" not in (await said(world, "consent.stopped"))[0]
    ticket = await wrote(world)
    with pytest.raises(NotAllowedNow, match="they asked for no more messages here"):
        await answer(world, ticket)


async def test_whoever_stopped_is_answered_by_no_way_of_that_number_and_the_agent_sees_why(world: World) -> None:
    ticket = await wrote(world)
    await says(world, "STOP", Wish.STOP)
    assert (await bars(world, ticket))["texts"] is Bar.OPTED_OUT
    with pytest.raises(NotAllowedNow, match="Not this way: they asked for no more messages here"):
        await answer(world, ticket)
    person = (await world.ticket(ticket)).customer
    with pytest.raises(NotAllowedNow, match="They asked for no more messages there"):
        await world.do(ANNA, proving.ask_proof, person, Wanted(WEI, ProofKind.CODE, ticket), house=world.house)


async def test_another_number_of_ours_is_not_meant(world: World) -> None:
    await says(world, "STOP", Wish.STOP)
    ticket = await wrote(world, inbox=TALK)
    assert (await bars(world, ticket))["talk"] is None
    assert (await answer(world, ticket)).inbox == TALK


async def test_start_lets_words_through_again_and_without_a_stop_it_is_a_message_like_any_other(world: World) -> None:
    ticket = await wrote(world)
    assert await says(world, "START", Wish.START) is None
    by_machine = await says(world, "[Unblocked]", Wish.START, automatic="membership")
    assert by_machine == consenting.Heeded(), "nobody typed it: it opens no ticket either"
    await says(world, "STOP", Wish.STOP)
    assert await says(world, "START", Wish.START, id="START 2") == consenting.Heeded()
    assert len(await said(world, "consent.started")) == 1
    assert (await answer(world, ticket)).delivery is Delivery.QUEUED


async def test_a_stop_that_comes_again_after_a_start_is_the_old_one(world: World) -> None:
    await wrote(world)
    await says(world, "STOP", Wish.STOP)
    await says(world, "START", Wish.START)
    assert await says(world, "STOP", Wish.STOP) == consenting.Heeded(repeat=True)
    assert len(await said(world, "consent.stopped")) == 1


async def test_nobody_silences_somebody_else(world: World) -> None:
    ticket = await wrote(world)
    assert await says(world, "STOP", Wish.STOP, proven=None) is None
    assert (await answer(world, ticket)).delivery is Delivery.QUEUED


async def test_what_waited_to_be_sent_when_they_stopped_does_not_leave_and_is_its_authors_again(world: World) -> None:
    ticket = await wrote(world)
    sent = await answer(world, ticket)
    await says(world, "STOP", Wish.STOP)
    assert await claimed(world) == []
    stopped = await message(world, sent.id)
    assert (stopped.delivery, stopped.delivery_reason) == (Delivery.WITHDRAWN, STOPPED)
    assert (await world.ticket(ticket)).awaiting_since is not None, "nobody owes them an answer, and they have none"


async def test_what_was_held_for_later_is_withdrawn_when_its_time_comes(world: World) -> None:
    ticket = await wrote(world)
    held = await answer(world, ticket, at=START + timedelta(hours=3))
    await says(world, "STOP", Wish.STOP)
    await world.do(ANNA, waiting.send_now, held.id, house=world.house)
    assert (await message(world, held.id)).delivery is Delivery.WITHDRAWN


async def test_who_told_only_the_provider_has_told_us(world: World) -> None:
    ticket = await wrote(world)
    sent = await answer(world, ticket)
    await claimed(world)
    refused = Receipt(Delivery.FAILED, "21610: they asked for no more", wish=Wish.STOP)
    await world.desk.do(SENDER, delivery.record, sent.id, refused, house=world.house)
    assert (await bars(world, ticket))["texts"] is Bar.OPTED_OUT
    assert len(await said(world, "consent.stopped")) == 1


# ---------------------------------------------------------------- quiet hours


async def test_in_quiet_hours_an_answer_waits_for_the_morning_unless_they_just_wrote(world: World) -> None:
    world.clock.pass_(hours=13)  # 22:00
    ticket = await wrote(world)
    assert (await answer(world, ticket)).delivery is Delivery.QUEUED, "they are awake"
    world.clock.pass_(hours=2)
    held = await answer(world, ticket, "And bring the form.")
    assert (held.delivery, held.hold, held.send_at) == (
        Delivery.SCHEDULED,
        Hold.HOURS,
        START.replace(day=24, hour=8, minute=0),
    )
    assert held.delivery_reason == "nobody is written to before 8:00"


# ---------------------------------------------------------------- windows and approved texts


async def late(world: World) -> TicketId:
    ticket = await wrote(world, inbox=TALK)
    world.clock.pass_(hours=25)
    return ticket


async def test_after_the_window_only_an_approved_text_goes_and_the_agent_is_told_before(world: World) -> None:
    ticket = await late(world)
    found = await world.ask(ANNA, ways.offered, ticket, house=world.house)
    [talk] = [way for way in found.ways if way.inbox.id == TALK]
    assert (talk.bar, talk.templates) == (Bar.WINDOW, (APPROVED,))
    with pytest.raises(NotAllowedNow, match="too long ago"):
        await answer(world, ticket, channel="talk")
    filled = Filled("HX1", ("your permit",))
    seen = await world.ask(ANNA, ways.foreseen, ticket, Words(text="", template=filled), house=world.house)
    assert (seen.outbound.text, seen.outbound.template) == ("About your permit: we have news. Answer here.", filled)
    sent = await answer(world, ticket, "", template=filled)
    assert (sent.text, sent.inbox) == ("About your permit: we have news. Answer here.", TALK)
    [parcel] = await claimed(world)
    assert (parcel.outbound.template, parcel.outbound.text) == (filled, sent.text)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"template": Filled("HX1")}, "every gap"),
        ({"template": Filled("HX1", ("a", "b"))}, "every gap"),
        ({"template": Filled("HX1", (" ",))}, "every gap"),
        ({"template": Filled("HX1", ("a\nb",))}, "one line"),
        ({"template": Filled("HX1", ("a",)), "words": "And more"}, "goes as it is"),
    ],
)
async def test_an_approved_text_goes_whole_or_not_at_all(how: dict[str, Any], why: str, world: World) -> None:
    ticket = await late(world)
    with pytest.raises(BadInput) as refused:
        await answer(world, ticket, how.get("words", ""), template=how["template"])
    assert why in str(refused.value.problems)


async def test_a_text_that_was_not_approved_here_goes_nowhere(world: World) -> None:
    ticket = await late(world)
    with pytest.raises(NotAllowedNow):
        await answer(world, ticket, "", template=Filled("HX9"))
    await says(world, "STOP", Wish.STOP, inbox=TALK)
    with pytest.raises(NotAllowedNow, match="asked for no more"):
        await answer(world, ticket, "", template=Filled("HX1", ("a",)))
