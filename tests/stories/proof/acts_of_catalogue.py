"""What happens to the catalogue, and by it; see `acts.py` for how a case is added."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from crm_core.actions import (
    catalogue,
    dispatch,
    drifts,
    importing,
    lifecycle,
    misdirects,
    notices,
    promises,
    splits,
    suggestions,
)
from crm_core.model.actor import Actor
from crm_core.model.agent import Role
from crm_core.model.catalogue import NoticeState, SuggestionState
from crm_core.model.drift import Share
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId, PolicyId, ServiceId, UnitId
from crm_core.model.service import Condition, Field, FieldKind
from crm_core.queries import reckoning
from crm_core.queries.catalogue import taught
from crm_core.queries.reports.drifts import lasting
from gateway.workers.recompute import RECOMPUTE
from gateway.workers.steward import STEWARD
from tests.stories.proof import acts  # noqa: F401  its cases come first
from tests.stories.proof.stage import (
    ACTS,
    Stage,
    act,
    last,
    rare,
)
from tests.world import ADA, IMPORTER, PARKING, SUE, agent

__all__ = ["ACTS"]


# ---------------------------------------------------------------- the catalogue


@act
async def wrong_desk(stage: Stage, who: AgentId) -> None:
    service = stage.dice.choice([*stage.setup.services, None])
    await stage.do(who, misdirects.misdirect, stage.any(), service=service, house=stage.setup)


@rare
async def split(stage: Stage, who: AgentId) -> None:
    parts = [splits.Part("One", ServiceId("s-permit")), splits.Part("Other", ServiceId("s-repair"), quote="Both")]
    await stage.do(who, splits.split, stage.any(), parts, house=stage.setup)


@act
async def gather(stage: Stage, who: AgentId) -> None:
    """To a whole that viewers have open."""
    parts = [splits.Part("One", ServiceId("s-permit"))]
    made = await stage.do(who, splits.split, stage.one_of(stage.tickets[:5]), parts, house=stage.setup)
    await stage.do(who, splits.gather, made[0].id, "It came to this.")


@act
async def service_made(stage: Stage, _: AgentId) -> None:
    await stage.do(
        ADA, catalogue.add_service, slug=f"made-{stage.fresh()}", name={"en": "Made"},
        unit=_unit(stage), queue=PARKING, policy=PolicyId("usual"),
    )  # fmt: skip


_ON_CONDITION = (
    Field("renew", FieldKind.YES, {"en": "A renewal?"}, {}, required=True),
    Field("old", FieldKind.TEXT, {"en": "Number?"}, {}, True, only_if=Condition("renew", values=("yes",))),
)


@act
async def draft_written(stage: Stage, _: AgentId) -> None:
    service = stage.dice.choice(list(stage.setup.services.values()))
    content = replace(service, name={"en": f"Service {stage.fresh()}"}, fields=_ON_CONDITION)
    await stage.do(ADA, catalogue.save_draft, service.id, content=content)
    stage.drafts.append(service.id)


@act
async def draft_dropped(stage: Stage, who: AgentId) -> None:
    if not stage.drafts:
        await draft_written(stage, who)
    await stage.do(ADA, catalogue.drop_draft, stage.drafts.pop())


@act
async def published_and_taken_back(stage: Stage, who: AgentId) -> None:
    await draft_written(stage, who)
    service = stage.drafts.pop()
    await stage.do(ADA, catalogue.publish, service)
    await stage.do(ADA, catalogue.roll_back, service, to=0)


@act
async def a_correction_teaches(stage: Stage, _: AgentId) -> None:
    await stage.receive("Xylograph", proven="dmarc", subject=f"Xylograph {_letters(stage)}")
    others = [one for one in stage.setup.services if one != stage.setup.index.general]
    ticket, service = stage.tickets[-1], stage.dice.choice(others)
    await stage.do(SUE, lifecycle.classify, ticket, service=service, house=stage.setup)


@act
async def what_was_taught_is_decided(stage: Stage, who: AgentId) -> None:
    found, _ = await stage.house.desk.ask(Actor.agent(ADA), taught, state="open", limit=1, cursor=None)
    if not found:
        await a_correction_teaches(stage, who)
        found, _ = await stage.house.desk.ask(Actor.agent(ADA), taught, state="open", limit=1, cursor=None)
    if not found:
        raise Refusal("It taught nothing.")
    await stage.do(ADA, suggestions.decide, found[0].id, state=SuggestionState.DISMISSED)


def _letters(stage: Stage) -> str:
    """A word that nobody said before: digits would teach nothing."""
    return "".join("abcdefghij"[int(sign)] for sign in stage.fresh())


@act
async def known_problem(stage: Stage, who: AgentId) -> None:
    draft = notices.Draft(service=ServiceId("s-permit"), title={"en": "Down"}, text={})
    made = await stage.do(SUE, notices.add_notice, draft)
    await stage.do(SUE, notices.change_notice, made.id, draft, state=NoticeState.OPEN)
    link = await stage.do(who, notices.link_notice, stage.any(), made.id, house=stage.setup)
    await stage.do(SUE, notices.close_notice, made.id, answer={"en": "It works again."})
    await stage.do(STEWARD, notices.answer_link, link.id, house=stage.setup)


@rare
async def who_owns_what(stage: Stage, _: AgentId) -> None:
    service = stage.dice.choice(list(stage.setup.services))
    line = await stage.do(ADA, dispatch.add_ownership, service=service, place=None, unit=_unit(stage), queue=None)
    await stage.do(ADA, dispatch.end_ownership, line.id)


@rare
async def reorganise(stage: Stage, _: AgentId) -> None:
    units = frozenset(one.id for one in stage.house.keeper.setup.units if one.valid_until is None)
    await stage.do(ADA, dispatch.reorganise, units, into=(dispatch.Successor(f"Unit {stage.fresh()}"),))
    while any(one.id in units for one in stage.house.keeper.setup.units if one.valid_until is None):
        await asyncio.sleep(0.05)  # a screen's house is a moment behind; so would be whom the next ticket is given to
    while await stage.do(STEWARD, dispatch.reown_some):
        pass


def _unit(stage: Stage) -> UnitId:
    return next(one.id for one in stage.house.keeper.setup.units if one.valid_until is None)


# ---------------------------------------------------------------- at the end


@last
async def targets_change(stage: Stage, _: AgentId) -> None:
    """Published and taken back; the house's own worker reckons what is open, and every screen loads anew."""
    known = next(iter(stage.setup.policies.values()))
    made = await stage.do(ADA, promises.draft, replace(known, resolution=known.resolution * 2))
    await stage.do(ADA, promises.publish, made.id, seen_version=made.version)
    await stage.do(ADA, promises.roll_back, known.id, to=known.version)
    while await stage.ask(RECOMPUTE, reckoning.running) is not None:
        await asyncio.sleep(0.05)


@last
async def history_comes_in(stage: Stage, _: AgentId) -> None:
    """An importer writes without events, and says once at the end that there is more."""
    imported = replace(agent(AgentId("imported"), "Ira Imported", Role.AGENT), email="imported@larkhaven.example")
    await stage.do(IMPORTER, importing.import_values, [imported])
    await stage.do(IMPORTER, importing.announce_city, "A city", counts={"agents": 1})


# ---------------------------------------------------------------- promises by door


@act
async def promises_watched(stage: Stage, _: AgentId) -> None:
    """A drift begins where none lasts, and one that lasts is over; what waits there has a head start until then."""
    kept = 90 if await stage.ask(SUE, lasting) else 10
    await stage.do(STEWARD, drifts.watch_promises, [Share(next(iter(stage.setup.services)), "email", kept, 100)])
    await stage.do(STEWARD, drifts.give_head_starts)


@act
async def drift_confirmed(stage: Stage, _: AgentId) -> None:
    found = await stage.ask(SUE, lasting)
    if not found:
        raise Refusal("Nothing drifts.")
    await stage.do(SUE, drifts.confirm_drift, found[0].id)
