"""What the house wants of its live contacts: said by those who run the floor, never on top of each other."""

from __future__ import annotations

import pytest

from crm_core.actions import aims
from crm_core.model.board import Aims, Variant
from crm_core.model.errors import BadInput, Forbidden, Stale
from crm_core.queries.board import standing_aims
from tests.world import ADA, ANNA, SUE, World

CALMER = Aims(within=45, share=70, variant=Variant.SL1, longest=240, wrap_up=120)


async def test_the_aims_hold_until_a_supervisor_says_others(world: World) -> None:
    assert await world.ask(SUE, standing_aims) == Aims()
    said = await world.do(SUE, aims.set_aims, CALMER, seen_version=0)
    assert (said.within, said.variant, said.version) == (45, Variant.SL1, 1)
    assert await world.ask(ADA, standing_aims) == said
    event = (await world.events())[-1]
    assert (event.type, event.facts) == ("aims.changed", said.shown())
    assert await world.do(SUE, aims.set_aims, CALMER) == said, "nothing changed"


async def test_an_agent_sets_no_aims_and_nobody_sets_them_on_top_of_what_they_had_not_seen(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.do(ANNA, aims.set_aims, CALMER)
    await world.do(ADA, aims.set_aims, CALMER, seen_version=0)
    with pytest.raises(Stale):
        await world.do(SUE, aims.set_aims, Aims(), seen_version=0)


async def test_the_longest_wait_is_not_shorter_than_the_aim(world: World) -> None:
    with pytest.raises(BadInput):
        await world.do(SUE, aims.set_aims, Aims(within=60, longest=59))
