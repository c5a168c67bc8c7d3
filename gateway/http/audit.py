"""Who did what, for admins: facts, never words."""

from typing import Annotated, Any

from pydantic import Field

from crm_core.model.event import Stamped
from crm_core.model.view import Json, instant
from crm_core.queries import audit
from crm_core.queries.audit import Sought
from crm_core.rules import cursors
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, route

Key = Annotated[str, Field(max_length=60)]


class AuditItem(faces.Face):
    """One line of the audit log."""

    position: int
    id: str
    event: str
    at: str
    actor: faces.Does
    ticket: str | None
    facts: dict[str, Any]


class AuditQuery(Asked):
    """Of a ticket, by an actor, of a type."""

    ticket: Key | None = None
    actor: Key | None = None
    type: Key | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=100)] | None = None


@route("GET", f"{API}/audit", query=AuditQuery, answer=faces.Page[AuditItem])
async def page(ask: Ask, *, query: AuditQuery) -> Json:
    """The newest first."""
    (before,) = cursors.opened(query.cursor, int) if query.cursor else (1 << 62,)
    sought = Sought(ticket=query.ticket, actor=query.actor, type=query.type)
    found = await ask.read(audit.page, sought, before=before, limit=query.limit + 1)
    shown = found[: query.limit]
    next = cursors.made(shown[-1].position) if len(found) > query.limit else None
    return {"items": [_item(event) for event in shown], "next": next}


def _item(event: Stamped) -> Json:
    return {
        "position": event.position,
        "id": event.id,
        "event": event.type,
        "at": instant(event.at),
        "actor": {"kind": event.actor.kind.value, "id": event.actor.id},
        "ticket": event.ticket,
        "facts": event.facts,
    }
