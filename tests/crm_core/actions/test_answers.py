"""The library on both databases: written, approved, changed in one place, used with the reply that says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import answers, catalogue, macros, promises, reply
from crm_core.actions.macros import Parts
from crm_core.actions.reply import Draft
from crm_core.model.actor import Actor
from crm_core.model.answer import Answer, AnswerState, Manner, Wording
from crm_core.model.errors import BadInput, Forbidden, NotAllowedNow, NotFound, Stale
from crm_core.model.ids import AnswerId, ServiceId, TicketId
from crm_core.model.service import Service
from crm_core.model.ticket import Priority, Status
from crm_core.queries import answers as library
from crm_core.queries import promises as rulings
from crm_core.queries import search
from crm_core.queries.answers import Wanted
from crm_core.queries.search import Wanted as Searched
from gateway.workers.indexer import Indexer
from tests.world import ADA, ANNA, BEN, HOUSING, SUE, World

PERMIT = ServiceId("s-permit")
GENERAL = ServiceId("s-general")
GATEWAY = Actor.worker("gateway")
WORDING = Wording(
    title={"en": "What a permit costs", "zh": "停车证收费"},
    text={"en": "Dear {name}, a permit costs {cost}. Bring {proof}.", "zh": "停车证费用为{cost}。"},
    brief={"en": "A permit costs {cost}."},
    facts={"proof": {"en": "a bill", "zh": "账单"}},
)


async def approved(
    world: World, *, slug: str = "permit-cost", service: ServiceId = PERMIT, wording: Wording = WORDING
) -> Answer:
    """An answer that is told, about a service that knows its cost."""
    if not (await world.ask(ADA, _service)).facts:
        await world.do(ADA, catalogue.change_service_fact, PERMIT, fact="cost", texts={"en": "$86", "zh": "86 美元"})
    made = await world.do(ANNA, answers.add_answer, slug=slug, service=service, wording=wording)
    told: Answer = await world.do(SUE, answers.approve, made.id)
    return told


async def _service(read: Any) -> Service:
    return await read.get(Service, PERMIT)  # type: ignore[no-any-return]


async def whole(world: World, id: AnswerId) -> library.Whole:
    return await world.ask(ANNA, library.one, id)  # type: ignore[no-any-return]


async def on_ticket(world: World, ticket: TicketId, **asked: Any) -> list[library.Suggested]:
    asked = {"words": "", "channel": None, "house": world.house, **asked}
    found: list[library.Suggested] = await world.ask(ANNA, library.suggested, ticket, **asked)
    return found


async def indexed(world: World) -> None:
    await world.number()
    indexer = Indexer(world.desk, holder="tests")
    while await indexer.index():
        pass


async def test_the_words_of_an_answer_are_no_promise_to_be_published_or_thrown_away(world: World) -> None:
    told = await approved(world)
    await world.do(ANNA, answers.draft_answer, told.id, replace(WORDING, title={"en": "Next"}))
    draft = (await whole(world, told.id)).draft
    assert draft is not None
    with pytest.raises(NotFound):
        await world.do(ADA, promises.publish, draft.id, seen_version=draft.version)
    with pytest.raises(NotFound):
        await world.do(ADA, promises.discard, draft.id)
    with pytest.raises(NotFound):
        await world.do(ADA, promises.roll_back, told.id, to=1)
    assert (await world.ask(ADA, rulings.drafts), (await whole(world, told.id)).draft) == ({}, draft)


async def test_what_an_agent_wrote_is_told_after_a_supervisor_approved_it(world: World) -> None:
    made = await world.do(ANNA, answers.add_answer, slug="permit-cost", service=PERMIT, wording=WORDING)
    assert (made.state, made.edition, made.owner) == (AnswerState.DRAFT, 0, ANNA)
    with pytest.raises(Forbidden):
        await world.do(ANNA, answers.approve, made.id)
    told = await world.do(SUE, answers.approve, made.id)
    assert (told.state, told.edition, told.approved_by) == (AnswerState.APPROVED, 1, SUE)
    found = await whole(world, made.id)
    assert (found.draft, [one.number for one in found.editions]) == (None, [1])


async def test_a_draft_changes_nothing_until_it_is_approved_and_an_edition_comes_back(world: World) -> None:
    told = await approved(world)
    draft = await world.do(ANNA, answers.draft_answer, told.id, Wording({"en": "New"}, {"en": "New text"}, {}, {}))
    assert (await whole(world, told.id)).answer.wording == WORDING
    with pytest.raises(Stale):
        await world.do(SUE, answers.approve, told.id, seen_version=draft.version + 1)
    await world.do(SUE, answers.approve, told.id, seen_version=draft.version)
    assert (await whole(world, told.id)).answer.wording.text == {"en": "New text"}
    back = await world.do(SUE, answers.take_back, told.id, to=1)
    assert (back.edition, back.wording) == (3, WORDING)
    assert [(one.number, one.back_to) for one in (await whole(world, told.id)).editions] == [
        (3, 1),
        (2, None),
        (1, None),
    ]


async def test_a_draft_can_be_let_go_but_not_the_only_words_there_are(world: World) -> None:
    told = await approved(world)
    await world.do(ANNA, answers.draft_answer, told.id, WORDING)
    await world.do(ANNA, answers.drop_answer, told.id)
    assert (await whole(world, told.id)).draft is None
    new = await world.do(ANNA, answers.add_answer, slug="other", service=PERMIT, wording=WORDING)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, answers.drop_answer, new.id)


async def test_two_answers_cannot_have_one_address(world: World) -> None:
    await approved(world)
    with pytest.raises(BadInput, match="address"):
        await world.do(ANNA, answers.add_answer, slug="permit-cost", service=PERMIT, wording=WORDING)


async def test_a_fact_of_the_service_is_changed_in_one_place_and_said_in_every_answer(world: World) -> None:
    one, other = await approved(world), await approved(world, slug="again")
    ticket = (await world.mail(language="en")).ticket
    with pytest.raises(Forbidden):
        await world.do(SUE, answers.change_fact, one.id, "cost", {"en": "$90"})
    await world.do(ADA, answers.change_fact, one.id, "cost", {"en": "$90", "zh": "90 美元"})
    assert {said.said.text.split(".")[0] for said in await on_ticket(world, ticket)} == {
        "Dear Wei Zhang, a permit costs $90"
    }
    assert [(await whole(world, id)).answer.edition for id in (one.id, other.id)] == [1, 1]


async def test_no_draft_of_the_service_brings_the_old_fact_back(world: World) -> None:
    told = await approved(world)
    service = await world.ask(ADA, _service)
    await world.do(ADA, catalogue.save_draft, PERMIT, content=service)
    await world.do(ADA, answers.change_fact, told.id, "cost", {"en": "$90"})
    await world.do(ADA, catalogue.publish, PERMIT)
    assert (await world.ask(ADA, _service)).facts["cost"] == {"en": "$90"}


async def test_a_fact_of_its_own_is_a_new_edition_and_stands_in_the_draft_too(world: World) -> None:
    told = await approved(world)
    await world.do(ANNA, answers.draft_answer, told.id, WORDING)
    changed = await world.do(SUE, answers.change_fact, told.id, "proof", {"en": "a passport", "zh": "护照"})
    found = await whole(world, told.id)
    assert (changed.edition, found.writing.facts["proof"]["en"]) == (2, "a passport")
    gone = await world.do(SUE, answers.change_fact, told.id, "proof", {"en": ""})
    assert gone.wording.facts == {}


async def test_by_hand_it_is_told_until_the_fact_changes_and_then_flagged(world: World) -> None:
    told = await approved(world)
    ticket = (await world.mail(language="en")).ticket
    by_hand = "Hi {name}, it is $86."
    await world.do(ANNA, answers.write_rendering, told.id, by_hand, manner=Manner.MAIL, language="en", public_url="")
    await world.do(SUE, answers.approve, told.id)
    assert [one.said.text for one in await on_ticket(world, ticket)] == ["Hi Wei Zhang, it is $86."]
    await world.do(ADA, answers.change_fact, told.id, "cost", {"en": "$90"})
    (later,) = await on_ticket(world, ticket)
    assert (later.rendering.behind, later.said.text) == (
        ("cost",), "Dear Wei Zhang, a permit costs $90. Bring a bill."
    )  # fmt: skip


async def test_what_is_suggested_is_of_its_service_first_in_the_persons_language(world: World) -> None:
    await approved(world, slug="general", service=GENERAL)
    mine = await approved(world)
    await approved(world, slug="elsewhere", service=ServiceId("s-repair"))
    ticket = (await world.mail("您好，停车证多少钱？", language="zh", service=PERMIT)).ticket
    found = await on_ticket(world, ticket)
    services = [one.answer.service for one in found]
    assert services == [PERMIT, GENERAL, ServiceId("s-repair")]
    assert next(one for one in found if one.answer.id == mine.id).said.text == "停车证费用为86 美元。"


async def test_a_use_is_counted_with_the_reply_that_says_it_and_not_without(world: World) -> None:
    told = await approved(world)
    ticket = (await world.mail(language="en")).ticket
    with pytest.raises(BadInput, match="Fill in first: name"):
        await world.do(ANNA, reply.reply, ticket, Draft(text="Dear ⟦name⟧", answers=(told.id,)), house=world.house)
    with pytest.raises(BadInput, match="day"):
        await world.do(ANNA, reply.reply, ticket, Draft(text="Hi", html="<p>⟦day⟧</p>"), house=world.house)
    assert (await whole(world, told.id)).answer.used == 0
    await world.do(ANNA, reply.reply, ticket, Draft(text="It is $86", answers=(told.id, told.id)), house=world.house)
    assert (await whole(world, told.id)).answer.used == 1
    lines = [one.type for one in await world.events() if one.type == "answer.used"]
    assert lines == ["answer.used"]


async def test_an_answer_that_ended_or_was_retired_is_neither_suggested_nor_sent(world: World) -> None:
    told = await approved(world)
    ticket = (await world.mail(language="en")).ticket
    soon = world.clock() + timedelta(hours=1)
    terms = answers.Terms(service=PERMIT, public=False, owner=ANNA, review_at=soon, expires_at=soon)
    await world.do(SUE, answers.arrange, told.id, terms)
    assert len(await on_ticket(world, ticket)) == 1
    world.clock.pass_(hours=2)
    assert await on_ticket(world, ticket) == []
    with pytest.raises(BadInput, match="not told any more"):
        await world.do(ANNA, reply.reply, ticket, Draft(text="It is $86", answers=(told.id,)), house=world.house)
    await world.do(SUE, answers.retire, told.id)
    assert (await world.ask(ANNA, library.page, Wanted(state="retired"))).items[0].id == told.id


async def test_a_public_answer_stands_on_its_page_and_a_gap_never_does(world: World) -> None:
    told = await approved(world, wording=Wording({"en": "Cost"}, {"en": "It costs {cost}."}, {}, {}))
    terms = answers.Terms(service=PERMIT, public=True, owner=None, review_at=None, expires_at=None)
    assert await world.desk.ask(GATEWAY, library.on_page, "permit-cost", language="zh", public_url="") is None
    await world.do(SUE, answers.arrange, told.id, terms)
    page = await world.desk.ask(GATEWAY, library.on_page, "permit-cost", language="zh", public_url="")
    assert page is not None
    assert (page.text, page.language) == ("It costs $86.", "en")
    of_service = await world.desk.ask(GATEWAY, library.pages_about, language="en", public_url="", service=PERMIT)
    assert [one.answer.id for one in of_service] == [told.id]
    await world.do(ADA, catalogue.change_service_fact, PERMIT, fact="cost", texts={})
    assert await world.desk.ask(GATEWAY, library.on_page, "permit-cost", language="en", public_url="") is None
    named = await approved(world, slug="named")
    with pytest.raises(BadInput, match="for everybody"):
        await world.do(SUE, answers.arrange, named.id, terms)


async def test_citizens_and_agents_say_whether_it_helped(world: World) -> None:
    told = await approved(world)
    await world.desk.do(GATEWAY, answers.rate_answer, told.id, helpful="yes")
    await world.do(ANNA, answers.rate_answer, told.id, helpful="no")
    found = (await whole(world, told.id)).answer
    assert (found.helpful, found.unhelpful) == (1, 1)
    draft = await world.do(ANNA, answers.add_answer, slug="other", service=PERMIT, wording=WORDING)
    with pytest.raises(NotFound):
        await world.desk.do(GATEWAY, answers.rate_answer, draft.id, helpful="yes")


async def test_whoever_looked_again_says_when_next(world: World) -> None:
    told = await approved(world)
    soon = world.clock() + timedelta(hours=1)
    await world.do(SUE, answers.review, told.id, next_at=soon)
    assert (await world.ask(ANNA, library.page, Wanted(state="due"))).items == []
    world.clock.pass_(hours=2)
    assert [one.id for one in (await world.ask(ANNA, library.page, Wanted(state="due"))).items] == [told.id]
    with pytest.raises(BadInput):
        await world.do(SUE, answers.review, told.id, next_at=soon)
    await world.do(SUE, answers.review, told.id, next_at=None)
    assert (await world.ask(ANNA, library.page, Wanted(state="due"))).items == []


async def test_pages_of_the_library_follow_each_other_without_a_gap(world: World) -> None:
    made = [(await approved(world, slug=f"a-{number}")).id for number in range(5)]
    seen: list[AnswerId] = []
    cursor = None
    while True:
        found = await world.ask(ANNA, library.page, Wanted(limit=2, cursor=cursor, state="approved", service=PERMIT))
        seen += [one.id for one in found.items]
        cursor = found.next
        if cursor is None:
            break
    assert seen == made[::-1]
    assert len((await world.ask(ANNA, library.page, Wanted(language="zh"))).items) == 5
    assert (await world.ask(ANNA, library.page, Wanted(language="fr"))).items == []


async def test_it_is_found_by_its_words_in_both_languages_once_it_is_told(world: World) -> None:
    draft = await world.do(ANNA, answers.add_answer, slug="permit-cost", service=PERMIT, wording=WORDING)
    await indexed(world)
    assert [one.id for one in (await world.ask(BEN, library.page, Wanted(words="停车"))).items] == [draft.id]
    assert (await world.ask(BEN, search.find, Searched("permit", kind="answer"))).items == []
    await world.do(SUE, answers.approve, draft.id)
    await indexed(world)
    for words in ("permit costs", "停车", "perm"):
        hits = (await world.ask(BEN, search.find, Searched(words, kind="answer"))).items
        assert [(one.kind, one.id) for one in hits] == [("answer", draft.id)], words
    (hit,) = (await world.ask(BEN, search.find, Searched("停车证"))).items
    assert (hit.subject, bool(hit.subject_marks)) == ("停车证收费", True)
    await world.do(SUE, answers.retire, draft.id)
    assert (await world.ask(BEN, search.find, Searched("permit"))).items == []


async def test_a_macro_answers_and_changes_the_ticket_at_once_or_does_nothing(world: World) -> None:
    told = await approved(world)
    ticket = (await world.mail(language="en")).ticket
    parts = Parts(
        name={"en": "Cost, then wait"}, answer=told.id, status=Status.WAITING, priority=Priority.HIGH, queue=HOUSING
    )
    with pytest.raises(Forbidden):
        await world.do(ANNA, macros.add_macro, parts, house=world.house)
    macro = await world.do(SUE, macros.add_macro, parts, house=world.house)
    run = {"house": world.house}
    with pytest.raises(BadInput, match="day"):
        await world.do(ANNA, macros.run_macro, ticket, macro.id, draft=Draft(text="By ⟦day⟧"), **run)
    assert (await world.ticket(ticket)).priority is Priority.NORMAL, "nothing of it may have happened"
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, macros.run_macro, ticket, macro.id, draft=None, **run)
    after = await world.do(
        ANNA, macros.run_macro, ticket, macro.id, draft=Draft(text="It is $86", answers=(told.id,)), **run
    )
    assert (after.status, after.priority, after.queue) == (Status.WAITING, Priority.HIGH, HOUSING)
    assert (await whole(world, told.id)).answer.used == 1


async def test_a_macro_without_an_answer_can_let_a_ticket_sleep(world: World) -> None:
    ticket = (await world.mail()).ticket
    parts = Parts(name={"en": "Tomorrow"}, snooze=24, status=Status.ON_HOLD)
    macro = await world.do(SUE, macros.add_macro, parts, house=world.house)
    after = await world.do(ANNA, macros.run_macro, ticket, macro.id, draft=None, house=world.house)
    assert after.status is Status.ON_HOLD
    assert after.snoozed_until is not None
    changed = await world.do(
        SUE, macros.change_macro, macro.id, Parts(name={"en": "Tomorrow"}, snooze=24, active=False), house=world.house
    )
    with pytest.raises(Stale):
        await world.do(SUE, macros.change_macro, macro.id, parts, house=world.house, seen_version=macro.version)
    assert not changed.active
    with pytest.raises(NotFound):
        await world.do(ANNA, macros.run_macro, ticket, macro.id, draft=None, house=world.house)


@pytest.mark.parametrize(
    "parts", [Parts(name={"en": "Nothing"}), Parts(name={}, snooze=1), Parts(name={"en": "x"}, status=Status.NEW)]
)
async def test_a_macro_that_does_nothing_is_none(world: World, parts: Parts) -> None:
    with pytest.raises(BadInput):
        await world.do(SUE, macros.add_macro, parts, house=world.house)
