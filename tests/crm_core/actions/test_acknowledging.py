"""What is acknowledged stands in the ticket's transaction, within budgets that hold whoever comes at once."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from channels.email.composing import compose
from channels.email.settings import EmailSettings
from crm_core.actions import delivery, lifecycle
from crm_core.actions.delivery import Parcel
from crm_core.actions.housekeeping import take_lease
from crm_core.model.acknowledging import ACKNOWLEDGES, BARE, Acknowledging, Whom
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.message import Direction, Message
from crm_core.model.ticket import Status
from crm_core.rules.acknowledging import MOST_ALIKE, MOST_REOPENED
from crm_core.store import tables
from tests.crm_core.actions.test_intake import statements_of, token_of
from tests.scale import LONG, grows
from tests.world import FORM, IMPORTER, MAIL, World, inbound

SENDER = Actor.worker("sender")
_ALL = sa.select(tables.messages).order_by(tables.messages.c.id)


def speaking(world: World, to: Whom = Whom.EVERYBODY, *, most: int = 200) -> World:
    """The house in which both doors acknowledge."""
    for id in (MAIL, FORM):
        world.house.inboxes[id] = replace(world.house.inboxes[id], acknowledging=Acknowledging(to, most=most))
    return world


async def messages(world: World) -> list[Message]:
    async def read(read: object) -> list[Message]:
        return await read.values(Message, _ALL)  # type: ignore[attr-defined, no-any-return]

    return await world.desk.ask(IMPORTER, read)


async def acknowledged(world: World) -> list[Message]:
    return [one for one in await messages(world) if ACKNOWLEDGES in one.flags]


async def parcels(world: World) -> list[Parcel]:
    lease = await world.desk.do(SENDER, take_lease, "sender", holder="tests", seconds=60)
    assert lease is not None
    return await world.desk.do(SENDER, delivery.claim, lease=lease, house=world.house)


def on_the_wire(sent: Iterable[Parcel]) -> bytes:
    letters = [compose(one.outbound, address="hello@larkhaven.example", settings=EmailSettings()) for one in sent]
    return b"".join(one.sender.encode() + one.recipient.encode() + one.content for one in letters)


def withheld(of: Message) -> list[str]:
    return [flag for flag in of.flags if flag.startswith("not acknowledged")]


async def test_what_is_new_is_acknowledged_with_number_promise_and_link(world: World) -> None:
    speaking(world, Whom.PROVEN)
    received = await world.mail("My permit ran out.", proven="dmarc")
    (said,) = await acknowledged(world)
    assert received.number in said.text
    assert "Monday 23 November, 17:00" in said.text
    assert (said.ticket, said.direction, said.author) == (received.ticket, Direction.OUT, None)
    ticket = await world.ticket(received.ticket)
    assert (ticket.status, ticket.first_answered_at) == (Status.NEW, None)
    assert ticket.awaiting_since is not None
    events = [event.type for event in await world.events()]
    assert events.index("message.received") < events.index("message.queued")


async def test_to_an_address_that_nobody_proved_goes_not_a_sign_of_what_came(world: World) -> None:
    speaking(world)
    evil = "BUY-PILLS"
    await world.mail(
        f"{evil} now",
        sender="victim@example.org",
        sender_name=f"{evil} Ltd",
        subject=f"{evil} cheap",
        wire_id=f"<{evil}@evil.example>",
        references=(f"<{evil}-2@evil.example>",),
    )
    sent = await parcels(world)
    assert [str(one.outbound.to) for one in sent] == ["mailto:victim@example.org"]
    wire = on_the_wire(sent)
    assert evil.encode() not in wire
    assert b"Auto-Submitted: auto-replied" in wire
    assert b"X-Auto-Response-Suppress: All" in wire
    assert b"In-Reply-To" not in wire
    assert wire.startswith(b"victim@example.org"), "the envelope's sender is empty: a bounce of it goes nowhere"


async def test_a_proven_mailbox_gets_it_in_its_own_thread(world: World) -> None:
    speaking(world)
    await world.mail(proven="dmarc", wire_id="<their@example.org>")
    assert b"In-Reply-To: <their@example.org>" in on_the_wire(await parcels(world))


async def test_it_goes_to_the_mailbox_that_was_proven_and_never_where_answers_are_asked_for(world: World) -> None:
    speaking(world, Whom.PROVEN)
    victim = Address.mail("victim@example.org")
    for n in range(2):
        await world.mail(f"post {chr(97 + n)}", sender=f"a{n}@evil.example", proven="dmarc", reply_to=victim)
    assert [one.outbound.to.value for one in await parcels(world)] == ["a0@evil.example", "a1@evil.example"]


async def test_a_form_is_acknowledged_by_mail_and_its_page_shows_the_rest(world: World) -> None:
    speaking(world)
    received = await world.receive(inbound(number=5), inbox=FORM)
    (said,) = await acknowledged(world)
    assert (said.inbox, said.ticket, BARE in said.flags) == (MAIL, received.ticket, True)
    assert len(await parcels(world)) == 1


@pytest.mark.parametrize(
    ("hints", "why"),
    [
        ({"automatic": "auto-replied"}, ["not acknowledged: automatic"]),
        ({"sender": "hello@larkhaven.example"}, ["not acknowledged: ours"]),
        ({"wire_id": "<on.x.y@other.example>"}, ["not acknowledged: ours"]),
        ({}, []),
    ],
)
async def test_why_nothing_was_said_stands_beside_the_message(
    world: World, hints: dict[str, object], why: list[str]
) -> None:
    speaking(world)
    await world.mail(**hints)  # type: ignore[arg-type]
    first = (await messages(world))[0]
    assert withheld(first) == why
    assert len(await acknowledged(world)) == (0 if why else 1)


async def test_a_second_matter_within_the_hour_and_an_answer_to_us_are_not(world: World) -> None:
    speaking(world)
    first = await world.mail("one")
    await world.mail("two")
    token = await token_of(world, first.ticket)
    await world.mail("three", tokens=(token,), sender="stranger@example.org")
    flags = [withheld(one) for one in await messages(world) if one.direction is Direction.IN]
    assert flags == [[], ["not acknowledged: lately"], ["not acknowledged: answers us"]]
    world.clock.pass_(hours=1)
    await world.mail("four")
    assert len(await acknowledged(world)) == 2


async def test_many_at_once_with_one_address_are_acknowledged_once(world: World) -> None:
    speaking(world)
    await world.mail("warm", sender="victim@example.org", automatic="x")
    posts = [world.receive(inbound(f"post {n}", number=n, sender="victim@example.org")) for n in range(100, 108)]
    results = await asyncio.gather(*posts, return_exceptions=True)
    assert not [one for one in results if isinstance(one, BaseException)]
    assert len(await acknowledged(world)) == 1


async def test_many_at_once_with_many_addresses_keep_the_inboxs_budget_and_an_admin_is_told(world: World) -> None:
    speaking(world, most=5)
    for group in range(3):
        posts = [
            world.receive(inbound(f"post {chr(97 + n)}", number=n + 8 * group, sender=f"v{n + 8 * group}@example.org"))
            for n in range(8)
        ]
        await asyncio.gather(*posts)
    assert len(await acknowledged(world)) == 5
    told = [event for event in await world.events() if event.type == "acknowledging.paused"]
    assert [event.facts["inbox"] for event in told] == [MAIL]
    world.clock.pass_(hours=2)
    await world.receive(inbound("after", number=999, sender="late@example.org"))
    assert len(await acknowledged(world)) == 6, "it closes again by itself"


async def test_many_at_once_with_the_same_words_are_all_received_and_a_few_acknowledged(world: World) -> None:
    speaking(world)
    for group in range(3):
        posts = [
            world.receive(inbound("No tower!", number=n, sender=f"v{n}@example.org"))
            for n in range(group * 8, group * 8 + 8)
        ]
        await asyncio.gather(*posts)
    assert len([one for one in await messages(world) if one.direction is Direction.IN]) == 24
    assert len(await acknowledged(world)) == MOST_ALIKE


@grows
async def test_a_bomb_of_forms_reaches_its_victim_once_an_hour_and_many_within_the_budget(world: World) -> None:
    speaking(world, most=20)
    evil, posts = "WIN A PRIZE evil.example", 5000 if LONG else 60
    for n in range(posts):
        words = "".join(chr(97 + int(digit)) for digit in str(n))
        hints = {"sender_name": f"{evil} {n}", "subject": f"{evil} {n}", "wire_id": None}
        await world.receive(inbound(f"{evil} {words}", number=n, sender="victim@example.org", **hints), inbox=FORM)
        await world.receive(inbound(f"{evil} {words}", number=-1 - n, sender=f"v{n}@example.org", **hints), inbox=FORM)
    sent: list[Parcel] = []
    while taken := await parcels(world):
        sent += taken
    assert len(sent) == 20
    assert [str(one.outbound.to) for one in sent].count("mailto:victim@example.org") == 1
    wire = on_the_wire(sent)
    assert b"PRIZE" not in wire
    assert b"evil" not in wire


async def test_a_strand_that_opens_its_ticket_again_and_again_is_filed_and_opens_nothing(world: World) -> None:
    first = await world.mail("I am away until Monday")
    token = await token_of(world, first.ticket)
    for n in range(MOST_REOPENED + 2):
        ticket = await world.ticket(first.ticket)
        if ticket.status.active:
            await world.do("anna", lifecycle.solve, first.ticket, house=world.house)  # type: ignore[arg-type]
        await world.mail(f"I am away, and say so for the {n}. time", tokens=(token,))
    assert (await world.ticket(first.ticket)).status is Status.SOLVED
    assert len(await messages(world)) == MOST_REOPENED + 3
    world.clock.pass_(hours=2)
    await world.mail("Still not mended!", tokens=(token,))
    assert (await world.ticket(first.ticket)).status is Status.OPEN


async def test_an_acknowledged_mail_costs_few_statements(world: World) -> None:
    speaking(world)
    await world.mail("warm", sender="warm@example.org")
    counted = await statements_of(world, inbound("counted", number=99, sender="new@example.org"))
    assert counted <= (17 if world.database == "sqlite" else 7)


async def test_what_is_paused_costs_one_look_more(world: World) -> None:
    speaking(world, most=1)
    await world.mail("warm", sender="warm@example.org")
    await world.mail("trips", sender="trips@example.org")
    counted = await statements_of(world, inbound("counted", number=99, sender="new@example.org"))
    assert counted <= (14 if world.database == "sqlite" else 4)


async def test_counters_of_yesterday_are_forgotten(world: World) -> None:
    from crm_core.actions.once import sweep

    speaking(world)
    await world.mail()
    world.clock.pass_(days=3)
    await world.desk.do(Actor.worker("gateway"), sweep)

    async def rows(read: object) -> int:
        return len(await read.all(sa.select(tables.allowances)))  # type: ignore[attr-defined]

    assert await world.desk.ask(IMPORTER, rows) == 0
