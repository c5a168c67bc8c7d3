"""What a supervisor says to the floor: to whom, for how long, read once, and taken back by who said it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core.actions import broadcasting, duty, lending
from crm_core.model.agent import Duty
from crm_core.model.broadcast import LASTS_AT_MOST, LONGEST, Broadcast
from crm_core.model.errors import BadInput, Forbidden, NotFound
from crm_core.model.ids import AgentId, QueueId, TeamId
from crm_core.queries import broadcasts
from tests.world import ADA, ANNA, BEN, HOUSING, PARKING, SUE, World


async def say(
    world: World, text: str = "The lift is out of order.", *, queue: QueueId | None = None, hours: int = 1
) -> Broadcast:
    until = world.clock() + timedelta(hours=hours)
    said: Broadcast = await world.do(SUE, broadcasting.broadcast, text, queue=queue, until=until)
    return said


async def heard(world: World, who: AgentId) -> list[str]:
    return [one.text for one in await world.ask(who, broadcasts.for_me)]


async def test_what_is_said_to_everybody_stands_for_each_until_they_read_it_and_never_for_who_said_it(
    world: World,
) -> None:
    said = await say(world)
    assert [await heard(world, who) for who in (ANNA, BEN, ADA, SUE)] == [[said.text]] * 3 + [[]]
    for _ in range(2):
        await world.do(ANNA, broadcasting.hear, said.id)
    assert [await heard(world, who) for who in (ANNA, BEN)] == [[], [said.text]]
    assert [(one.id, many) for one, many in await world.ask(SUE, broadcasts.standing)] == [(said.id, 1)]
    told = [event for event in await world.events() if event.type.startswith("broadcast.")]
    assert [event.type for event in told] == ["broadcast.said", "broadcast.heard"], "read twice is told once"
    assert told[0].audience == {"staff"}
    assert told[1].audience == {f"a:{ANNA}", f"a:{SUE}"}
    assert (told[0].personal, "lift" in told[0].facts_text) == ({"broadcast": {"text": said.text}}, False)


async def test_what_is_said_to_a_queue_is_for_those_who_serve_it_those_lent_to_it_too(world: World) -> None:
    said = await say(world, queue=PARKING)
    assert [await heard(world, who) for who in (ANNA, BEN)] == [[said.text], []]
    with pytest.raises(NotFound):
        await world.do(BEN, broadcasting.hear, said.id)
    await world.do(BEN, duty.set_duty, to=Duty.AVAILABLE)
    await world.do(SUE, lending.lend, BEN, team=TeamId("t-parking"))
    assert await heard(world, BEN) == [said.text]
    assert (await say(world, "Housing only.", queue=HOUSING)).text not in await heard(world, ANNA)


async def test_it_is_over_at_its_end_or_when_its_author_takes_it_back_and_nobody_else_may(world: World) -> None:
    short, long = await say(world, "Short."), await say(world, "Long.", hours=3)
    world.clock.pass_(hours=1)
    assert await heard(world, ANNA) == [long.text]
    for who, refused in ((ANNA, Forbidden), (ADA, NotFound)):
        with pytest.raises(refused):
            await world.do(who, broadcasting.take_back, long.id)
    for _ in range(2):
        await world.do(SUE, broadcasting.take_back, long.id)
    assert await heard(world, ANNA) == []
    assert [event.type for event in await world.events()][-1] == "broadcast.ended"
    assert short.id != long.id


async def test_nonsense_and_agents_are_refused(world: World) -> None:
    hour, now = timedelta(hours=1), world.clock()
    with pytest.raises(Forbidden):
        await world.do(ANNA, broadcasting.broadcast, "Hello.", queue=None, until=now + hour)
    with pytest.raises(Forbidden):
        await world.ask(ANNA, broadcasts.standing)
    for text, queue, until in (
        ("  ", None, now + hour),
        ("x" * (LONGEST + 1), None, now + hour),
        ("Hello.", QueueId("q-nowhere"), now + hour),
        ("Hello.", None, now),
        ("Hello.", None, now + LASTS_AT_MOST + hour),
    ):
        with pytest.raises(BadInput):
            await world.do(SUE, broadcasting.broadcast, text, queue=queue, until=until)
    assert await world.ask(SUE, broadcasts.standing) == []
