"""Inboxes, for admins. Secrets go in and never come out."""

from dataclasses import MISSING, fields
from typing import Annotated, Any, get_type_hints

from pydantic import Field

from channels.contract import ChannelType, Secret, Tested
from crm_core.actions import inboxes as actions
from crm_core.model.errors import BadInput, NotFound, Problem
from crm_core.model.house import GENERAL
from crm_core.model.ids import InboxId, QueueId, fresh
from crm_core.model.inbox import Inbox, Source
from crm_core.model.view import Json, instant
from crm_core.queries import inboxes, sources
from gateway import house
from gateway.http import faces
from gateway.http.bootstrap import queue_item
from gateway.http.routes import API, Ask, Input, route

WHERE_REACHED = ("address", "number")
"""Settings by which people reach an inbox, where a channel has one of these."""

Name = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[str, Field(min_length=1, max_length=60)]
Values = Annotated[dict[Key, Annotated[str, Field(max_length=4000)] | bool | int | None], Field(max_length=60)]


class SourceItem(faces.Face):
    """How it stands with where contacts are fetched: when it last answered well, what is wrong, and since when."""

    heard_at: str | None
    trouble: str | None
    since: str | None


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
    """Where its contacts are fetched, if they are."""


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


@route("POST", f"{API}/inboxes", body=InboxBody, answer=InboxItem, status=201)
async def add(ask: Ask, *, body: InboxBody) -> Any:
    """Open a door. No provider is called; `hook_url` is where theirs may call us."""
    await ask.read(inboxes.may_manage)
    kind = ask.house.types.get(body.channel)
    if kind is None:
        raise BadInput(Problem("channel", "There is no such channel."))
    plain, secret = _sorted(kind, body.settings, whole=True)
    id = fresh(InboxId, at=ask.house.clock())
    address = body.address or next((str(plain[name]) for name in WHERE_REACHED if plain.get(name)), None)
    made = await ask.do(
        lambda inbox: _item(ask, inbox, sorted(secret)),
        actions.add_inbox,
        channel=kind.name,
        name=body.name,
        queue=_queue(ask, body.queue),
        address=address,
        settings=plain,
        id=id,
        bound=body.queue is not None if body.bound is None else body.bound,
    )
    if secret:
        await _seal(ask, InboxId(made["id"]), secret)
    await ask.house.keeper.refresh()  # whoever is told of a door finds it open
    return made


class InboxChanges(Input):
    """What is to be different; of the settings only those that are given change."""

    name: Name | None = None
    queue: Key | None = None
    active: bool | None = None
    bound: bool | None = None
    settings: Values | None = None


@route("PATCH", f"{API}/inboxes/{{id}}", body=InboxChanges, answer=InboxItem)
async def change(ask: Ask, *, id: str, body: InboxChanges) -> Any:
    """Change a door, or close it."""
    inbox, known = await ask.read(inboxes.one_with_secrets, InboxId(id))
    kind = ask.house.types.get(inbox.channel)
    if kind is None:
        raise NotFound
    plain, secret = _sorted(kind, body.settings or {}, whole=False)
    changed = await ask.house.desk.do(
        ask.actor,
        actions.change_inbox,
        inbox.id,
        name=body.name,
        queue=None if body.queue is None else _queue(ask, body.queue),
        settings={**inbox.settings, **plain} if plain else None,
        active=body.active,
        bound=body.bound,
    )
    if secret:
        await _seal(ask, inbox.id, secret)
    await ask.house.keeper.refresh()
    return _item(ask, changed, sorted({*known, *secret}))


class FindingItem(faces.Face):
    """One thing that a test found, in the languages of the house."""

    well: bool
    words: dict[str, str]


class TestOutcome(faces.Face):
    """What a test of an inbox found, in order."""

    items: list[FindingItem]


UNTESTED = {
    "en": "There is nothing to ask a provider about here. Send something in, and see it arrive.",
    "zh": "这里没有服务商可以询问。请发一条进来，看看是否收到。",
}
SHUT = {"en": "This inbox is closed. Open it first.", "zh": "此收件箱已关闭，请先打开。"}


@route("POST", f"{API}/inboxes/{{id}}/tests", answer=TestOutcome)
async def test(ask: Ask, *, id: str) -> Json:
    """Ask the provider whether this inbox works, the whole way round."""
    inbox, _ = await ask.read(inboxes.one_with_secrets, InboxId(id))
    door = ask.house.keeper.doors.get(inbox.id)
    if door is None:
        return {"items": [{"well": False, "words": SHUT}]}
    if not isinstance(door.channel, Tested):
        return {"items": [{"well": True, "words": UNTESTED}]}
    return {"items": [{"well": one.well, "words": dict(one.words)} for one in await door.channel.test()]}


@route("GET", f"{API}/queues", answer=faces.Page[dict[str, Any]])
async def queues(ask: Ask) -> Json:
    """Where work waits."""
    return {"items": [queue_item(queue) for queue in ask.house.keeper.setup.queues], "next": None}


async def _seal(ask: Ask, inbox: InboxId, secret: dict[str, str]) -> None:
    sealed = {name: ask.house.keys.seal(value, bound_to=f"{inbox}/{name}") for name, value in secret.items()}
    await ask.house.desk.do(ask.actor, actions.keep_secrets, inbox, sealed)


def _sorted(kind: ChannelType, values: dict[str, Any], *, whole: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """The channel's plain settings and its secret ones. Raises BadInput with the field's name."""
    hints = get_type_hints(kind.settings)
    problems = [
        Problem(f"settings.{name}", "This channel has no such setting.") for name in values if name not in hints
    ]
    for field in fields(kind.settings):
        if field.name in values and not _fits(values[field.name], hints[field.name]):
            problems.append(Problem(f"settings.{field.name}", f"This takes {_said(hints[field.name])}."))
        needed = field.default is MISSING and field.default_factory is MISSING
        if whole and needed and values.get(field.name) in (None, ""):
            problems.append(Problem(f"settings.{field.name}", "This is needed."))
    if problems:
        raise BadInput(*problems)
    is_secret = {name for name, hint in hints.items() if _allows(hint, Secret)}
    plain = {name: value for name, value in values.items() if name not in is_secret}
    return plain, {name: str(value) for name, value in values.items() if name in is_secret and value is not None}


def _fits(value: Any, hint: Any) -> bool:
    if value is None:
        return _allows(hint, type(None))
    if isinstance(value, bool):
        return _allows(hint, bool)
    return _allows(hint, int) if isinstance(value, int) else _allows(hint, str) or _allows(hint, Secret)


def _allows(hint: Any, kind: type) -> bool:
    return hint is kind or kind in getattr(hint, "__args__", ())


def _said(hint: Any) -> str:
    named = ((bool, "true or false"), (int, "a whole number"), (str, "a text"), (Secret, "a text"))
    return next((words for kind, words in named if _allows(hint, kind)), "something else")


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
    }


def _source_item(source: Source) -> Json:
    heard, since = (None if at is None else instant(at) for at in (source.heard_at, source.since))
    return {"heard_at": heard, "trouble": source.trouble, "since": since}


def hook_url(ask: Ask, inbox: Inbox) -> str | None:
    """Where the channel's provider calls us, if it does."""
    kind = ask.house.types.get(inbox.channel)
    return (kind and house.hook_url(kind, inbox.id, public_url=ask.house.settings.public_url)) or None
