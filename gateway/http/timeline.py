"""A ticket's timeline: messages and lines, in the order of the ticket's own versions."""

from typing import Annotated

from pydantic import Field

from channels.shared.html import clean
from crm_core.model.event import Stamped
from crm_core.model.message import Message
from crm_core.model.view import Json, instant, message_item
from crm_core.queries import ticket
from crm_core.rules import cursors
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, route

NEWEST = 1 << 53

TimelineItem = Annotated[faces.MessageItem | faces.EventItem, Field(discriminator="type")]


class TimelineQuery(Asked):
    """How much, and from where."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=60)] | None = None


@route("GET", f"{API}/tickets/{{id}}/timeline", query=TimelineQuery, answer=faces.PositionedPage[TimelineItem])
async def timeline(ask: Ask, *, id: str, query: TimelineQuery) -> Json:
    """The newest page first; within a page in order. Formatted bodies are cleaned."""
    (before,) = cursors.opened(query.cursor, int) if query.cursor else (NEWEST,)
    found = await ask.read(ticket.timeline, id, before=before, limit=query.limit)
    cursor = None if found.next is None else cursors.made(found.next)
    return {"items": [item(one) for one in found.items], "next": cursor, "position": found.position}


def item(one: Message | Stamped) -> Json:
    """A message with its cleaned body, or a line."""
    if isinstance(one, Message):
        return {**message_item(one), "html": cleaned(one)}
    facts = {name: value for name, value in one.facts.items() if name != "row"}
    return {
        "type": "event",
        "id": one.id,
        "event": one.type,
        "at": instant(one.at),
        "actor": {"kind": one.actor.kind.value, "id": one.actor.id},
        "facts": facts,
        "said": one.personal.get("said"),
        "ticket": one.ticket,
        "at_version": one.at_version or 0,
        "position": one.position,
    }


def cleaned(message: Message) -> str | None:
    """The formatted body, safe to show; its inline pictures are ours."""
    if message.html is None:
        return None
    inline = {file.content_id: f"{API}/files/{file.id}" for file in message.attachments if file.content_id}
    return clean(message.html, inline=inline).html
