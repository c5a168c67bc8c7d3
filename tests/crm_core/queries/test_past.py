"""A person's past tells when records became one and two again, among what was said, on both databases."""

from __future__ import annotations

from crm_core.actions import joining
from crm_core.model.ids import CustomerId
from crm_core.model.message import Message
from crm_core.queries import past
from tests.world import ANNA, SUE, World


async def test_a_merge_and_its_undoing_are_lines_among_what_was_said(world: World) -> None:
    first = await world.mail("One", sender="a@example.org", sender_name="Ana Novák")
    second = await world.mail("Two", sender="b@example.org", sender_name="A. Novak")
    one, two = [(await world.ticket(each.ticket)).customer for each in (first, second)]
    merge = await world.do(ANNA, joining.merge_people, two, into=one)
    assert await told(world, one) == ["merged A. Novak", "Two", "One"]
    assert await told(world, two) == await told(world, one), "whoever asks for one of them means both"
    await world.mail("Three", sender="a@example.org")
    await world.do(SUE, joining.part_people, one, merge.id)
    assert await told(world, one) == ["parted A. Novak", "Three", "merged A. Novak", "One"]
    assert await told(world, two) == ["parted Ana Novák", "merged Ana Novák", "Two"]


async def test_pages_lose_no_line_and_double_none(world: World) -> None:
    first = await world.mail("One", sender="a@example.org", sender_name="Ana")
    second = await world.mail("Two", sender="b@example.org", sender_name="Bo")
    one, two = [(await world.ticket(each.ticket)).customer for each in (first, second)]
    for _ in range(3):
        merge = await world.do(ANNA, joining.merge_people, two, into=one)
        await world.do(SUE, joining.part_people, one, merge.id)
    whole = await told(world, one)
    assert len(whole) == 7
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await world.ask(ANNA, past.history, one, limit=2, cursor=cursor)
        seen += [words(each) for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == whole


async def told(world: World, id: CustomerId) -> list[str]:
    page = await world.ask(ANNA, past.history, id, limit=50, cursor=None)
    return [words(one) for one in page.items]


def words(one: Message | past.Joined) -> str:
    return one.text if isinstance(one, Message) else f"{one.kind} {one.other.name if one.other else '?'}"
