"""By which ways people are answered after tickets or people were merged, on both databases."""

from __future__ import annotations

from crm_core.actions import joining, lifecycle
from crm_core.model.address import Address
from crm_core.queries import ways
from tests.crm_core.actions.test_any_channel import WEI, answer, whose
from tests.world import ANNA, SUE, World


async def test_after_a_merge_of_two_peoples_tickets_only_the_one_it_is_about_is_answered(world: World) -> None:
    first = await world.mail(proven="dmarc")
    other = await world.mail(sender="li@example.org", proven="dmarc")
    await world.do(SUE, lifecycle.merge, other.ticket, into=first.ticket, house=world.house)
    assert (await answer(world, first.ticket)).address == WEI
    offered = await world.ask(ANNA, ways.offered, first.ticket, house=world.house)
    assert [way.bar for way in offered.ways if way.address == Address.mail("li@example.org")] == ["not_theirs"]


async def test_of_one_person_with_two_records_both_addresses_are_ways(world: World) -> None:
    wei = await whose(world, (first := await world.mail(proven="dmarc")).ticket)
    work = await whose(world, (await world.mail(sender="wei@office.example", proven="dmarc")).ticket)
    await world.do(ANNA, joining.merge_people, work, into=wei)
    sent = await answer(world, first.ticket, address=Address.mail("wei@office.example"))
    assert sent.address == Address.mail("wei@office.example")
