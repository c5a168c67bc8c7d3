"""What the answers say now and said before, from the record, found by index."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from crm_core.actions import answers, catalogue
from crm_core.model.answer import Answer, Manner, Wording
from crm_core.model.errors import Forbidden
from crm_core.model.ids import ServiceId
from crm_core.queries.reports import sameness as queries
from crm_core.rules import sameness
from crm_core.rules.sameness import Tells
from crm_core.store.compiled import sqlite_compiler
from tests.world import ADA, ANNA, SUE, World

PERMIT = ServiceId("s-permit")


async def approved(world: World, slug: str, *, service: ServiceId = PERMIT) -> Answer:
    """An answer about what it costs, approved."""
    wording = Wording({"en": "What it costs"}, {"en": "It costs {cost}."}, {}, {})
    made = await world.do(ANNA, answers.add_answer, slug=slug, service=service, wording=wording)
    found: Answer = await world.do(SUE, answers.approve, made.id)
    return found


async def by_hand(world: World, answer: Answer, text: str) -> None:
    """A letter in words of our own."""
    words = {"manner": Manner.PAPER, "language": "en", "public_url": "https://city.example"}
    await world.do(SUE, answers.write_rendering, answer.id, text, **words)


async def told(world: World, slug: str) -> dict[Manner, Tells]:
    """What each kind of door says of the fee."""
    [answer] = [one for one in await world.ask(SUE, queries.approved, service=None) if one.slug == slug]
    state = (await world.ask(SUE, queries.told)).services
    current = max((one for one in state if one.service == answer.service), key=lambda one: one.number).content
    [line] = sameness.lines(answer, wording=answer.wording, service=current)
    return {manner: said.tells for manner, said in line.doors.items()}


async def test_a_letter_written_by_hand_tells_another_fee_once_the_fee_is_another_one(world: World) -> None:
    await world.do(ADA, catalogue.change_service_fact, PERMIT, fact="cost", texts={"en": "$44 a year"})
    made = await approved(world, "cost")
    await by_hand(world, made, "A permit is $44 a year.")
    await world.do(SUE, answers.approve, made.id)
    assert set((await told(world, "cost")).values()) == {Tells.SAME}
    await world.do(ADA, catalogue.change_service_fact, PERMIT, fact="cost", texts={"en": "$48 a year"})
    after = await told(world, "cost")
    assert [manner for manner, tells in after.items() if tells is Tells.OTHER] == [Manner.PAPER]


async def test_only_what_is_approved_is_compared_and_a_service_can_be_named(world: World) -> None:
    await world.do(
        ANNA, answers.add_answer, slug="draft", service=PERMIT, wording=Wording({}, {"en": "{cost}"}, {}, {})
    )
    await approved(world, "permit")
    await approved(world, "general", service=ServiceId("s-general"))
    assert {one.slug for one in await world.ask(SUE, queries.approved, service=None)} == {"permit", "general"}
    assert [one.slug for one in await world.ask(SUE, queries.approved, service=PERMIT)] == ["permit"]
    with pytest.raises(Forbidden):
        await world.ask(ANNA, queries.told)


async def test_every_wording_that_was_approved_is_there_the_oldest_first(world: World) -> None:
    made = await approved(world, "cost")
    await by_hand(world, made, "Ask us: {cost}")
    await world.do(SUE, answers.approve, made.id)
    found = await world.ask(SUE, queries.told)
    assert [len(wording.hands) for _, wording in found.wordings[made.id]] == [0, 1]


@pytest.mark.parametrize("statement", [queries._APPROVED, queries._OF_SERVICE, queries._WORDINGS, queries._SERVICES])
def test_nothing_is_scanned(sqlite_template: Path, statement: Any) -> None:
    prepared = sqlite_compiler().get(statement)
    raw = sqlite3.connect(sqlite_template)
    plan = [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", [1] * len(prepared.order))]
    raw.close()
    assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step], plan
