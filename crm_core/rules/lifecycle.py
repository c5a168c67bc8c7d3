"""What may happen to a ticket, and what it is afterwards: functions from ticket to ticket.

Each takes what the actor had seen (`seen_version`) and raises Stale if the ticket moved
since, NotAllowedNow if its state forbids it, BadInput if the wish makes no sense. Each
returns the ticket one version later. Where a promise may change, the promise is asked for.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from crm_core.model.errors import BadInput, NotAllowedNow, Problem, Stale
from crm_core.model.ids import AgentId, QueueId
from crm_core.model.service import Service
from crm_core.model.sla import Reason
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.rules import sla, suspicion
from crm_core.rules.sla import Promise
from crm_core.rules.text import SUBJECT_LENGTH


def on_inbound(
    ticket: Ticket,
    *,
    at: datetime,
    channel: str,
    snippet: str,
    promise: Promise,
    live: bool = False,
    language: str | None = None,
    automatic: bool = False,
    since: datetime | None = None,
) -> Ticket:
    """The citizen wrote: it is open, awake, and they wait for our word from now on.

    A machine's answer (out of office) changes nothing but the last words: it waits for nobody.
    `since` is when it reached us, where that was before it was entered (a letter).
    """
    if automatic:
        return _after(ticket, at=at, snippet=snippet)
    if ticket.status is Status.CLOSED:
        raise NotAllowedNow("This ticket is closed for good; a new message opens a new one.")
    heard = _after(
        ticket,
        at=at,
        channel=channel,
        snippet=snippet,
        live=live,
        language=ticket.language or language,
        awaiting_since=ticket.awaiting_since or since or at,
        snoozed_until=None,
    )
    status = Status.NEW if ticket.status is Status.NEW else Status.OPEN
    return _standing(heard, status=status, at=at, promise=promise)


def on_reply(
    ticket: Ticket,
    *,
    at: datetime,
    snippet: str,
    promise: Promise,
    status: Status | None = None,
    reason: Reason | None = None,
    seen_version: int | None = None,
) -> Ticket:
    """A person answered: nobody waits for our word any more. `status` says where it stands now.

    Without one, a new ticket becomes open and any other stays as it was. `reason` is
    why the solution's clock stands still meanwhile.
    """
    _must_be_fresh(ticket, seen_version=seen_version)
    if ticket.status is Status.CLOSED:
        raise NotAllowedNow("This ticket is closed. Reopen it to answer.")
    suspicion.must_be_none(ticket)
    if status is Status.NEW:
        raise _bad("status", "A ticket that was answered is not new.")
    first = ticket.first_answered_at or at
    answered = _after(ticket, at=at, snippet=snippet, awaiting_since=None, first_answered_at=first)
    return _standing(answered, status=status or _answered(ticket.status), at=at, promise=promise, reason=reason)


def on_talk_over(ticket: Ticket, *, at: datetime) -> Ticket:
    """Nobody is on the line any more; whatever is still to be said is said like any answer."""
    return _after(ticket, at=at, live=False)


def on_held(ticket: Ticket, *, at: datetime) -> Ticket:
    """An answer waits for its time, or will never leave after all: what is promised stays as it was."""
    return _after(ticket, at=at)


def on_unanswered(ticket: Ticket, *, at: datetime, promise: Promise) -> Ticket:
    """What counted as our answer will not leave: they wait for our word again."""
    waits = _after(ticket, at=at, awaiting_since=ticket.awaiting_since or at)
    return _standing(waits, status=Status.NEW if ticket.status is Status.NEW else Status.OPEN, at=at, promise=promise)


def on_lost(ticket: Ticket, *, at: datetime, promise: Promise) -> Ticket:
    """An answer did not arrive: whatever it was to wait for, it is open, and somebody looks."""
    if not ticket.status.active or ticket.status is Status.NEW:
        return _after(ticket, at=at)
    return _standing(_after(ticket, at=at), status=Status.OPEN, at=at, promise=promise)


def on_automatic_reply(ticket: Ticket, *, at: datetime) -> Ticket:
    """We confirmed by machine that it arrived: no promise is kept by that."""
    return _after(ticket, at=at)


def on_note(ticket: Ticket, *, at: datetime, mentions: frozenset[AgentId] = frozenset()) -> Ticket:
    """A colleague left a note; who is mentioned in it may see the ticket from now on."""
    return _after(ticket, at=at, readers=ticket.readers | mentions)


def on_split(ticket: Ticket, *, at: datetime, seen_version: int | None = None) -> Ticket:
    """It turned out to hold several matters; it goes on as the whole of them."""
    _must_be_fresh(ticket, seen_version=seen_version)
    _must_be_active(ticket)
    suspicion.must_be_none(ticket)
    return _after(ticket, at=at)


def solve(ticket: Ticket, *, at: datetime, seen_version: int | None = None) -> Ticket:
    """Solved for now; the customer may still reopen it."""
    _must_be_fresh(ticket, seen_version=seen_version)
    _must_be_active(ticket)
    return _ended(ticket, status=Status.SOLVED, at=at)


def close(ticket: Ticket, *, at: datetime, seen_version: int | None = None) -> Ticket:
    """Closed for good: what the customer writes about it now becomes a new ticket, linked."""
    _must_be_fresh(ticket, seen_version=seen_version)
    if ticket.status is Status.CLOSED:
        raise NotAllowedNow("This ticket is closed already.")
    return _ended(ticket, status=Status.CLOSED, at=at)


def reopen(ticket: Ticket, *, at: datetime, promise: Promise, seen_version: int | None = None) -> Ticket:
    """It was not over after all."""
    _must_be_fresh(ticket, seen_version=seen_version)
    if ticket.status.active:
        raise NotAllowedNow("This ticket is open already.")
    suspicion.must_be_none(ticket)
    return _standing(_after(ticket, at=at), status=Status.OPEN, at=at, promise=promise)


def set_status(
    ticket: Ticket,
    *,
    to: Status,
    at: datetime,
    promise: Promise,
    reason: Reason | None = None,
    seen_version: int | None = None,
) -> Ticket:
    """Any step from one status to another that makes sense; never back to new.

    `reason` says why the solution's clock stands still: of waiting on the citizen it is
    that, if nothing else is said; on hold without a reason it runs.
    """
    if to is Status.SOLVED:
        return solve(ticket, at=at, seen_version=seen_version)
    if to is Status.CLOSED:
        return close(ticket, at=at, seen_version=seen_version)
    _must_be_fresh(ticket, seen_version=seen_version)
    if to is Status.NEW:
        raise NotAllowedNow("A ticket is new only until somebody has looked at it.")
    if to is ticket.status and (reason is None or reason is _lasting(ticket)):
        raise NotAllowedNow(f"This ticket is {_said(to)} already.")
    if ticket.status is Status.CLOSED:
        raise NotAllowedNow("This ticket is closed. Reopen it first.")
    if reason is Reason.SOLVED or (reason is not None and to not in (Status.WAITING, Status.ON_HOLD)):
        raise _bad("reason", "The clock stands still only while a ticket waits or is on hold.")
    return _standing(_after(ticket, at=at), status=to, at=at, promise=promise, reason=reason)


def release(ticket: Ticket, *, to: QueueId, at: datetime, promise: Promise) -> Ticket:
    """It is no spam: open, in the queue where it belongs, as old as it is."""
    free = _after(ticket, at=at)
    if not free.status.active:
        free = _standing(free, status=Status.OPEN, at=at, promise=promise)
    return free if to == free.queue else _moved(free, to=to, at=at, promise=promise)


def assign(ticket: Ticket, *, to: AgentId | None, at: datetime, seen_version: int | None = None) -> Ticket:
    """Somebody has it from now on, or nobody."""
    _must_be_fresh(ticket, seen_version=seen_version)
    _must_not_be_closed(ticket)
    suspicion.must_be_none(ticket)
    if to == ticket.assignee:
        raise NotAllowedNow("It is with them already." if to else "Nobody has it.")
    given = _after(ticket, at=at, assignee=to)
    return given if to is None else sla.accepted(given, at=at)


def let_go(ticket: Ticket, *, shown_to: AgentId, at: datetime, seen_version: int | None = None) -> Ticket:
    """Nobody has it while it is held out to a colleague, who sees it from now on."""
    _must_be_fresh(ticket, seen_version=seen_version)
    _must_not_be_closed(ticket)
    suspicion.must_be_none(ticket)
    return _after(ticket, at=at, assignee=None, readers=ticket.readers | {shown_to})


def take(ticket: Ticket, *, by: AgentId, at: datetime) -> Ticket:
    """Who answers a ticket that nobody has, has it."""
    return sla.accepted(_after(ticket, at=at, assignee=by), at=at)


def move(ticket: Ticket, *, to: QueueId, at: datetime, promise: Promise, seen_version: int | None = None) -> Ticket:
    """It waits in another queue, for somebody there: whoever had it lets go. Its age stays; who gets it is to sign."""
    _must_be_fresh(ticket, seen_version=seen_version)
    _must_not_be_closed(ticket)
    if to == ticket.queue:
        raise NotAllowedNow("It is in this queue already.")
    suspicion.must_be_none(ticket)
    return _moved(_after(ticket, at=at), to=to, at=at, promise=promise)


def classify(
    ticket: Ticket, *, service: Service, at: datetime, promise: Promise, seen_version: int | None = None
) -> Ticket:
    """It is another service: its queue, and its promises as if it had been so from the start.

    Whoever had it lets go, where others are to go on with it; who solved it has solved it.
    """
    _must_be_fresh(ticket, seen_version=seen_version)
    _must_not_be_closed(ticket)
    suspicion.must_be_none(ticket)
    if service.id == ticket.service:
        raise NotAllowedNow("It is this service already.")
    stays = service.queue == ticket.queue or not ticket.status.active
    changed = _after(
        ticket,
        at=at,
        service=service.id,
        queue=service.queue,
        assignee=ticket.assignee if stays else None,
        clock=ticket.clock if stays else sla.handed(ticket.clock, at=at),
    )
    return sla.promised(changed, promise=promise)


def prioritise(
    ticket: Ticket, *, to: Priority, at: datetime, promise: Promise, seen_version: int | None = None
) -> Ticket:
    """How much it presses, from now on; its promises are those of that priority, as if it had been so from the start."""
    _must_be_fresh(ticket, seen_version=seen_version)
    _must_not_be_closed(ticket)
    if to is ticket.priority:
        raise NotAllowedNow(f"Its priority is {to.name.lower()} already.")
    return sla.promised(_after(ticket, at=at, priority=to), promise=promise)


def rename(ticket: Ticket, *, subject: str, at: datetime, seen_version: int | None = None) -> Ticket:
    """What it is about, in better words."""
    _must_be_fresh(ticket, seen_version=seen_version)
    _must_not_be_closed(ticket)
    words = " ".join(subject.split())
    if not words:
        raise _bad("subject", "Say in a few words what it is about.")
    if len(words) > SUBJECT_LENGTH:
        raise _bad("subject", f"At most {SUBJECT_LENGTH} characters.")
    if words == ticket.subject:
        raise NotAllowedNow("It has this subject already.")
    return _after(ticket, at=at, subject=words)


def snooze(ticket: Ticket, *, until: datetime | None, at: datetime, seen_version: int | None = None) -> Ticket:
    """It sleeps until then, or wakes now (None). Its promises do not sleep."""
    _must_be_fresh(ticket, seen_version=seen_version)
    _must_be_active(ticket)
    if until is None and ticket.snoozed_until is None:
        raise NotAllowedNow("This ticket is awake.")
    if until is not None and until <= at:
        raise _bad("until", "Choose a time that is still to come.")
    return _after(ticket, at=at, snoozed_until=until)


def awake(ticket: Ticket, *, at: datetime) -> Ticket:
    """The time until which it slept has come."""
    return _after(ticket, at=at, snoozed_until=None)


def confide(ticket: Ticket, *, readers: frozenset[AgentId], at: datetime, seen_version: int | None = None) -> Ticket:
    """Only the people named here see it, whatever the roles and queues of others."""
    _must_be_fresh(ticket, seen_version=seen_version)
    if not readers and ticket.assignee is None:
        raise _bad("readers", "Name at least one person, or nobody would see it.")
    if ticket.confidential and readers == ticket.readers:
        raise NotAllowedNow("It is confidential to these people already.")
    return _after(ticket, at=at, confidential=True, readers=readers)


def disclose(ticket: Ticket, *, at: datetime, seen_version: int | None = None) -> Ticket:
    """It is an ordinary ticket again, for all who serve its queue."""
    _must_be_fresh(ticket, seen_version=seen_version)
    if not ticket.confidential:
        raise NotAllowedNow("It is not confidential.")
    return _after(ticket, at=at, confidential=False)


def merge(
    ticket: Ticket, *, into: Ticket, at: datetime, promise: Promise, seen_version: int | None = None
) -> tuple[Ticket, Ticket]:
    """One matter that came as two: the ticket, closed, and the one that goes on in its place.

    Who may read the other gains nothing but these messages, and only if both are equally
    confidential. `promise` is that of the ticket that goes on. Whoever is there, is there now.
    """
    _must_be_fresh(ticket, seen_version=seen_version)
    if ticket.id == into.id:
        raise NotAllowedNow("A ticket cannot be merged into itself.")
    if Status.CLOSED in (ticket.status, into.status):
        raise NotAllowedNow("One of the two is closed.")
    suspicion.must_be_none(ticket, into)
    if ticket.confidential != into.confidential or (into.confidential and ticket.readers != into.readers):
        raise NotAllowedNow("One of the two is confidential to other people.")
    if ticket.live and into.live:
        raise NotAllowedNow("Somebody is there now in both tickets. Let one of the talks end first.")
    waits = [since for since in (ticket.awaiting_since, into.awaiting_since) if since is not None]
    brings_question = ticket.awaiting_since is not None and into.status is not Status.NEW
    comes = {"live": True, "channel": ticket.channel} if ticket.live else {}
    goes_on = _standing(
        _after(into, at=at, awaiting_since=min(waits, default=None), **comes),
        status=Status.OPEN if brings_question else into.status,
        at=at,
        promise=promise,
    )
    return _ended(ticket, status=Status.CLOSED, at=at), goes_on


def _after(ticket: Ticket, *, at: datetime, **changes: Any) -> Ticket:
    return replace(ticket, version=ticket.version + 1, updated_at=max(at, ticket.updated_at), **changes)


def _standing(
    ticket: Ticket, *, status: Status, at: datetime, promise: Promise, reason: Reason | None = None
) -> Ticket:
    """The ticket in this status. While it was solved, or stands for a reason that counts, its solution's clock does."""
    if not status.active:
        return _over(ticket, status=status, at=at)
    clock = ticket.clock
    if ticket.solved_at is not None:
        clock = sla.reopened(clock, solved_at=ticket.solved_at, at=at)
    clock = sla.standing(clock, reason=_why_still(ticket, status=status, reason=reason), at=at)
    again = replace(ticket, status=status, solved_at=None, clock=clock)
    return sla.promised(again, promise=promise)


