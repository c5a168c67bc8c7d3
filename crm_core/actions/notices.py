"""Known problems: told once, linked to every ticket that reports them, and answered for all at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from crm_core.actions import machine, working
from crm_core.actions.suggestions import FIRST_SAID
from crm_core.model.catalogue import Notice, NoticeLink, NoticeState, Place
from crm_core.model.errors import BadInput, NotAllowedNow, Problem, Stale
from crm_core.model.event import TicketStatus
from crm_core.model.event_catalogue import NoticeChanged, TicketNoticed
from crm_core.model.house import House
from crm_core.model.ids import AgentId, NoticeId, PlaceId, ServiceId, TicketId, fresh
from crm_core.model.message import Message
from crm_core.model.service import Service
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import lifecycle
from crm_core.rules import notices as rule
from crm_core.rules.sla import Promise
from crm_core.store.maps.codec import micros
from crm_core.store.tables import notice_links
from crm_core.store.tx import Tx

_text, _big = sa.Text, sa.BigInteger
_TOLD = sa.select(notice_links.c.id).where(
    notice_links.c.notice == sa.bindparam("notice", type_=_text),
    notice_links.c.person == sa.bindparam("person", type_=_text),
    sa.or_(
        notice_links.c.acknowledged_at.is_not(None),
        notice_links.c.answered_at.is_not(None),
    ),
)
_ANSWERED = sa.select(notice_links.c.id).where(
    notice_links.c.notice == sa.bindparam("notice", type_=_text),
    notice_links.c.person == sa.bindparam("person", type_=_text),
    notice_links.c.outcome == "answered",
)
_WANT = (
    sa.update(notice_links)
    .where(notice_links.c.notice == sa.bindparam("key_notice", type_=_text), notice_links.c.answered_at.is_(None))
    .values(answer_wanted_at=sa.bindparam("new_wanted", type_=_big), version=notice_links.c.version + 1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A known problem as somebody writes it; texts by language."""

    service: ServiceId
    title: dict[str, str]
    text: dict[str, str]
    place: PlaceId | None = None
    words: tuple[str, ...] = ()
    acknowledgement: dict[str, str] | None = None
    answer: dict[str, str] | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    expected_at: datetime | None = None


async def add_notice(tx: Tx, draft: Draft, *, state: NoticeState = NoticeState.DRAFT) -> Notice:
    """Tell of a known problem; as a draft, only staff see it."""
    await tx.permit(to="notices")
    await _must_stand(tx, draft)
    notice = _written(
        draft,
        Notice(
            fresh(NoticeId, at=tx.now),
            draft.service,
            None,
            {},
            {},
            (),
            {},
            {},
            state,
            draft.begins_at or tx.now,
            None,
            None,
            tx.now,
            AgentId(tx.actor.id),
        ),
    )
    tx.add(notice)
    tx.emit(NoticeChanged(notice=notice))
    return notice


async def change_notice(
    tx: Tx, notice_id: NoticeId, draft: Draft, *, state: NoticeState, seen_version: int | None = None
) -> Notice:
    """Say it in better words, show it, or take it back to a draft. A closed one stays as it was."""
    await tx.permit(to="notices")
    before = await tx.get(Notice, notice_id)
    if seen_version is not None and seen_version != before.version:
        raise Stale("Somebody else changed this meanwhile.", version=before.version)
    if before.state is NoticeState.CLOSED or state is NoticeState.CLOSED:
        raise NotAllowedNow("A closed notice stays as it was; closing has a step of its own.")
    await _must_stand(tx, draft)
    after = replace(_written(draft, before), state=state, version=before.version + 1)
    await tx.save(after)
    tx.emit(NoticeChanged(notice=after))
    return after


async def close_notice(tx: Tx, notice_id: NoticeId, *, answer: Mapping[str, str] | None) -> Notice:
    """It is over. With an answer, everybody who reported it is told, each ticket by an event of its own."""
    await tx.permit(to="notices")
    before = await tx.get(Notice, notice_id)
    if before.state is not NoticeState.OPEN:
        raise NotAllowedNow("Only an open notice can be closed.")
    words = {language: text.strip() for language, text in (answer or {}).items() if text.strip()}
    if answer is not None and not words:
        raise BadInput(Problem("answer", "Write what everybody is told."))
    after = replace(
        before,
        state=NoticeState.CLOSED,
        answer=words or before.answer,
        ends_at=tx.now,
        by=AgentId(tx.actor.id),
        version=before.version + 1,
    )
    await tx.save(after)
    if words:
        await tx.change(_WANT, key_notice=notice_id, new_wanted=micros(tx.now))
    tx.emit(NoticeChanged(notice=after))
    return after


