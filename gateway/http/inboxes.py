"""Inboxes, for admins. Secrets go in and never come out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from channels.contract import ChannelType
from channels.shared import form
from crm_core.actions import inboxes as actions
from crm_core.model.errors import BadInput, NotFound, Problem
from crm_core.model.house import GENERAL
from crm_core.model.ids import InboxId, QueueId, fresh
from crm_core.model.inbox import Inbox, Source
from crm_core.model.phone import e164
from crm_core.model.view import Json, instant
from crm_core.queries import inboxes, sources
from gateway import house
from gateway.http import faces
from gateway.http.bootstrap import queue_item
from gateway.http.routes import API, Ask, Input, route
from gateway.http.settings import Sorted, address_fits, sorted_out

WHERE_REACHED = ("address", "number")
"""Settings by which people reach an inbox, where a channel has one of these."""

Name = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[str, Field(min_length=1, max_length=60)]
Values = Annotated[dict[Key, Annotated[str, Field(max_length=4000)] | bool | int | None], Field(max_length=60)]


class SourceItem(faces.Face):
    """How it stands with where contacts come from: when it last answered or called well, what is wrong, and since when."""

    heard_at: str | None
    trouble: str | None
    words: dict[str, str] | None
    """What is wrong, by language."""
    since: str | None


class ToldItem(faces.Face):
    """What somebody else must be told of this inbox, and where."""

    label: dict[str, str]
    hint: dict[str, str]
    value: str


class InboxItem(faces.Face):
    """An inbox with its settings; `secrets` names those that are set."""

    id: str
    channel: str
    name: str
    queue: str
    address: str | None
    active: bool
    created_at: str
    version: int
    bound: bool
    """What comes in waits in its queue, whatever service it is; else the queue follows the service."""
    settings: dict[str, Any]
    secrets: list[str]
    hook_url: str | None
    source: SourceItem | None = None
    """How it stands with where its contacts come from; null where nothing was ever heard."""
    told: list[ToldItem]
    """What its provider, or the DNS, must be told; only where one inbox is asked for."""


class InboxBody(Input):
    """A new door. Without a queue its contacts wait where their service does; with one they wait there."""

    channel: Key
    name: Name
    queue: Key | None = None
    address: Annotated[str, Field(min_length=1, max_length=320)] | None = None
    settings: Values = Field(default_factory=dict)
    bound: bool | None = None


@route("GET", f"{API}/inboxes", answer=faces.Page[InboxItem])
async def all_of_them(ask: Ask) -> Json:
    """Every door, open or closed."""
    found = await ask.read(inboxes.all_with_secrets)
    stands = await ask.read(sources.all_of_them)
    return {"items": [_item(ask, one, secrets, source=stands.get(one.id)) for one, secrets in found], "next": None}


@route("GET", f"{API}/inboxes/{{id}}", answer=InboxItem)
async def show(ask: Ask, *, id: str) -> Json:
    """One door: its settings, how it stands, and what others must be told of it."""
    inbox, secrets = await ask.read(inboxes.one_with_secrets, InboxId(id))
    source = (await ask.read(sources.all_of_them)).get(inbox.id)
    return {**_item(ask, inbox, secrets, source=source), "told": _told(ask, inbox.id)}


@route("POST", f"{API}/inboxes", body=InboxBody, answer=InboxItem, status=201)
async def add(ask: Ask, *, body: InboxBody) -> Any:
    """Open a door. No provider is called; `hook_url` is where theirs may call us."""
    await ask.read(inboxes.may_manage)
    kind = ask.house.types.get(body.channel)
    if kind is None:
        raise BadInput(Problem("channel", "There is no such channel.", "unknown"))
    given = sorted_out(kind, body.settings)
    id = fresh(InboxId, at=ask.house.clock())
    with _beside(given, said=body.address):
        made = await ask.do(
            lambda inbox: _item(ask, inbox, _kept([], given)),
            actions.add_inbox,
            channel=kind.name,
            name=body.name,
            queue=_queue(ask, body.queue),
            address=_address(kind, body.address, given, country=ask.house.settings.country),
            settings=dict(given.plain),
            id=id,
            bound=body.queue is not None if body.bound is None else body.bound,
        )
    if given.secret:
        await _seal(ask, InboxId(made["id"]), given)
    await ask.house.keeper.refresh()  # whoever is told of a door finds it open
    return made


class InboxChanges(Input):
    """What is to be different; of the settings only those that are given change."""

    name: Name | None = None
    queue: Key | None = None
    active: bool | None = None
    bound: bool | None = None
    address: Annotated[str, Field(min_length=1, max_length=320)] | None = None
    settings: Values | None = None
    """Null or an empty text takes a secret away."""


@route("PATCH", f"{API}/inboxes/{{id}}", body=InboxChanges, answer=InboxItem)
async def change(ask: Ask, *, id: str, body: InboxChanges) -> Any:
    """Change a door, or close it."""
    inbox, known = await ask.read(inboxes.one_with_secrets, InboxId(id))
    kind = ask.house.types.get(inbox.channel)
    if kind is None:
        raise NotFound
    given = sorted_out(kind, body.settings or {}, needed=False)
    with _beside(given, said=body.address):
        changed = await ask.house.desk.do(
            ask.actor,
            actions.change_inbox,
            inbox.id,
            name=body.name,
            queue=None if body.queue is None else _queue(ask, body.queue),
            address=_address(kind, body.address, given, country=ask.house.settings.country),
            settings={**inbox.settings, **given.plain} if given.plain else None,
            active=body.active,
            bound=body.bound,
        )
    if given.secret:
        await _seal(ask, inbox.id, given)
    await ask.house.keeper.refresh()
    return {**_item(ask, changed, _kept(known, given)), "told": _told(ask, inbox.id)}


@route("GET", f"{API}/queues", answer=faces.Page[dict[str, Any]])
async def queues(ask: Ask) -> Json:
    """Where work waits."""
    return {"items": [queue_item(queue) for queue in ask.house.keeper.setup.queues], "next": None}


async def _seal(ask: Ask, inbox: InboxId, given: Sorted) -> None:
    sealed = {
        name: None if value is None else ask.house.keys.seal(value, bound_to=f"{inbox}/{name}")
        for name, value in given.secret.items()
    }
    await ask.house.desk.do(ask.actor, actions.keep_secrets, inbox, sealed)


def _kept(known: list[str], given: Sorted) -> list[str]:
    """The names of the secrets that are set afterwards."""
    gone = {name for name, value in given.secret.items() if value is None}
    return sorted({*known, *given.secret} - gone)


def _address(kind: ChannelType, said: str | None, given: Sorted, *, country: str) -> str | None:
    """Where people reach it: as said, or by a setting that is an address. Raises BadInput."""
    address = said or next((str(given.plain[name]) for name in WHERE_REACHED if given.plain.get(name)), None)
    if said:
        address_fits(kind, said)
    if address is not None and kind.address_scheme == "tel":
        return e164(address, country=country) or address  # however it was typed: a number is reached by one inbox
    return address


@contextmanager
def _beside(given: Sorted, *, said: str | None) -> Iterator[None]:
    """What is wrong with an address stands beside the setting that it came by."""
    try:
        yield
    except BadInput as why:
        name = next((name for name in WHERE_REACHED if given.plain.get(name)), None)
        if said or name is None:
            raise
        named = {"address": f"settings.{name}"}
        raise BadInput(*(replace(one, field=named.get(one.field, one.field)) for one in why.problems)) from None


def _told(ask: Ask, inbox: InboxId) -> list[Json]:
    door = ask.house.keeper.doors.get(inbox)
    found = [] if door is None else form.told(door.type.settings, door.opening)
    return [{"label": dict(one.label), "hint": dict(one.hint), "value": one.value} for one in found]


def _queue(ask: Ask, key: str | None) -> QueueId:
    setup = ask.house.keeper.setup
    if key is None:
        found = next((service.queue for service in setup.services if service.slug == GENERAL), None)
    else:
        found = next((queue.id for queue in setup.queues if key in (queue.id, queue.slug)), None)
    if found is None:
        raise BadInput(Problem("queue", "There is no such queue."))
    return found


def _item(ask: Ask, inbox: Inbox, secrets: list[str], *, source: Source | None = None) -> Json:
    return {
        "id": inbox.id,
        "channel": inbox.channel,
        "name": inbox.name,
        "queue": inbox.queue,
        "address": inbox.address,
        "active": inbox.active,
        "created_at": instant(inbox.created_at),
        "version": inbox.version,
        "bound": inbox.bound,
        "settings": dict(inbox.settings),
        "secrets": secrets,
        "hook_url": hook_url(ask, inbox),
        "source": source and _source_item(source),
        "told": [],
    }


def _source_item(source: Source) -> Json:
    heard, since = (None if at is None else instant(at) for at in (source.heard_at, source.since))
    words = None if source.trouble is None else dict(source.trouble)
    return {"heard_at": heard, "trouble": words and words["en"], "words": words, "since": since}


def hook_url(ask: Ask, inbox: Inbox) -> str | None:
    """Where the channel's provider calls us, if it does."""
    kind = ask.house.types.get(inbox.channel)
    return (kind and house.hook_url(kind, inbox.id, public_url=ask.house.settings.public_url)) or None
