"""The faces of our values in JSON: one home for what screens, programs and events show.

Each face has two halves. *Facts* are ids, states and times; they stand in the audit
chain for ever. *Words* are personal (names, texts, file names) and can be erased.
Screens get both merged.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from crm_core.model.agent import Agent, Load
from crm_core.model.message import Delivery, Direction, Message
from crm_core.model.queue import Profile
from crm_core.model.said import Kind, runs
from crm_core.model.ticket import Priority, Ticket
from crm_core.model.work import Because, Offer, Work, WorkState

Json = dict[str, Any]

SHOWN_TEXT = 4000
"""Characters of a message that lists, timelines and events carry; the whole is one request away."""


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: sorts as text, read alike by every browser."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def maybe_instant(at: datetime | None) -> str | None:
    """`instant`, or None."""
    return None if at is None else instant(at)


def ticket_facts(ticket: Ticket) -> Json:
    """The half of a ticket's row that stays in the audit chain."""
    return dict(_facts_of(ticket))


@lru_cache(maxsize=512)
def _facts_of(ticket: Ticket) -> Json:
    """Made once for the several events that one change of a ticket emits."""
    due = None
    if ticket.due_at is not None:
        due = {"at": instant(ticket.due_at), "kind": ticket.due_kind}
    return {
        "id": ticket.id,
        "number": ticket.number,
        "status": ticket.status,
        "priority": ticket.priority.name.lower(),
        "service": ticket.service,
        "queue": ticket.queue,
        "assignee": ticket.assignee,
        "customer": ticket.customer,
        "channel": ticket.channel,
        "language": ticket.language,
        "live": ticket.live,
        "confidential": ticket.confidential,
        "readers": sorted(ticket.readers),
        "related": ticket.related,
        "unit": ticket.unit,
        "parent": ticket.parent,
        "confidence": ticket.confidence,
        "created_at": instant(ticket.created_at),
        "updated_at": instant(ticket.updated_at),
        "awaiting_since": maybe_instant(ticket.awaiting_since),
        "snoozed_until": maybe_instant(ticket.snoozed_until),
        "due": due,
        "promises": _promises_of(ticket),
        "pause": _pause_of(ticket),
        "cycle": ticket.clock.cycle,
        "erased_at": maybe_instant(ticket.erased_at),
        "version": ticket.version,
    }


def _promises_of(ticket: Ticket) -> Json:
    """Every promise that is still to be kept, with its due time; a solved ticket has none."""
    if not ticket.status.active:
        return {}
    clock = ticket.clock
    dues = {
        "first": None if ticket.first_answered_at else ticket.first_due_at,
        "next": clock.next_due_at,
        "resolution": ticket.resolution_due_at,
        "acceptance": clock.acceptance_due_at,
    }
    return {kind: instant(at) for kind, at in dues.items() if at is not None}


def _pause_of(ticket: Ticket) -> Json | None:
    """Why the solution's clock stands still, since when, and until when at most (None: this promise does not heed it)."""
    pause = ticket.clock.pause
    if pause is None or not ticket.status.active:
        return None
    return {
        "reason": pause.reason,
        "since": instant(pause.begins),
        "until": maybe_instant(ticket.clock.still_until),
    }


def ticket_words(ticket: Ticket) -> Json:
    """The personal half of a ticket's row."""
    return {
        "subject": ticket.subject,
        "customer_name": ticket.customer_name,
        "snippet": ticket.snippet,
        "matched": list(ticket.matched),
    }


def ticket_row(ticket: Ticket) -> Json:
    """A ticket as lists show it."""
    return {**ticket_facts(ticket), **ticket_words(ticket)}


def message_facts(message: Message) -> Json:
    """The half of a message that stays in the audit chain."""
    return {
        "type": "message",
        "id": message.id,
        "ticket": message.ticket,
        "direction": message.direction,
        "channel": message.channel,
        "author": message.author,
        "cut": len(message.text) > SHOWN_TEXT,
        "html": message.html is not None,
        "created_at": instant(message.created_at),
        "at_version": message.at_version,
        "proven": message.proven,
        "flags": list(message.flags),
        "cites": [asdict(one) for one in message.plan.cites] if message.plan else [],
        **delivery_facts(message),
    }


def delivery_facts(message: Message) -> Json:
    """What becomes of an outgoing message, and all of it that changes later."""
    plan = message.plan
    return {
        "delivery": message.delivery,
        "send_at": maybe_instant(message.send_at) if message.delivery is Delivery.SCHEDULED else None,
        "hold": message.hold,
        "instead_of": plan.instead_of if plan else None,
        "instead": plan.instead if plan else None,
        "version": message.version,
    }


def message_words(message: Message) -> Json:
    """The personal half of a message; long texts are cut (`cut` says so)."""
    return {
        "sender": message.sender,
        "text": message.text[:SHOWN_TEXT],
        "folds": folds(message, text=message.text[:SHOWN_TEXT]),
        "subject": message.subject,
        "address": None if message.address is None else str(message.address),
        "delivery_reason": message.delivery_reason,
        "attachments": [
            {
                "id": file.id,
                "name": file.name,
                "type": file.type,
                "size": file.size,
                "inline": file.content_id is not None,
                "check": file.check,
                "found": file.found,
            }
            for file in message.attachments
        ],
    }


