"""Files where a way carries none: a link stands in the words, opens this message's files, is counted and can be shut; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import delivery, handouts
from crm_core.actions.uploads import upload
from crm_core.model.actor import Actor
from crm_core.model.blob import Blob
from crm_core.model.errors import BadInput, Gone, NotAllowedNow, NotFound
from crm_core.model.handout import HANDED_OUT
from crm_core.model.ids import TicketId
from crm_core.model.message import Attachment, Delivery, Message, Outbound, Receipt
from crm_core.model.ticket import Ticket
from crm_core.queries import handouts as asking
from crm_core.queries import ways
from crm_core.rules import handouts as rule
from crm_core.rules.ways import Misfit
from tests.channels.toy.channel import PIGEON
from tests.crm_core.actions.test_any_channel import answer, lease, message, said, wei_with_a_loft, with_birds
from tests.world import ANNA, BEN, SUE, World

SENDER, GATEWAY = Actor.worker("sender"), Actor.worker("gateway")
URL = "https://larkhaven.example"


@pytest.fixture
def world(world: World) -> World:
    birds = with_birds(world)
    birds.house = replace(birds.house, public_url=URL)
    return birds


async def plan(world: World, name: str = "plan.pdf") -> Attachment:
    made: Attachment = await world.do(ANNA, upload, Blob(name[0] * 64, 1, b"x"), name=name, type="application/pdf")
    return made


async def by_pigeon(world: World) -> tuple[Message, Outbound, Attachment]:
    """Anna's answer with a plan flew off; what the bird carried."""
    ticket, file = await wei_with_a_loft(world), await plan(world)
    made = await answer(world, ticket, channel=PIGEON.name, files=(file.id,))
    [parcel] = await world.desk.do(SENDER, delivery.claim, lease=await lease(world), house=world.house)
    assert parcel.attachments == (), "the bird carries none"
    await world.desk.do(SENDER, delivery.record, made.id, Receipt(Delivery.SENT), house=world.house)
    return made, parcel.outbound, file


async def confide(tx: Any, id: TicketId) -> None:
    await tx.save(replace(await tx.get(Ticket, id), confidential=True))


async def fetchable(world: World, made: Message) -> asking.Fetchable | None:
    found: asking.Fetchable | None = await world.desk.ask(
        GATEWAY, asking.fetchable, made.id, visit=None, lasts=world.house.files_last
    )
    return found


async def test_a_link_stands_in_the_words_that_leave_and_nowhere_in_the_record(world: World) -> None:
    made, flown, file = await by_pigeon(world)
    link = rule.url(URL, key=world.house.keys[0], message=made.id)
    assert flown.text == f"Come on Monday.\nFiles: {link}"
    kept = await message(world, made.id)
    assert (kept.text, kept.flags, kept.attachments) == ("Come on Monday.", (HANDED_OUT,), (file,))
    assert link.rpartition("/")[2] not in "".join(
        event.facts_text + event.personal_text for event in await world.events()
    )


async def test_the_preview_shows_the_link_at_its_full_length(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    words = ways.Words(text="Come on Monday.", channel=PIGEON.name, files=1)
    foreseen = await world.ask(ANNA, ways.foreseen, ticket, words, house=world.house)
    file = await plan(world)
    await answer(world, ticket, channel=PIGEON.name, files=(file.id,))
    [parcel] = await world.desk.do(SENDER, delivery.claim, lease=await lease(world), house=world.house)
    assert len(foreseen.outbound.text) == len(parcel.outbound.text)
    assert foreseen.outbound.text[:40] == parcel.outbound.text[:40]
    assert foreseen.misfits == (Misfit.FILES,)


async def test_words_and_link_together_must_fit(world: World) -> None:
    ticket, file = await wei_with_a_loft(world), await plan(world)
    with pytest.raises(BadInput, match="Too long for this way, by"):
        await answer(world, ticket, "x" * 120, channel=PIGEON.name, files=(file.id,))
    await answer(world, ticket, "x" * 120, channel=PIGEON.name)


async def test_it_opens_this_messages_files_and_no_others(world: World) -> None:
    made, _, file = await by_pigeon(world)
    other = await plan(world, "other.pdf")
    await answer(world, made.ticket, "By mail.", channel="email", files=(other.id,))
    found = await fetchable(world, made)
    assert found is not None
    assert found.files == (file,)


async def test_fetches_are_counted_and_told_once(world: World) -> None:
    made, _, _ = await by_pigeon(world)
    for _ in range(3):
        await world.desk.do(GATEWAY, handouts.count_fetch, made.id, lasts=world.house.files_last)
    stands = await world.ask(ANNA, asking.standing, made.id, lasts=world.house.files_last)
    assert stands.fetched == 3
    assert [told["message"] for told in await said(world, "files.fetched")] == [made.id]


async def test_who_may_answer_may_shut_it_and_then_it_opens_nothing(world: World) -> None:
    made, _, _ = await by_pigeon(world)
    with pytest.raises(NotFound):
        await world.do(BEN, handouts.shut, made.id)
    await world.do(ANNA, handouts.shut, made.id)
    assert await fetchable(world, made) is None
    with pytest.raises(Gone):
        await world.desk.do(GATEWAY, handouts.count_fetch, made.id, lasts=world.house.files_last)
    with pytest.raises(NotAllowedNow, match="shut already"):
        await world.do(ANNA, handouts.shut, made.id)
    assert len(await said(world, "files.shut")) == 1


@pytest.mark.parametrize("chosen", [None, 7, 366])
async def test_after_a_month_or_as_long_as_the_installation_says_it_opens_nothing(
    world: World, chosen: int | None
) -> None:
    if chosen is not None:
        world.house = replace(world.house, files_last=timedelta(days=chosen))
    made, _, _ = await by_pigeon(world)
    world.clock.pass_(days=(chosen or 30) - 1)
    assert await fetchable(world, made) is not None
    world.clock.pass_(days=2)
    assert await fetchable(world, made) is None


async def test_of_a_confidential_matter_nothing_is_named_before_somebody_proved_themselves(world: World) -> None:
    made, _, _ = await by_pigeon(world)
    await world.do(SUE, confide, made.ticket)
    assert await fetchable(world, made) == asking.Fetchable((), None)


async def test_what_did_not_arrive_goes_another_way_with_its_files_as_a_link(world: World) -> None:
    ticket, file = await wei_with_a_loft(world), await plan(world)
    made = await answer(world, ticket, channel="email", files=(file.id,))
    await world.desk.do(SENDER, delivery.claim, lease=await lease(world), house=world.house)
    failed = await world.desk.do(
        SENDER, delivery.record, made.id, Receipt(Delivery.FAILED, "no such mailbox"), house=world.house
    )
    assert failed.plan is not None
    assert failed.plan.instead is not None
    instead = await message(world, failed.plan.instead)
    assert (instead.channel, instead.flags, instead.attachments) == (PIGEON.name, (HANDED_OUT,), (file,))
