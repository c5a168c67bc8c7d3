"""What happens in the state proof with people who are asked how they were served, and say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crm_core.actions import feedback, intake, lifecycle, rating, reply
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.errors import Refusal
from crm_core.model.feedback import Given, Rated
from crm_core.model.house import House
from crm_core.model.ids import AgentId, TicketId
from crm_core.model.ticket import Status
from crm_core.queries import feedback as asking
from crm_core.rules import feedback as rule
from tests.stories.proof.stage import GATEWAY, Stage, act
from tests.world import ADA, MAIL, SUE, inbound


def asking_house(stage: Stage) -> House:
    """Every inbox that can asks, and people may be asked every day."""
    setup = stage.setup
    inboxes = {id: replace(one, asks=True) for id, one in setup.inboxes.items()}
    return replace(setup, inboxes=inboxes, rest=timedelta(0))


async def _asked(stage: Stage, who: AgentId, ticket: TicketId) -> None:
    """Raises Refusal where somebody was spared: other dice find another."""
    found = [one for one in await stage.ask(who, asking.of_ticket, ticket) if one.score is None]
    if not found:
        raise Refusal("Nobody was asked.")
    stage.askings.append(found[-1])


@act
async def solved_by_an_answer_that_asks(stage: Stage, who: AgentId) -> None:
    ticket = stage.any()
    draft = reply.Draft(text="It is mended.", status=Status.SOLVED)
    await stage.do(who, reply.reply, ticket, draft, house=asking_house(stage))
    await _asked(stage, who, ticket)


@act
async def solved_without_a_word_and_asked(stage: Stage, who: AgentId) -> None:
    ticket = (await stage.receive("It drips.", sender=f"drips{stage.fresh()}@example.org", proven="dmarc")).ticket
    await stage.do(who, reply.reply, ticket, reply.Draft(text="Come on Monday."), house=stage.setup)
    await stage.do(who, lifecycle.solve, ticket, house=asking_house(stage))
    await _asked(stage, who, ticket)


@act
async def they_say_how_we_did(stage: Stage, who: AgentId) -> None:
    """Of a ticket that viewers have open."""
    if not (near := [one for one in stage.askings if one.ticket in stage.tickets[:5]]):
        ticket = stage.one_of(stage.tickets[:5])
        draft = reply.Draft(text="It is mended.", status=Status.SOLVED)
        await stage.do(who, reply.reply, ticket, draft, house=asking_house(stage))
        await _asked(stage, who, ticket)
        near = stage.askings[-1:]
    one = stage.one_of(near)
    await stage.do(GATEWAY, feedback.give_feedback, one.id, Given(stage.dice.randint(1, 5), "Too slow."))


@act
async def they_choose_a_step_on_the_wire(stage: Stage, _: AgentId) -> None:
    one = stage.one_of(stage.askings)
    token = rule.question(one.id, key=stage.setup.keys[0], public_url="", language=None).token
    rated = Rated(token, stage.dice.randint(1, 5), one.address)
    if await stage.do(Actor.inbox(one.inbox), feedback.rate_on_wire, rated, house=stage.setup) is None:
        raise Refusal("It was not theirs, or they were erased.")


@act
async def they_write_back_a_figure(stage: Stage, _: AgentId) -> None:
    """Where we ask in plain words: it is kept where we asked, and opens nothing."""
    sender = Address.mail(f"brief{stage.fresh()}@example.org")
    ticket = (await stage.receive("It drips.", sender=sender, proven="dmarc")).ticket
    solved = reply.Draft(text="It is mended.", status=Status.SOLVED)
    await stage.do(SUE, reply.reply, ticket, solved, house=asking_house(stage))
    word = inbound(str(stage.dice.randint(1, 5)), number=int(stage.fresh()), sender=sender, proven="dmarc")
    contact, inbox = intake.Contact(word, (), None), stage.setup.inboxes[MAIL]
    if await stage.do(Actor.inbox(MAIL), rating.hear_figure, contact, inbox=inbox, house=stage.setup) is None:
        raise Refusal("They were not asked.")


@act
async def an_admin_says_who_asks(stage: Stage, _: AgentId) -> None:
    await stage.do(ADA, feedback.choose_asking, MAIL, asks=True, house=stage.setup)
    await stage.do(ADA, feedback.choose_asking, MAIL, asks=False, house=stage.setup)
    await stage.do(ADA, feedback.choose_rest, days=30)
