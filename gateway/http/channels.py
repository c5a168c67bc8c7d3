"""The channels there are, as an admin is asked to set up an inbox of each: forms of their own folders' words."""

from typing import Any

from channels.contract import ChannelType
from channels.shared.form import Field, Form, Kind, form_of
from crm_core.model.view import Json
from crm_core.queries import inboxes
from gateway import house
from gateway.http import faces
from gateway.http.routes import API, Ask, route

Words = dict[str, str]


class ChoiceItem(faces.Face):
    """One of the values that a setting may have."""

    value: str
    label: Words


class FieldItem(faces.Face):
    """One setting as a form asks for it; texts by language. `wrong`: beside one that cannot be right."""

    name: str
    kind: Kind
    needed: bool
    default: str | int | bool | None
    label: Words
    hint: Words
    wrong: Words
    example: str
    choices: list[ChoiceItem]


class GroupItem(faces.Face):
    """Settings that belong together; folded where most inboxes never need them."""

    title: Words
    folded: bool
    fields: list[FieldItem]


class ChannelItem(faces.Face):
    """A channel of which inboxes can be made."""

    name: str
    title: Words
    icon: str
    order: int
    about: Words
    """What an inbox of it needs, in a sentence."""
    address: FieldItem | None
    """The inbox's own address, where people reach it by one that is no setting of the channel."""
    groups: list[GroupItem]
    called: bool
    """Each inbox has an address that its provider calls."""
    fetched: bool
    """What comes in is fetched, or may be."""
    keys: bool
    """Programs of others file here, each with a key."""


@route("GET", f"{API}/channels", answer=faces.Page[ChannelItem])
async def all_of_them(ask: Ask) -> Json:
    """Every channel with the form of its settings, as an admin fills them in."""
    await ask.read(inboxes.may_manage)
    kinds = sorted(ask.house.types.values(), key=lambda kind: (kind.capabilities.order, kind.name))
    return {
        "items": [_item(kind, form_of(kind.settings), country=ask.house.settings.country) for kind in kinds],
        "next": None,
    }


def _item(kind: ChannelType, form: Form, *, country: str) -> Json:
    return {
        "name": kind.name,
        "title": dict(kind.title),
        "icon": kind.capabilities.icon,
        "order": kind.capabilities.order,
        "about": dict(form.about),
        "address": None if form.address is None else _field(form.address.field),
        "groups": [
            {
                "title": dict(one.title),
                "folded": one.folded,
                "fields": [
                    _field(field) | ({"default": country} if field.name == "country" else {}) for field in one.fields
                ],
            }
            for one in form.groups
        ],
        "called": house.is_called(kind),
        "fetched": kind.listener is not None,
        "keys": kind.key_of is not None,
    }


def _field(one: Field) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "needed": one.needed,
        "default": one.default,
        "label": dict(one.label),
        "hint": dict(one.hint),
        "wrong": dict(one.wrong),
        "example": one.example,
        "choices": [{"value": choice.value, "label": dict(choice.label)} for choice in one.choices],
    }
