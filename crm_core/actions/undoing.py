"""What was just given away or moved, taken back by whoever did it, also where they do not see it any more.

Sight is not asked for, since the deed itself may have taken it: the record says who did
what, and what stood before. Nobody learns anything of the ticket by it but that it is
theirs again, or is not.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions import assign, open_queues
from crm_core.model.house import House
from crm_core.model.ids import AgentId, QueueId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.rules import access, lifecycle
from crm_core.rules.sla import Promise
from crm_core.store.maps.codec import micros
from crm_core.store.tables import events
from crm_core.store.tx import Tx

MOST = 200
TO_THINK_AGAIN = timedelta(seconds=30)
"""So long something may be taken back that one does not see any more: longer than a screen offers it, for slow lines."""

_text, _big = sa.Text, sa.BigInteger
_DONE = sa.select(events.c.type, events.c.facts).where(
    events.c.ticket == sa.bindparam("ticket", type_=_text),
    events.c.at_version == sa.bindparam("version", type_=_big),
    events.c.actor == sa.bindparam("actor", type_=_text),
    events.c.at >= sa.bindparam("since", type_=_big),
    events.c.type.in_([sa.literal_column(f"'ticket.{deed}'") for deed in ("assigned", "moved", "service")]),
)


@dataclass(frozen=True, slots=True)
class Done:
    """A ticket as it was after I gave it away or moved it."""

    ticket: TicketId
    version: int


@dataclass(frozen=True, slots=True)
class Back:
    """What is as it was before, and what is more than whoever had it can carry by now."""

    tickets: tuple[Ticket, ...]
    full: tuple[TicketId, ...]


@dataclass(frozen=True, slots=True)
class _Was:
    """How it stood before: with whom, and where, if it was moved."""

    holder: AgentId | None
    queue: QueueId | None


async def take_back(tx: Tx, done: Sequence[Done], *, house: House) -> Back:
    """Undone in the order given, where nobody touched it since and there is room for it; the rest stays where it is.

    They held it all a moment ago, and still an undo gives nobody more than they can carry: what they
    had above it was a supervisor's named word, and what came to them meanwhile has a person at its
    other end. That holds for a supervisor, too, who gives it to themselves by that word, one by one,
    and it stands in the record as such; a key that takes back what was just done must not say it unseen.
    """
    await tx.permit(to="transfer")
    back, full = [], []
    for one in done[:MOST]:
        ticket = await tx.find(Ticket, one.ticket)
        if ticket is None or ticket.version != one.version or not ticket.status.active:
            continue
        was = await _before_my_deed(tx, one)
        if was is None:
            continue
        if was.holder is None or await assign.has_room(tx, ticket, was.holder):
            back.append(await _put_back(tx, ticket, was=was, house=house))
        else:
            full.append(ticket.id)
    scope = (await tx.standing()).scope
    seen = tuple(ticket for ticket in back if access.sees(scope, audience=access.audience(ticket)))
    return Back(seen, tuple(full))


async def _before_my_deed(tx: Tx, done: Done) -> _Was | None:
    """How it stood before what I did to it a moment ago; None where that was nothing, or more than to give or move it."""
    since = micros(tx.now - TO_THINK_AGAIN)
    rows = await tx.all(_DONE, ticket=done.ticket, version=done.version, actor=tx.actor.id, since=since)
    deeds = {row[0]: json.loads(row[1]) for row in rows}
    match deeds:
        case {"ticket.moved": facts} if len(deeds) == 1:
            return _Was(facts["was_with"], QueueId(facts["from"]))
        case {"ticket.assigned": facts} if len(deeds) == 1:
            return _Was(facts["from"], None)
    return None


async def _put_back(tx: Tx, ticket: Ticket, *, was: _Was, house: House) -> Ticket:
    """Where somebody has it again, nobody need answer in its queue."""
    if was.queue is not None:
        promise = Promise(*house.promise(house.services[ticket.service]))
        moved = lifecycle.move(ticket, to=was.queue, at=tx.now, promise=promise)
        if was.holder is None:
            await open_queues.must_take(tx, moved, house=house)
        ticket = await assign.keep_moved(tx, moved, before=ticket, house=house)
    if was.holder == ticket.assignee:
        return ticket
    given = lifecycle.assign(ticket, to=was.holder, at=tx.now)
    return await assign.keep_given(tx, given, before=ticket, house=house)
