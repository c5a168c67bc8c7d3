"""What happens in the library, and by it; see `acts.py` for how a case is added."""

from __future__ import annotations

from contextlib import suppress

from crm_core.actions import answers, catalogue, macros, reply
from crm_core.actions.reply import Draft
from crm_core.model.answer import Manner, Wording
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId, AnswerId, ServiceId
from crm_core.model.ticket import Priority
from tests.stories.proof import acts_of_people  # noqa: F401  its cases come first
from tests.stories.proof.stage import ACTS, Stage, act
from tests.world import ADA, SUE

__all__ = ["ACTS"]

PERMIT = ServiceId("s-permit")
FOR_ALL = answers.Terms(service=PERMIT, public=True, owner=SUE, review_at=None, expires_at=None)


def _wording(stage: Stage) -> Wording:
    return Wording({"en": f"Answer {stage.fresh()}"}, {"en": "It costs {cost}."}, {}, {"cost": {"en": "$1"}})


async def _told(stage: Stage) -> AnswerId:
    """One that is told; the first of them is made."""
    if not stage.answers:
        await answer_written(stage, SUE)
    return stage.one_of(stage.answers)  # type: ignore[no-any-return]


@act
async def answer_begun(stage: Stage, who: AgentId) -> None:
    await stage.do(who, answers.add_answer, slug=f"a-{stage.fresh()}", service=PERMIT, wording=_wording(stage))


@act
async def answer_written(stage: Stage, who: AgentId) -> None:
    made = await stage.do(who, answers.add_answer, slug=f"a-{stage.fresh()}", service=PERMIT, wording=_wording(stage))
    await stage.do(SUE, answers.approve, made.id)
    stage.answers.append(made.id)


@act
async def answer_drafted(stage: Stage, who: AgentId) -> None:
    id = await _told(stage)
    await stage.do(who, answers.draft_answer, id, _wording(stage))
    await stage.do(who, answers.write_rendering, id, "By hand.", manner=Manner.SHORT, language="en", public_url="")
    await stage.do(who, answers.drop_answer, id)


@act
async def answer_changed(stage: Stage, _: AgentId) -> None:
    id = await _told(stage)
    await stage.do(SUE, answers.change_fact, id, "cost", {"en": f"${stage.fresh()}"})
    await stage.do(SUE, answers.take_back, id, to=1)
    await stage.do(SUE, answers.arrange, id, FOR_ALL)
    await stage.do(SUE, answers.review, id, next_at=None)


@act
async def answer_retired(stage: Stage, who: AgentId) -> None:
    await answer_written(stage, who)
    await stage.do(SUE, answers.retire, stage.answers.pop())


@act
async def answer_rated(stage: Stage, who: AgentId) -> None:
    await stage.do(who, answers.rate_answer, await _told(stage), helpful=stage.dice.choice(("yes", "no")))


@act
async def fact_of_the_service(stage: Stage, _: AgentId) -> None:
    service = stage.dice.choice(list(stage.setup.services))
    texts = {"en": stage.fresh()}
    await stage.do(ADA, catalogue.change_service_fact, service, fact="result", texts=texts)


@act
async def answer_said(stage: Stage, who: AgentId) -> None:
    """Also in every matter that the viewers have open, so that somebody who looks on needs its line."""
    draft = Draft(text="It costs $1.", answers=(await _told(stage),))
    await stage.do(who, reply.reply, stage.any(), draft, house=stage.setup)
    for ticket in stage.tickets[:5]:
        with suppress(Refusal):
            await stage.do(SUE, reply.reply, ticket, draft, house=stage.setup)


@act
async def macro_run(stage: Stage, who: AgentId) -> None:
    parts = macros.Parts(name={"en": f"Macro {stage.fresh()}"}, priority=stage.dice.choice(list(Priority)))
    made = await stage.do(SUE, macros.add_macro, parts, house=stage.setup)
    try:
        await stage.do(who, macros.run_macro, stage.one_of(stage.tickets[:5]), made.id, draft=None, house=stage.setup)
    except Refusal:
        await stage.do(SUE, macros.run_macro, stage.one_of(stage.tickets[:5]), made.id, draft=None, house=stage.setup)
    await stage.do(
        SUE, macros.change_macro, made.id, macros.Parts(name={"en": "Gone"}, snooze=1, active=False), house=stage.setup
    )
