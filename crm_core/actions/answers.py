"""The library of answers: written, approved, taken back, looked at again; and what people say of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from crm_core.actions import catalogue
from crm_core.model.agent import Agent
from crm_core.model.answer import Answer, AnswerState, Cited, Manner, Wording
from crm_core.model.errors import BadInput, Moved, NotAllowedNow, NotFound, Outdated, Problem, Stale
from crm_core.model.event_answers import AnswerChanged, AnswerDrafted, AnswerRated, AnswerUsed
from crm_core.model.ids import AgentId, AnswerId, EditionId, ServiceId, fresh
from crm_core.model.message import Message
from crm_core.model.promise import Edition, EditionState, Ruled
from crm_core.model.service import Service
from crm_core.model.ticket import Ticket
from crm_core.rules import answers as rule
from crm_core.rules import citing
from crm_core.store.library import DRAFT, NUMBERED, body_of, wording_of
from crm_core.store.tables import answers, editions
from crm_core.store.tx import Tx

_text = sa.Text
_ID = sa.bindparam("key_id", type_=_text)
_SLUG = sa.select(answers.c.id).where(answers.c.slug == sa.bindparam("slug", type_=_text))
_DROP = sa.delete(editions).where(
    editions.c.of == sa.bindparam("key_of", type_=_text), sa.text("state = 'draft' AND kind = 'answer'")
)
_USED = sa.update(answers).where(answers.c.id == _ID).values(used=answers.c.used + 1)
_HELPED = sa.update(answers).where(answers.c.id == _ID).values(helpful=answers.c.helpful + 1)
_FAILED = sa.update(answers).where(answers.c.id == _ID).values(unhelpful=answers.c.unhelpful + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for an answer beside its words."""

    service: ServiceId
    public: bool
    owner: AgentId | None
    review_at: datetime | None
    expires_at: datetime | None


async def add_answer(tx: Tx, *, slug: str, service: ServiceId, wording: Wording) -> Answer:
    """A new answer, and its first draft; nobody is told it before it is approved."""
    await tx.permit(to="write_answer")
    if await tx.one(_SLUG, slug=slug) is not None:
        raise BadInput(Problem("slug", "Another answer has this address."))
    if await tx.find(Service, service) is None:
        raise BadInput(Problem("service", "There is no such service."))
    by = AgentId(tx.actor.id)
    id, now = fresh(AnswerId, at=tx.now), tx.now
    made = Answer(id, slug, service, wording, AnswerState.DRAFT, public=False, owner=by, created_at=now, updated_at=now)
    tx.add(made)
    tx.add(_draft(tx, id, wording))
    tx.emit(AnswerDrafted(answer=made))
    return made


async def draft_answer(tx: Tx, answer_id: AnswerId, wording: Wording, *, seen_version: int | None = None) -> Edition:
    """Keep what is being written; what people are told stays as it is. What was written by hand stays, too."""
    await tx.permit(to="write_answer")
    answer = await tx.get(Answer, answer_id)
    known = await tx.value(Edition, DRAFT, of=answer_id)
    hands = (answer.wording if known is None else wording_of(known)).hands
    return await _keep_draft(tx, answer, replace(wording, hands=hands), known=known, seen_version=seen_version)


async def write_rendering(
    tx: Tx, answer_id: AnswerId, text: str, *, manner: Manner, language: str, public_url: str
) -> Edition:
    """Into the draft: one kind of door is written to by hand. An empty text gives it back to the rule."""
    await tx.permit(to="write_answer")
    answer = await tx.get(Answer, answer_id)
    known = await tx.value(Edition, DRAFT, of=answer_id)
    wording = answer.wording if known is None else wording_of(known)
    service = await tx.get(Service, answer.service)
    facts = rule.facts(wording, service=service, language=language, public_url=public_url)
    written = rule.write(wording, manner=manner, language=language, text=text, facts=facts)
    return await _keep_draft(tx, answer, written, known=known, seen_version=None)


async def drop_answer(tx: Tx, answer_id: AnswerId) -> None:
    """Let go of what was written; what was approved goes on."""
    await tx.permit(to="write_answer")
    answer = await tx.get(Answer, answer_id)
    if answer.edition == 0:
        raise NotAllowedNow("This was never approved: retire it, or go on writing.")
    if not await tx.change(_DROP, key_of=answer_id):
        raise NotFound
    tx.emit(AnswerDrafted(answer=answer))


async def approve(tx: Tx, answer_id: AnswerId, *, seen_version: int | None = None) -> Answer:
    """The draft is what everybody is told from now on, at every kind of door."""
    await tx.permit(to="approve")
    answer = await tx.get(Answer, answer_id)
    draft = await tx.value(Edition, DRAFT, of=answer_id)
    if draft is None:
        raise NotAllowedNow("There is no draft to approve.")
    if seen_version is not None and seen_version != draft.version:
        raise Stale("Somebody else wrote in this draft meanwhile.", version=draft.version)
    approved = await _tell_all(tx, answer, wording_of(draft), why="approved")
    await tx.save(_in_force(tx, draft, approved))
    return approved


