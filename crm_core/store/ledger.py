"""The ledger: events stamped, numbered and chained, so that nothing is lost and a change shows.

Two hash chains run through the events: one for each ticket, and one over all of them.
Editing, deleting or reordering a row breaks both; cutting the tail shows against a head
kept elsewhere (`onestop verify --anchor`). Personal words stand outside of the chain:
it holds only their salted digest, so they can be erased and the chain still verifies.
"""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from crm_core.model.actor import Actor, ActorKind
from crm_core.model.event import Event, Stamped
from crm_core.model.ids import EventId, fresh
from crm_core.rules import access, audit
from crm_core.rules.audit import GENESIS, Head
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import event_words

START = Head(0, GENESIS)
"""Where the chain of all events begins."""

_SALT = 16
"""Bytes."""

_STATED = ("id", "type", "at", "actor_kind", "actor", "ticket", "at_version", "audience", "before", "facts", "cause")


def stamp(
    event: Event, *, actor: Actor, at: datetime, cause: str | None, salt: str
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The rows of an event: facts for `events`, words (if any) for `event_words`."""
    ticket, before, facts = event.about(), event.was(), event.facts()
    row: dict[str, Any] = {
        "position": None,
        "id": fresh(EventId, at=at),
        "type": event.dotted,
        "at": micros(at),
        "actor_kind": actor.kind.value,
        "actor": actor.id,
        "ticket": None if ticket is None else ticket.id,
        "at_version": None if ticket is None else ticket.version,
        "audience": _listed(_audience(event)),
        "before": None if before is None else _listed(access.audience(before)),
        "facts": audit.canonical(facts),
        "digest": "",
        "cause": cause,
        "ticket_hash": None,
        "chain_hash": None,
    }
    words = event.words()
    if not words:
        return row, None
    personal = audit.canonical(words)
    row["digest"] = audit.personal_digest(salt, personal=personal)
    return row, {"event": row["id"], "salt": salt, "personal": personal, "about": _whose(event, facts)}


@lru_cache(maxsize=4096)
def _listed(audience: frozenset[str]) -> str:
    """There are few: a queue's, with or without somebody who has the ticket."""
    return json.dumps(sorted(audience))


def salts(number: int) -> list[str]:
    """128 random bits in hex for each event, drawn at once: each question to the kernel lets another thread in first."""
    drawn = secrets.token_hex(_SALT * number)
    return [drawn[at : at + 2 * _SALT] for at in range(0, len(drawn), 2 * _SALT)]


def stated(row: Any) -> str:
    """All that an event states, as the chain holds it: a line each, and none of them can hold a line break."""
    return "\n".join("" if row[name] is None else str(row[name]) for name in _STATED)


def link(previous: str | None, *, row: Any) -> str:
    """The next link of a ticket's own chain (or of the house's, for events about no ticket)."""
    return audit.ticket_hash(previous or GENESIS, facts=stated(row), digest=row["digest"])


def chained(head: Head, *, link: str) -> Head:
    """The next link of the chain of all events."""
    position = head.position + 1
    return Head(position, audit.chain_hash(head.chain_hash, position=position, ticket_hash=link))


def told(rows: Iterable[dict[str, Any]], beside: Iterable[tuple[sa.Table, dict[str, Any]]]) -> list[Stamped]:
    """Numbered events as the stream reads them from the record; their words are among the rows written with them."""
    words = {row["event"]: row["personal"] for table, row in beside if table is event_words}
    return [
        Stamped(
            position=row["position"],
            id=row["id"],
            type=row["type"],
            at=instant_of(row["at"]),
            actor=Actor(ActorKind(row["actor_kind"]), row["actor"]),
            ticket=row["ticket"],
            at_version=row["at_version"],
            audience=keys_of(row["audience"]),
            before=keys_of(row["before"]) if row["before"] else frozenset(),
            facts_text=row["facts"],
            personal_text=words.get(row["id"], "{}"),
        )
        for row in rows
    ]


@lru_cache(maxsize=4096)
def keys_of(stored: str) -> frozenset[str]:
    """An audience as it was written."""
    return frozenset(json.loads(stored))


def _whose(event: Event, facts: dict[str, Any]) -> str | None:
    """Whom to forget to forget these words, where no ticket leads to them."""
    if event.about() is not None:
        return None
    whose: str | None = facts.get("customer") or facts.get("suggestion")
    return whose


def _audience(event: Event) -> frozenset[str]:
    """Who may see it: those who see the ticket, and whom the event names itself (an offer's agent)."""
    ticket = event.about()
    if ticket is None:
        return event.for_whom()
    named = event.for_whom()
    return access.audience(ticket) | (frozenset() if named == event.audience else named)
