"""Everything a screen needs to begin, with the position read before it."""

from dataclasses import asdict
from typing import Any

from crm_core.model.broadcast import broadcast_item
from crm_core.model.event_calls import call_item
from crm_core.model.inbox import Inbox
from crm_core.model.queue import Queue
from crm_core.model.service import Service
from crm_core.model.view import Json, profile_face
from crm_core.queries import broadcasts, calls, counts, events
from gateway.http import faces
from gateway.http.agents import all_shown
from gateway.http.broadcasts import BroadcastItem
from gateway.http.faces_calls import CallItem
from gateway.http.routes import API, Ask, route


class Bootstrap(faces.Face):
    """The house as a screen knows it; tickets are asked for apart."""

    position: int
    me: faces.AgentItem
    agents: list[faces.AgentItem]
    queues: list[dict[str, Any]]
    services: list[dict[str, Any]]
    teams: list[dict[str, Any]]
    channels: list[dict[str, Any]]
    inboxes: list[dict[str, Any]]
    counts: dict[str, Any]
    calls: list[CallItem]
    """Calls going on in which I take part."""
    broadcasts: list[BroadcastItem]
    """What a supervisor said to me and I have not read yet."""


@route("GET", f"{API}/bootstrap", answer=Bootstrap)
async def bootstrap(ask: Ask) -> Json:
    """Position first, then the rest: what happens between comes by the socket."""
    position = await ask.read(events.top)
    agents = await all_shown(ask)
    me = next(agent for agent in agents if agent["id"] == ask.known.agent)
    counted = await ask.read(counts.counts)
    setup = ask.house.keeper.setup
    return {
        "position": position,
        "me": me,
        "agents": agents,
        "queues": [queue_item(queue) for queue in setup.queues],
        "services": [service_item(service) for service in setup.services],
        "teams": [{"id": team.id, "name": team.name} for team in setup.teams],
        "channels": channels(ask),
        "inboxes": [inbox_item(inbox) for inbox in setup.inboxes],
        "counts": {"inbox": counted.mine, "waiting": counted.waiting, "queues": counted.queues},
        "calls": [call_item(call) for call in await ask.read(calls.mine)],
        "broadcasts": [broadcast_item(one) for one in await ask.read(broadcasts.for_me)],
    }


def queue_item(queue: Queue) -> Json:
    """A queue as screens draw it."""
    return {
        "id": queue.id,
        "slug": queue.slug,
        "name": queue.name,
        "titles": queue.titles,
        "team": queue.team,
        "icon": queue.icon,
        "order": queue.order,
        "active": queue.active,
        "version": queue.version,
        "profile": profile_face(queue.profile),
    }


def service_item(service: Service) -> Json:
    """A service as screens name it."""
    return {
        "id": service.id,
        "slug": service.slug,
        "name": service.name,
        "queue": service.queue,
        "policy": service.policy,
        "order": service.order,
        "active": service.active,
    }


def inbox_item(inbox: Inbox) -> Json:
    """An inbox without its settings."""
    return {
        "id": inbox.id,
        "channel": inbox.channel,
        "name": inbox.name,
        "queue": inbox.queue,
        "address": inbox.address,
        "active": inbox.active,
        "version": inbox.version,
    }


def channels(ask: Ask) -> list[Json]:
    """Each channel as it declares itself."""
    return [
        {
            "name": kind.name,
            "title": dict(kind.title),
            "scheme": kind.address_scheme,
            "capabilities": _plain(asdict(kind.capabilities)),
            "reasons": {code: dict(words) for code, words in kind.reasons.items()},
        }
        for kind in ask.house.types.values()
    ]


def _plain(capabilities: Json) -> Json:
    spans = {name: capabilities.pop(name) for name in ("window", "undo")}
    seconds = {name: None if span is None else span.total_seconds() for name, span in spans.items()}
    return {**capabilities, **seconds}