def folds(message: Message, *, text: str) -> list[Json]:
    """Lines of `text` that its writer did not write: what was quoted or signed with. Notes have none."""
    if message.direction is Direction.NOTE:
        return []
    apart = (run for run in runs(text) if run.kind is not Kind.SAID)
    return [{"kind": run.kind, "first": run.first, "last": run.last} for run in apart]


def message_item(message: Message) -> Json:
    """A message as a timeline shows it."""
    return {**message_facts(message), **message_words(message)}


def agent_item(agent: Agent, *, load: Load) -> Json:
    """A member of staff as colleagues see them."""
    return {
        "id": agent.id,
        "name": agent.name,
        "email": agent.email,
        "role": agent.role,
        "duty": agent.duty,
        "duty_since": instant(agent.duty_since),
        "duty_reason": agent.duty_reason,
        "next_duty": agent.next_duty,
        "languages": list(agent.languages),
        "skills": agent.skills,
        "capacity": {"total": agent.capacity.total, "by_channel": agent.capacity.by_channel},
        "load": {"total": load.total, "by_channel": load.by_channel},
        "active": agent.active,
        "teams": sorted(agent.teams),
        "lent": sorted(agent.lent),
        "version": agent.version,
    }


def agent_facts(agent: Agent) -> Json:
    """A member of staff as events tell of them, without what is personal."""
    return {
        "role": agent.role,
        "languages": list(agent.languages),
        "skills": agent.skills,
        "capacity": {"total": agent.capacity.total, "by_channel": agent.capacity.by_channel},
        "duty": agent.duty,
        "duty_since": instant(agent.duty_since),
        "duty_reason": agent.duty_reason,
        "next_duty": agent.next_duty,
        "active": agent.active,
        "teams": sorted(agent.teams),
        "lent": sorted(agent.lent),
        "version": agent.version,
    }


def work_facts(work: Work) -> Json:
    """A piece of work as routing and boards see it; nothing in it is personal."""
    return {
        "id": work.id,
        "ticket": work.ticket,
        "queue": work.queue,
        "channel": work.channel,
        "live": work.live,
        "units": work.units,
        "skills": work.skills,
        "language": work.language,
        "priority": work.priority,
        "virtual_start": instant(work.virtual_start),
        "entered_at": instant(work.entered_at),
        "state": work.state,
        "agent": work.agent,
        "preferred": work.preferred,
        "excluded": sorted(work.excluded),
        "version": work.version,
        "due_at": maybe_instant(work.due_at),
        "head_start": work.head_start.total_seconds(),
        "came_live": work.came_live,
        "answered_at": maybe_instant(work.answered_at),
        "left_at": maybe_instant(work.left_at),
        "held_at": maybe_instant(work.held_at),
        "ended_at": maybe_instant(work.ended_at),
        "first": work.first,
        "wraps_until": maybe_instant(work.wraps_until),
        "cut_off": work.cut_off,
    }


def work_of(facts: Json) -> Work:
    """The piece of work that `work_facts` showed: who hears of it need not ask for it again."""
    return Work(
        **{
            **facts,
            "virtual_start": datetime.fromisoformat(facts["virtual_start"]),
            "entered_at": datetime.fromisoformat(facts["entered_at"]),
            "state": WorkState(facts["state"]),
            "excluded": frozenset(facts["excluded"]),
            **{
                name: _maybe_at(facts.get(name)) for name in ("due_at", "answered_at", "left_at", "held_at", "ended_at")
            },
            "head_start": timedelta(seconds=facts.get("head_start", 0)),
            "wraps_until": None if (wraps := facts.get("wraps_until")) is None else datetime.fromisoformat(wraps),
        }
    )


def _maybe_at(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)


def offer_facts(offer: Offer) -> Json:
    """An offer as the agent it is held out to sees it."""
    return {
        "id": offer.id,
        "work": offer.work,
        "ticket": offer.ticket,
        "agent": offer.agent,
        "made_at": instant(offer.made_at),
        "expires_at": instant(offer.expires_at),
        "why": offer.why,
        "state": offer.state,
        "head_start": offer.head_start.total_seconds(),
        "because": None if offer.because is None else _because(offer.because),
        "refusal": offer.refusal,
    }


def _because(said: Because) -> Json:
    """Lengths of time in whole seconds."""
    return {
        "free": int(said.free.total_seconds()),
        "known": said.known,
        "waited": int(said.waited.total_seconds()),
        "priority": Priority(said.priority).name.lower(),
        "aged": said.aged,
        "head_start": int(said.head_start.total_seconds()),
        "held": said.held,
        "pressing": said.pressing,
        "widened": said.widened,
        "others": None if said.others is None else said.others._asdict(),
    }


def profile_face(profile: Profile) -> Json:
    """How a queue looks for an agent; lengths of time in seconds."""
    return {
        "rings": [
            {"after": ring.after.total_seconds(), "skill": ring.skill, "least": ring.least} for ring in profile.rings
        ],
        "hold": profile.hold.total_seconds(),
        "handle": None if profile.handle is None else profile.handle.total_seconds(),
        "overflow": profile.overflow,
        "overflow_after": profile.overflow_after.total_seconds(),
        "wrap_up": profile.wrap_up.total_seconds(),
    }
