"""What the consistency report is made from, and the tickets behind each of its numbers.

Both walk the ids of the report's own time, newest first. Confidential tickets take no part: whoever reads a report
could not open them. Neither does what is held as spam, or was called so. A ticket belongs to the door that it came
by, not to the one where somebody last wrote.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import since
from crm_core.model.parity import Matter, Scope, Value
from crm_core.model.suspicion import SuspicionState
from crm_core.model.ticket import Ticket
from crm_core.rules import cursors
from crm_core.rules.parity import FIRST, RATED, RESOLVED
from crm_core.store.maps.codec import instant_of
from crm_core.store.tables import feedback, messages, suspicions, tickets
from crm_core.store.tx import Read

MOST = 50_000
"""Tickets that a report looks at: the newest. It says when there are more."""

_text = sa.Text
_FIRST_DOOR = (
    sa.select(messages.c.channel)
    .where(messages.c.ticket == tickets.c.id, messages.c.direction == sa.literal_column("'in'"))
    .order_by(messages.c.at_version, messages.c.id)
    .limit(sa.literal_column("1"))
    .scalar_subquery()
)
_WANTED = ~sa.exists().where(
    suspicions.c.id == tickets.c.id, suspicions.c.state != sa.literal_column(f"'{SuspicionState.RELEASED}'")
)
_RATED = (
    sa.select(feedback.c.score)
    .where(feedback.c.ticket == tickets.c.id, feedback.c.score.is_not(None))
    .order_by(feedback.c.cycle.desc())
    .limit(sa.literal_column("1"))
    .scalar_subquery()
)
"""What they said last of this ticket, whatever door they said it by: it is judged by the door that it came by."""

_ASKED = sa.exists().where(feedback.c.ticket == tickets.c.id)
_DOOR = sa.func.coalesce(_FIRST_DOOR, tickets.c.channel)


@dataclass(frozen=True, slots=True)
class Found:
    """The matters of a scope; `more` if it holds more than the report looks at."""

    matters: list[Matter]
    more: bool


@dataclass(frozen=True, slots=True)
class Behind:
    """A page of the tickets behind a number, and where the next one begins."""

    items: list[Ticket]
    next: str | None


async def matters(read: Read, scope: Scope) -> Found:
    """The tickets opened in the scope's time, as the report sees them, at the moment of asking."""
    await read.permit(to="reports")
    rows = await read.all(_MATTERS, **_values(scope), before=since(scope.ends), limit=MOST + 1)
    return Found([_matter(row, at=read.now) for row in rows[:MOST]], len(rows) > MOST)


async def behind(read: Read, scope: Scope, *, channel: str, limit: int, cursor: str | None) -> Behind:
    """The tickets of one channel in the scope, the newest first. Raises BadInput for a cursor of another list."""
    await read.permit(to="reports")
    (before,) = cursors.opened(cursor, str) if cursor else (since(scope.ends),)
    found = await read.values(Ticket, _BEHIND, **_values(scope), channel=channel, before=before, limit=limit + 1)
    shown = found[:limit]
    return Behind(shown, cursors.made(shown[-1].id) if len(found) > limit else None)


async def allowed(read: Read) -> None:
    """Whether somebody may read reports: asked each time, also where the answer is kept already. Raises Forbidden."""
    await read.permit(to="reports")


def _within(*columns: Any) -> Any:
    """Rows of the scope, newest first; a parameter that is empty lets everything pass."""
    return (
        sa.select(*columns)
        .where(
            tickets.c.id >= sa.bindparam("since", type_=_text),
            tickets.c.id < sa.bindparam("before", type_=_text),
            tickets.c.confidential == sa.literal_column("0"),
            _WANTED,
            _same(tickets.c.service, "service"),
            _same(sa.func.coalesce(tickets.c.language, ""), "language"),
        )
        .order_by(tickets.c.id.desc())
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def _same(column: Any, name: str) -> Any:
    wanted = sa.bindparam(name, type_=_text)
    return sa.or_(wanted == "", column == wanted)


_MATTERS = _within(
    tickets.c.service,
    tickets.c.language,
    _DOOR.label("door"),
    tickets.c.clock,
    tickets.c.created_at,
    tickets.c.first_answered_at,
    tickets.c.first_due_at,
    tickets.c.solved_at,
    _RATED.label("rated"),
    _ASKED.label("asked"),
)
_BEHIND = _within(tickets).where(sa.bindparam("channel", type_=_text) == _DOOR)


def _values(scope: Scope) -> dict[str, Any]:
    return {"since": since(scope.begins), "service": scope.service or "", "language": scope.language or ""}


def _matter(row: Any, *, at: datetime) -> Matter:
    opened = instant_of(row["created_at"])
    answered, due, solved = (_moment(row[name]) for name in ("first_answered_at", "first_due_at", "solved_at"))
    measures = {RESOLVED: _waited(opened, solved, at=at)}
    if answered is not None or solved is None:
        measures[FIRST] = _waited(opened, answered, at=at)
    if row["rated"] is not None:
        measures[RATED] = Value(float(row["rated"]))
    return Matter(
        row["service"],
        row["language"] or "",
        row["door"],
        bool(json.loads(row["clock"]).get("opened_live")),
        measures,
        None if due is None else (due - opened).total_seconds(),
        _kept(answered, due, over=solved is not None, at=at),
        opened,
        asked=bool(row["asked"]),
    )


def _waited(opened: datetime, ended: datetime | None, *, at: datetime) -> Value:
    return Value(max(0.0, ((ended or at) - opened).total_seconds()), over=ended is not None)


def _kept(answered: datetime | None, due: datetime | None, *, over: bool, at: datetime) -> bool | None:
    """Whether the first answer came in time; what was closed without one is nobody's promise."""
    if due is None or (answered is None and (over or at <= due)):
        return None
    return answered is not None and answered <= due


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else instant_of(stored)