def _why_still(ticket: Ticket, *, status: Status, reason: Reason | None) -> Reason | None:
    """What was said; else what it stood for already; else, waiting on the citizen, that."""
    if status not in (Status.WAITING, Status.ON_HOLD):
        return None
    lasting = _lasting(ticket) if status is ticket.status else None
    return reason or lasting or (Reason.CITIZEN if status is Status.WAITING else None)


def _lasting(ticket: Ticket) -> Reason | None:
    return None if ticket.clock.pause is None else ticket.clock.pause.reason


def _moved(ticket: Ticket, *, to: QueueId, at: datetime, promise: Promise) -> Ticket:
    moved = replace(ticket, queue=to, assignee=None, clock=sla.handed(ticket.clock, at=at))
    return sla.promised(moved, promise=promise)


def _ended(ticket: Ticket, *, status: Status, at: datetime) -> Ticket:
    return _over(_after(ticket, at=at, awaiting_since=None), status=status, at=at)


def _over(ticket: Ticket, *, status: Status, at: datetime) -> Ticket:
    """Nothing is due and nothing sleeps; from solved to closed it keeps when it was solved."""
    solved_at = ticket.solved_at or at
    clock = replace(sla.standing(ticket.clock, reason=None, at=at), still_until=None, alarm=None)
    return replace(
        ticket,
        status=status,
        live=False,
        solved_at=solved_at,
        snoozed_until=None,
        due_at=None,
        due_kind=None,
        clock=clock,
    )


def _answered(status: Status) -> Status:
    return Status.OPEN if status is Status.NEW else status


def _must_be_fresh(ticket: Ticket, *, seen_version: int | None) -> None:
    if seen_version is not None and seen_version != ticket.version:
        raise Stale("This ticket changed while you were looking at it.", version=ticket.version)


def _must_be_active(ticket: Ticket) -> None:
    if not ticket.status.active:
        raise NotAllowedNow(f"This ticket is {_said(ticket.status)} already.")


def _must_not_be_closed(ticket: Ticket) -> None:
    if ticket.status is Status.CLOSED:
        raise NotAllowedNow("This ticket is closed. Reopen it first.")


def _said(status: Status) -> str:
    return status.value.replace("_", " ")


def _bad(field: str, why: str) -> BadInput:
    return BadInput(Problem(field, why))