async def take_back(tx: Tx, answer_id: AnswerId, *, to: int) -> Answer:
    """An older edition is told again, under a new number: nothing that was ever told is lost."""
    await tx.permit(to="approve")
    answer = await tx.get(Answer, answer_id)
    old = await tx.value(Edition, NUMBERED, of=answer_id, number=to)
    if old is None:
        raise NotFound
    return await _tell_and_keep(tx, answer, wording_of(old), why="taken back", back_to=to)


async def change_fact(tx: Tx, answer_id: AnswerId, name: str, texts: dict[str, str]) -> Answer:
    """One fact is another one from now on, in every rendering. What the service holds is changed there, for all answers."""
    await tx.permit(to="approve")
    answer = await tx.get(Answer, answer_id)
    service = await tx.get(Service, answer.service)
    if name in service.facts and name not in answer.wording.facts:
        await catalogue.change_service_fact(tx, service.id, fact=name, texts=texts)
        return answer
    draft = await tx.value(Edition, DRAFT, of=answer_id)
    if draft is not None:
        late = body_of(_with_fact(wording_of(draft), name, texts))
        await tx.save(replace(draft, body=late, version=draft.version + 1))
    if answer.edition == 0:
        kept = await tx.save(_changed(tx, answer, wording=_with_fact(answer.wording, name, texts)))
        tx.emit(AnswerDrafted(answer=kept))
        return kept
    return await _tell_and_keep(tx, answer, _with_fact(answer.wording, name, texts), why="fact")


async def arrange(tx: Tx, answer_id: AnswerId, terms: Terms, *, seen_version: int | None = None) -> Answer:
    """Whose it is, for which service, who sees it, when it is looked at again, and when it ends."""
    await tx.permit(to="approve")
    answer = await tx.get(Answer, answer_id)
    if seen_version is not None and seen_version != answer.version:
        raise Stale("Somebody else changed this answer.", version=answer.version)
    service = await tx.find(Service, terms.service)
    if service is None:
        raise BadInput(Problem("service", "There is no such service."))
    if terms.owner is not None:
        owner = await tx.find(Agent, terms.owner)
        if owner is None or not owner.active:
            raise BadInput(Problem("owner", "Nobody here has this account."))
    changed = replace(
        _changed(tx, answer),
        service=terms.service,
        public=terms.public,
        owner=terms.owner,
        review_at=terms.review_at,
        expires_at=terms.expires_at,
    )
    if answer.edition:
        rule.check(changed, wording=changed.wording, service=service)
    return await _say_so(tx, changed, why="arranged")


async def review(tx: Tx, answer_id: AnswerId, *, next_at: datetime | None) -> Answer:
    """Somebody looked at it and it holds; `next_at` is when they look again."""
    await tx.permit(to="approve")
    answer = await tx.get(Answer, answer_id)
    if next_at is not None and next_at <= tx.now:
        raise BadInput(Problem("review_at", "Look again at a time to come."))
    return await _say_so(tx, replace(_changed(tx, answer), review_at=next_at), why="reviewed")


async def retire(tx: Tx, answer_id: AnswerId) -> Answer:
    """Nobody is told it any more; approve a draft of it, or go back to an edition, and it is told again."""
    await tx.permit(to="approve")
    answer = await tx.get(Answer, answer_id)
    if answer.state is AnswerState.RETIRED:
        raise NotAllowedNow("This is retired already.")
    return await _say_so(tx, replace(_changed(tx, answer), state=AnswerState.RETIRED), why="retired")


async def rate_answer(tx: Tx, answer_id: AnswerId, *, helpful: str) -> None:
    """Somebody says whether it helped: `yes` or `no`."""
    await tx.permit(to="rate")
    answer = await tx.get(Answer, answer_id)
    if not answer.stands(tx.now):
        raise NotFound
    await tx.change(_HELPED if helpful == "yes" else _FAILED, key_id=answer_id)
    tx.emit(AnswerRated(answer=answer_id, helpful=helpful == "yes"))


async def outdated(
    tx: Tx, cites: Iterable[Cited], *, texts: Sequence[str | None], public_url: str
) -> tuple[Moved, ...]:
    """What words that cite answers say, and is not so any more."""
    found: list[Moved] = []
    for one in cites:
        answer = await tx.find(Answer, one.answer)
        if answer is None:
            continue
        service = await tx.get(Service, answer.service)
        facts = rule.facts(answer.wording, service=service, language=one.language, public_url=public_url)
        found += citing.moved(one, facts=facts, texts=texts)
    return tuple(dict.fromkeys(found))


