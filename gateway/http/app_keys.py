"""Keys of programs of others, for admins: made for one inbox, shown once, taken back at any time."""

from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import app_keys as actions
from crm_core.model.account import AppKey
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import AppKeyId, InboxId
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries import app_keys, inboxes
from gateway.http import faces, who
from gateway.http.routes import API, Ask, Input, route

KEY_PREFIX = "onk_"
"""Marks these keys for secret scanners, and tells them from tokens, which may do more."""

OF_INBOX = f"{API}/inboxes/{{id}}/keys"


class KeyItem(faces.Face):
    """A key without its secret."""

    id: str
    name: str
    created_at: str
    revoked_at: str | None
    used_at: str | None
    """When it was last used, to the minute."""


class FreshKey(KeyItem):
    """A key with its secret, which is shown this once. A repeated request gets null in its place."""

    key: str | None


class KeyBody(Input):
    """Whose program it is: an app, a city department."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


@route("GET", OF_INBOX, answer=faces.Page[KeyItem])
async def made(ask: Ask, *, id: str) -> Json:
    """The keys of an inbox, the newest first; those that were taken back, too."""
    found = await ask.read(app_keys.made, InboxId(id))
    return {"items": [_item(key) for key in found], "next": None}


@route("POST", OF_INBOX, body=KeyBody, answer=FreshKey, status=201)
async def make(ask: Ask, *, id: str, body: KeyBody) -> Any:
    """Let a program of others file here. The key is in this answer and nowhere else; it opens nothing but filing."""
    inbox, _ = await ask.read(inboxes.one_with_secrets, InboxId(id))
    kind = ask.house.types.get(inbox.channel)
    if kind is None or kind.key_of is None:
        raise NotAllowedNow("Nobody brings keys to this inbox.")
    secret = KEY_PREFIX + who.secret()
    digest = who.digest(secret)
    shown = await ask.do(
        lambda key: {**_item(key), "digest": key.digest}, actions.make_key, inbox.id, name=body.name, digest=digest
    )
    await ask.house.keeper.refresh()  # whoever is given a key finds that it opens
    fresh = shown.pop("digest") == digest
    return {**shown, "key": secret if fresh else None}


@route("DELETE", f"{OF_INBOX}/{{key}}", status=204)
async def revoke(ask: Ask, *, id: str, key: str) -> None:
    """It opens nothing from now on; what was filed with it stays."""
    await ask.house.desk.do(ask.actor, actions.revoke_key, InboxId(id), key=AppKeyId(key))
    await ask.house.keeper.refresh()


def _item(key: AppKey) -> Json:
    return {
        "id": key.id,
        "name": key.name,
        "created_at": instant(key.created_at),
        "revoked_at": maybe_instant(key.revoked_at),
        "used_at": maybe_instant(key.used_at),
    }