async def link_notice(
    tx: Tx, ticket_id: TicketId, notice_id: NoticeId, *, house: House, why: str = "an agent said so"
) -> NoticeLink:
    """This ticket reports it. Its reporter is told by the approved text, once, where a machine may."""
    before = await tx.ticket(ticket_id, to="link")
    notice = await tx.get(Notice, notice_id)
    key = _key(notice_id, ticket_id)
    known = await tx.find(NoticeLink, key)
    if known is not None:
        return known
    if notice.state is not NoticeState.OPEN:
        raise NotAllowedNow("This notice is not open.")
    answer = await _acknowledgement(tx, notice, before)
    ticket = lifecycle.on_automatic_reply(before, at=tx.now)
    sent = (
        await machine.write_approved(tx, ticket, answer.text, subject=notice.title, house=house)
        if answer.text
        else None
    )
    told = "told" if sent else answer.why or "there is no way to write"
    await tx.save(ticket)
    made = NoticeLink(
        key,
        notice_id,
        ticket_id,
        ticket.customer,
        tx.now,
        AgentId(tx.actor.id) if tx.actor.is_person else None,
        acknowledged_at=tx.now if sent else None,
    )
    tx.add(made)
    tx.emit(TicketNoticed(ticket=ticket, notice=notice_id, why=why, told=told))
    machine.told(tx, ticket, sent)
    return made


async def answer_link(tx: Tx, link_id: str, *, house: House) -> NoticeLink:
    """The end of it for one ticket: its reporter is told, and it is solved; or why a person must look."""
    await tx.permit(to="answer_all")
    before = await tx.get(NoticeLink, link_id)
    if before.answer_wanted_at is None or before.answered_at is not None:
        return before
    notice = await tx.get(Notice, before.notice)
    outcome = await _answer(tx, notice, before, house=house)
    after = replace(before, answered_at=tx.now, outcome=outcome, version=before.version + 1)
    await tx.save(after)
    return after


async def _answer(tx: Tx, notice: Notice, one: NoticeLink, *, house: House) -> str:
    ticket = await tx.get(Ticket, one.ticket)
    if not ticket.status.active:
        return "solved before"
    told = await tx.one(_ANSWERED, notice=notice.id, person=one.person) is not None
    saying = replace(notice, acknowledgement=notice.answer)
    silent = await _acknowledgement(tx, saying, ticket, told=told)
    if not silent.text and not told:
        tx.emit(TicketNoticed(ticket=await _touched(tx, ticket), notice=notice.id, why="it is over", told=silent.why))
        return silent.why
    promise = Promise(*house.promise(house.services[ticket.service]))
    solved = lifecycle.on_reply(
        ticket, at=tx.now, snippet=silent.text or ticket.snippet, promise=promise, status=Status.SOLVED
    )
    sent = (
        await machine.write_approved(tx, solved, silent.text, subject=notice.title, house=house)
        if silent.text
        else None
    )
    if silent.text and sent is None:
        tx.emit(TicketNoticed(ticket=await _touched(tx, ticket), notice=notice.id, why="it is over", told="no way"))
        return "there is no way to write"
    await tx.save(solved)
    machine.told(tx, solved, sent)
    tx.emit(TicketNoticed(ticket=solved, notice=notice.id, why="it is over", told="told" if sent else "told before"))
    tx.emit(TicketStatus(ticket=solved, was_status=ticket.status))
    await working.finish_work(tx, solved)
    return "answered" if sent else "this person was told already"


async def _touched(tx: Tx, ticket: Ticket) -> Ticket:
    return await tx.save(lifecycle.on_automatic_reply(ticket, at=tx.now))


async def _acknowledgement(tx: Tx, notice: Notice, ticket: Ticket, *, told: bool | None = None) -> rule.Answer:
    first = await tx.value(Message, FIRST_SAID, ticket=ticket.id)
    if told is None:
        told = await tx.one(_TOLD, notice=notice.id, person=ticket.customer) is not None
    machine_wrote = first is not None and any(flag.startswith("automatic") for flag in first.flags)
    proven = first is not None and first.proven
    return rule.acknowledge(notice, ticket=ticket, proven=proven, automatic=machine_wrote, told=told)


def _key(notice: NoticeId, ticket: TicketId) -> str:
    return f"{notice}:{ticket}"


def _written(draft: Draft, notice: Notice) -> Notice:
    return replace(
        notice,
        service=draft.service,
        place=draft.place,
        title=draft.title,
        text=draft.text,
        words=draft.words,
        acknowledgement=draft.acknowledgement or {},
        answer=draft.answer or {},
        begins_at=draft.begins_at or notice.begins_at,
        ends_at=draft.ends_at,
        expected_at=draft.expected_at,
    )


async def _must_stand(tx: Tx, draft: Draft) -> None:
    problems = []
    if await tx.find(Service, draft.service) is None:
        problems.append(Problem("service", "There is no such service."))
    if draft.place is not None and await tx.find(Place, draft.place) is None:
        problems.append(Problem("place", "There is no such place."))
    if not any(text.strip() for text in draft.title.values()):
        problems.append(Problem("title", "Say in a few words what is wrong."))
    if draft.begins_at and draft.ends_at and draft.ends_at <= draft.begins_at:
        problems.append(Problem("ends_at", "It ends after it begins."))
    if problems:
        raise BadInput(*problems)