async def untold(tx: Tx, cites: Iterable[Cited]) -> tuple[str, ...]:
    """Titles of cited answers that nobody is told any more."""
    found = [await tx.find(Answer, one.answer) for one in cites]
    gone = (one for one in found if one is not None and not one.stands(tx.now))
    return tuple(dict.fromkeys(next(iter(one.wording.title.values()), one.slug) for one in gone))


async def must_be_so(tx: Tx, cites: Iterable[Cited], *, texts: Sequence[str | None], public_url: str) -> None:
    """Nobody is told an old fee out of a draft. Raises Outdated."""
    found = await outdated(tx, cites, texts=texts, public_url=public_url)
    if found:
        raise Outdated(f"Not so any more: {citing.in_words(found)}. Update the text.", facts=found)


async def count_uses(tx: Tx, ticket: Ticket, message: Message, ids: Iterable[AnswerId]) -> None:
    """In the transaction of the reply that says them: which were used, in which edition."""
    for id in dict.fromkeys(ids):
        answer = await tx.find(Answer, id)
        if answer is None or not answer.stands(tx.now):
            raise BadInput(Problem("answers", "An answer you inserted is not told any more. Look at it again."))
        await tx.change(_USED, key_id=id)
        title = answer.wording.title
        tx.emit(AnswerUsed(ticket=ticket, answer=id, edition=answer.edition, title=title, message=message.id))


def first_edition(answer: Answer) -> Edition:
    """The edition behind an answer that comes with an import: the way back to it, or its draft."""
    id, draft = EditionId(f"{answer.id}-1"), answer.state is AnswerState.DRAFT
    state = EditionState.DRAFT if draft else EditionState.PUBLISHED
    made_at = answer.approved_at or answer.created_at
    body, by, number = body_of(answer.wording), answer.approved_by or answer.owner, answer.edition
    published = (None, None) if draft else (by, made_at)
    return Edition(id, Ruled.ANSWER, answer.id, number, state, body, by, made_at, *published)


async def _keep_draft(
    tx: Tx, answer: Answer, wording: Wording, *, known: Edition | None, seen_version: int | None
) -> Edition:
    """The draft, written over itself. What was never approved shows its draft in lists, for want of another."""
    if known is None:
        made = _draft(tx, answer.id, wording)
        tx.add(made)
    else:
        if seen_version is not None and seen_version != known.version:
            raise Stale("Somebody else wrote in this draft meanwhile.", version=known.version)
        by = AgentId(tx.actor.id)
        made = replace(known, body=body_of(wording), made_by=by, made_at=tx.now, version=known.version + 1)
        await tx.save(made)
    if answer.edition == 0:
        answer = await tx.save(_changed(tx, answer, wording=wording))
    tx.emit(AnswerDrafted(answer=answer))
    return made


async def _tell_and_keep(tx: Tx, answer: Answer, wording: Wording, *, why: str, back_to: int | None = None) -> Answer:
    told = await _tell_all(tx, answer, wording, why=why)
    tx.add(_in_force(tx, replace(_draft(tx, answer.id, wording), back_to=back_to), told))
    return told


async def _tell_all(tx: Tx, answer: Answer, wording: Wording, *, why: str) -> Answer:
    service = await tx.get(Service, answer.service)
    rule.check(answer, wording=wording, service=service)
    told = replace(
        _changed(tx, answer, wording=wording),
        state=AnswerState.APPROVED,
        approved_by=AgentId(tx.actor.id),
        approved_at=tx.now,
        edition=answer.edition + 1,
    )
    return await _say_so(tx, told, why=why)


async def _say_so(tx: Tx, answer: Answer, *, why: str) -> Answer:
    saved = await tx.save(answer)
    tx.emit(AnswerChanged(answer=saved, why=why))
    return saved


def _changed(tx: Tx, answer: Answer, *, wording: Wording | None = None) -> Answer:
    return replace(answer, wording=wording or answer.wording, updated_at=tx.now, version=answer.version + 1)


def _draft(tx: Tx, of: AnswerId, wording: Wording) -> Edition:
    id = fresh(EditionId, at=tx.now)
    return Edition(id, Ruled.ANSWER, of, 0, EditionState.DRAFT, body_of(wording), AgentId(tx.actor.id), tx.now)


def _in_force(tx: Tx, draft: Edition, told: Answer) -> Edition:
    return replace(
        draft,
        number=told.edition,
        state=EditionState.PUBLISHED,
        published_by=told.approved_by,
        published_at=tx.now,
        version=draft.version + 1,
    )


def _with_fact(wording: Wording, name: str, texts: dict[str, str]) -> Wording:
    facts = {**wording.facts, name: texts}
    return replace(wording, facts=facts if any(texts.values()) else {k: v for k, v in facts.items() if k != name})
