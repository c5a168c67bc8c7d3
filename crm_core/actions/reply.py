"""We answer, and colleagues leave notes: the words are kept before anything is sent."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crm_core.actions import answers, feedback, sharing, splits, working, writing
from crm_core.model.address import Address
from crm_core.model.agent import Agent
from crm_core.model.answer import Cited
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event import NoteAdded, TicketStatus
from crm_core.model.habits import Filled
from crm_core.model.house import House
from crm_core.model.ids import AgentId, AnswerId, FileId, MessageId, TicketId, fresh
from crm_core.model.message import Direction, Message
from crm_core.model.plan import Hold, Plan
from crm_core.model.sla import Reason
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import handouts, lifecycle, text, ways
from crm_core.rules.answers import must_be_filled
from crm_core.rules.outgoing import Letter
from crm_core.rules.sla import Promise
from crm_core.rules.ways import Misfit, Way
from crm_core.store.reach import reach_of
from crm_core.store.tx import Tx

LONGEST_HOLD = timedelta(seconds=60)
FURTHEST = timedelta(days=366)
"""Whoever wants to write in more than a year wants a reminder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer as the agent wrote it. Without a channel or address it takes the usual way (`rules/ways.py`).

    `at` is when it is to leave; `undo` is for how long it may still be taken back, where
    the way can hold it. Without both it leaves at once.
    `answers` are those of the library that it says, `cites` what they said when they were inserted.
    `template`: its words are those of this approved text, and the draft has none of its own.
    """

    text: str
    html: str | None = None
    channel: str | None = None
    address: Address | None = None
    files: tuple[FileId, ...] = ()
    status: Status | None = None
    reason: Reason | None = None
    answers: tuple[AnswerId, ...] = ()
    at: datetime | None = None
    undo: timedelta | None = None
    cites: tuple[Cited, ...] = ()
    template: Filled | None = None


async def reply(tx: Tx, ticket_id: TicketId, draft: Draft, *, house: House, seen_version: int | None = None) -> Message:
    """Answer the citizen; the message is queued and sent by the sender, which tells how it went.

    What is to leave later waits (`actions/waiting.py`); the ticket counts as answered when it has left.
    Raises NotAllowedNow where there is no way to answer, Stale on an old screen.
    """
    before = await tx.ticket(ticket_id, to="reply")
    _must_say_something(draft)
    must_be_filled(draft.text, draft.html)
    await answers.must_be_so(tx, draft.cites, texts=(draft.text, draft.html), public_url=house.public_url)
    if draft.status is not None and not draft.status.active:
        await splits.must_have_no_open_parts(tx, before)
    way, language = await _way(tx, before, draft, house=house)
    if draft.template is None:
        link = handouts.room(house.public_url, language=language or before.language)
        load = ways.Load(text=draft.text, html=draft.html, files=len(draft.files), number=before.number, link=link)
        _must_fit(load, way=way)
    else:
        draft = replace(draft, text=ways.said_by(way, draft.template))
    answered = lifecycle.on_reply(
        before,
        at=tx.now,
        snippet=text.snippet(draft.text),
        promise=Promise(*house.promise(house.services[before.service])),
        status=draft.status,
        reason=draft.reason,
        seen_version=seen_version,
    )
    letter = _letter(draft, before, way=way, by=await writing.author(tx), at=tx.now)
    later = letter.plan is not None and letter.plan.hold is not None and letter.plan.hold.answers_later
    ticket = await tx.save(lifecycle.on_held(before, at=tx.now) if later else answered)
    message = await writing.write(tx, ticket, letter, way=way, house=house, wanted=draft.files)
    await answers.count_uses(tx, ticket, message, draft.answers)
    if ticket.status is not before.status:
        tx.emit(TicketStatus(ticket=ticket, was_status=before.status))
    ticket = await writing.take(tx, ticket)
    if ticket.status is not before.status:
        await feedback.ask_beside(tx, ticket, message, house=house)
    if _talks(ticket, way):
        await working.keep_work(tx, ticket, house=house)
    else:
        await working.finish_work(tx, ticket)
    return message


def _talks(ticket: Ticket, way: Way) -> bool:
    """Whether it was said in a talk that goes on: its agent stays with it."""
    return ticket.live and ticket.status.active and way.strand is not None and way.strand.live_until is not None


def _must_say_something(draft: Draft) -> None:
    if draft.template is not None:
        if draft.text.strip() or draft.html or draft.files:
            raise BadInput(Problem("template", "An approved text goes as it is: without words of ours or files."))
    elif not draft.text.strip() and not draft.files:
        raise BadInput(Problem("text", "Write something first."))


async def _way(tx: Tx, ticket: Ticket, draft: Draft, *, house: House) -> tuple[Way, str | None]:
    """The way that was named, else the usual one; and the language they wish for. Raises NotAllowedNow with the reason."""
    if ticket.parent is not None:
        raise NotAllowedNow("This is a part: say what it came to, and the owner of the whole answers for all of it.")
    reach = (await reach_of(tx, ticket, house=house)).reach
    found = ways.named(ways.ways(reach, house=house), channel=draft.channel, address=draft.address)
    way = ways.usual(found, live=reach.live) if draft.template is None else ways.saying(found, draft.template)
    if way is not None:
        return way, reach.wishes.language
    barred = next((f"Not this way: {one.why}. Choose another way to answer." for one in found if one.why), None)
    if barred is not None:
        raise NotAllowedNow(barred)
    if draft.channel is None and draft.address is None:
        raise NotAllowedNow("There is no way to answer yet: no address on record that one of our inboxes can write to.")
    raise NotAllowedNow("There is no address on record for this channel.")


def _must_fit(load: ways.Load, *, way: Way) -> None:
    if Misfit.LENGTH in ways.misfits(way.can, load):
        much = ways.over(way.can, load)
        raise BadInput(Problem("text", f"Too long for this way, by {much} characters."))


def _letter(draft: Draft, ticket: Ticket, *, way: Way, by: Agent, at: datetime) -> Letter:
    """The words with their plan: held for their hours, for a time that was chosen, or to be taken back."""
    send_at, hold, why = _when(draft, way=way, at=at)
    later = hold is not None and hold.answers_later
    plan = Plan(hold, cites=draft.cites) if hold is not None or draft.cites else None
    if plan is not None and later:
        plan = replace(plan, status=draft.status, reason=draft.reason, was=ticket.status)
    return Letter(
        text=draft.text,
        html=draft.html,
        sender=by.name,
        author=by.id,
        send_at=send_at,
        why=why,
        plan=plan,
        template=draft.template,
    )


def _when(draft: Draft, *, way: Way, at: datetime) -> tuple[datetime | None, Hold | None, str | None]:
    if draft.at is not None:
        if not at < draft.at <= at + FURTHEST:
            raise BadInput(Problem("at", "Choose a time that is still to come, within a year."))
        return draft.at, Hold.TIME, None
    if way.later is not None:
        return way.later, Hold.HOURS, way.why
    if draft.undo is not None and way.can.undo is not None:
        return at + min(draft.undo, way.can.undo, LONGEST_HOLD), Hold.UNDO, None
    return None, None, None


async def note(tx: Tx, ticket_id: TicketId, words: str, *, mentions: frozenset[AgentId] = frozenset()) -> Message:
    """Leave a note for colleagues; whoever is mentioned may see the ticket from now on."""
    before = await tx.ticket(ticket_id, to="note")
    if not words.strip():
        raise BadInput(Problem("text", "Write something first."))
    await sharing.must_work_here(
        tx, mentions, otherwise=Problem("mentions", "Somebody you mention does not work here.")
    )
    ticket = await tx.save(lifecycle.on_note(before, at=tx.now, mentions=mentions))
    sharing.shown(tx, ticket, before=before)
    message = _note(tx, ticket, words, by=await writing.author(tx))
    tx.add(message)
    tx.emit(NoteAdded(ticket=ticket, before=before, message=message, mentions=mentions))
    return message


async def note_along(
    tx: Tx, before: Ticket, words: str, *, mention: AgentId | None = None, seen_version: int | None
) -> tuple[Ticket, int | None]:
    """Words for whoever gets a ticket stand as a note; it is newer by that, also for whoever saw it before."""
    if not words.strip():
        return before, seen_version
    mentions = frozenset() if mention is None or mention == tx.actor.id else frozenset({mention})
    await note(tx, before.id, words, mentions=mentions)
    return await tx.get(Ticket, before.id), None if seen_version is None else seen_version + 1


def _note(tx: Tx, ticket: Ticket, words: str, *, by: Agent) -> Message:
    return Message(
        id=fresh(MessageId, at=tx.now),
        ticket=ticket.id,
        conversation=None,
        direction=Direction.NOTE,
        channel="note",
        sender=by.name,
        text=words,
        created_at=tx.now,
        at_version=ticket.version,
        author=by.id,
        proven=True,
    )
