"""Who people may be, whom they belong to, how they are found, and what every message to them heeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.actions import addresses, assign, delivery, joining, people, relations, reply
from crm_core.actions.housekeeping import take_lease
from crm_core.actions.people import Profile
from crm_core.actions.relations import Tie
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, NotAllowedNow
from crm_core.model.message import Message
from crm_core.model.preferences import Contacting, DoNot, Need
from crm_core.model.relation import RelationKind
from crm_core.queries import customer
from crm_core.queries import people as look_up
from tests.crm_core.actions.test_people import known, whose
from tests.world import ANNA, BEN, HOUSING, START, World

WEI, WORK, SHARED = "wei@example.org", "wei@work.example", Address.phone("+15550142")

# ---------------------------------------------------------------- suggestions and relations


async def test_traditional_and_simplified_and_pinyin_are_suggested_until_somebody_says_no(world: World) -> None:
    one = await whose(world, (await world.mail(sender=WEI, sender_name="张薇")).ticket)
    two = await whose(world, (await world.mail(sender=WORK, sender_name="張薇")).ticket)
    three = await whose(world, (await world.mail(sender="wz@third.example", sender_name="Wei Zhang")).ticket)
    found = await world.ask(ANNA, customer.suggestions, one)
    assert {item.other.customer.id: [str(reason.code) for reason in item.reasons] for item in found} == {
        two: ["same_name_forms"],
        three: ["same_name_pinyin"],
    }
    await world.do(ANNA, joining.dismiss, two, other=one)
    assert [item.other.customer.id for item in await world.ask(ANNA, customer.suggestions, one)] == [three]
    await world.do(ANNA, joining.merge_people, three, into=one)
    assert await world.ask(ANNA, customer.suggestions, one) == []


async def test_somebody_acts_for_their_mother_with_her_consent_until_it_ends(world: World) -> None:
    daughter = await whose(world, (await world.mail(sender=WEI)).ticket)
    mother = await whose(world, (await world.mail(sender="mother@example.org")).ticket)
    bare = Tie(kind=RelationKind.ACTS_FOR, other=mother, role="daughter")
    with pytest.raises(BadInput):
        await world.do(ANNA, relations.relate, daughter, bare)
    consented = replace(bare, consent="signed form", consented_at=world.clock() - timedelta(days=1))
    tie = await world.do(ANNA, relations.relate, daughter, consented)
    assert [(one.kind, other.id) for one, other in (await known(world, mother)).relations] == [
        (RelationKind.ACTS_FOR, daughter)
    ]
    ended = await world.do(ANNA, relations.end_relation, mother, tie.id)
    assert not ended.holds(world.clock())
    assert ended.consent == "signed form", "that she agreed is history"


async def test_people_are_found_by_what_is_typed_page_by_page(world: World) -> None:
    for number in range(7):
        await world.mail(sender=f"p{number}@example.org", sender_name=f"Robin Page {number}")
    id = await whose(world, (await world.mail(sender=WEI, sender_name="张薇")).ticket)
    await world.do(ANNA, addresses.claim_address, id, SHARED)
    for typed in ("zw", "zhang w", "張薇", "0142", "(555) 0142", "wei@example"):
        found = await world.ask(ANNA, look_up.find, typed)
        assert [person.id for person, _ in found.items] == [id], typed
    seen: list[str] = []
    cursor = None
    for _ in range(10):
        page = await world.ask(ANNA, look_up.find, "robin", limit=3, cursor=cursor)
        seen += [person.name for person, _ in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [f"Robin Page {number}" for number in range(7)]


async def test_a_page_that_looked_at_enough_is_shorter_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ben sees one of seven: three are looked at for each page, and none is missed or shown twice."""
    for number in range(7):
        received = await world.mail(sender=f"p{number}@example.org", sender_name=f"Robin Page {number}")
        if number == 5:
            await world.do(ANNA, assign.transfer, received.ticket, to=HOUSING, house=world.house)
    monkeypatch.setattr(look_up, "ENOUGH", 3)
    pages, cursor = [], None
    for _ in range(20):
        page = await world.ask(BEN, look_up.find, "robin", cursor=cursor)
        pages.append([person.name for person, _ in page.items])
        cursor = page.next
        if cursor is None:
            break
    assert [name for page in pages for name in page] == ["Robin Page 5"]
    assert len(pages) > 1, "all of them were looked at for one page"


async def test_a_new_name_is_found_and_the_old_one_is_not(world: World) -> None:
    id = await whose(world, (await world.mail(sender=WEI, sender_name="Old Name")).ticket)
    await world.do(ANNA, people.change_person, id, Profile(name="New Name"))
    assert (await world.ask(ANNA, look_up.find, "old")).items == []
    assert [person.id for person, _ in (await world.ask(ANNA, look_up.find, "name new")).items] == [id]


# ---------------------------------------------------------------- every outgoing message obeys


async def test_an_answer_waits_for_the_hour_they_asked_for_and_is_refused_where_they_want_none(world: World) -> None:
    first = await world.mail(sender=WEI)
    id = await whose(world, first.ticket)
    await world.do(ANNA, people.change_person, id, Profile(do_not=(DoNot(Contacting.WRITING, before=600, after=1080),)))
    answer: Message = await world.do(ANNA, reply.reply, first.ticket, reply.Draft(text="Hello"), house=world.house)
    assert answer.send_at == START.replace(hour=10), "it is nine, and they asked for nothing before ten"
    assert answer.delivery_reason == "they asked for nothing before 10:00 or after 18:00"
    await world.do(ANNA, people.change_person, id, Profile(do_not=(DoNot(Contacting.ANY),)))
    with pytest.raises(NotAllowedNow, match="they asked for no messages"):
        await world.do(ANNA, reply.reply, first.ticket, reply.Draft(text="Hello"), house=world.house)


async def test_what_leaves_says_what_the_person_needs_also_what_a_merged_record_says(world: World) -> None:
    wei = await whose(world, (first := await world.mail(sender=WEI)).ticket)
    work = await whose(world, (await world.mail(sender=WORK)).ticket)
    await world.do(ANNA, people.change_person, work, Profile(needs=(Need("large_print", "18 pt"),), language="zh"))
    await world.do(ANNA, joining.merge_people, work, into=wei)
    await world.do(ANNA, reply.reply, first.ticket, reply.Draft(text="Hello"), house=world.house)
    sender = Actor.worker("sender")
    lease = await world.desk.do(sender, take_lease, "sender", holder="tests", seconds=60)
    assert lease is not None
    [parcel] = await world.desk.do(sender, delivery.claim, lease=lease, house=world.house)
    assert [need.code for need in parcel.outbound.needs] == ["large_print"]
    assert parcel.outbound.language == "zh"
