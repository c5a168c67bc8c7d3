"""An inbox's settings as a form: the kinds come from the channel's dataclass, the words from `settings.toml` beside it.

So nothing outside a channel's folder knows what its settings are called. A class that
others inherit from has the words of its own fields beside it, once for all of them.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, get_args, get_origin, get_type_hints, runtime_checkable

from channels.contract import Opening, Secret

Texts = Mapping[str, str]


class Kind(StrEnum):
    """How a setting is asked for. PROSE has several lines, LIST one thing a line."""

    TEXT = "text"
    PROSE = "prose"
    LIST = "list"
    ADDRESS = "address"
    NUMBER = "number"
    CHOICE = "choice"
    SECRET = "secret"  # noqa: S105 - a kind of field
    SWITCH = "switch"


Prose = Annotated[str, Kind.PROSE]
Lines = Annotated[str, Kind.LIST]
Link = Annotated[str, Kind.ADDRESS]


@runtime_checkable
class Checked(Protocol):
    """Settings that can tell which of them cannot be right, before anybody is asked."""

    def wrong(self) -> Iterator[str]:
        """Names of fields; what each should look like is said by `settings.toml`."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a setting may have."""

    value: str
    label: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting. `example` stands in the empty field, `wrong` beside one that cannot be right."""

    name: str
    kind: Kind
    needed: bool
    default: str | int | bool | None
    label: Texts
    hint: Texts = field(default_factory=dict)
    wrong: Texts = field(default_factory=dict)
    example: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that belong together; `folded` are those that most inboxes never need."""

    title: Texts
    fields: tuple[Field, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody else must be told of this inbox, and where: to be copied."""

    label: Texts
    hint: Texts
    value: str


@dataclass(frozen=True, slots=True)
class Address:
    """The inbox's own address, asked for where it is no setting; `shape` is a pattern that it must match whole."""

    field: Field
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A channel's settings in the order in which an admin is asked. `about` says what an inbox of it needs."""

    about: Texts
    address: Address | None
    groups: tuple[Group, ...]
    told: tuple[Mapping[str, Any], ...]

    @property
    def fields(self) -> Mapping[str, Field]:
        """By name."""
        return {one.name: one for group in self.groups for one in group.fields}


def form_of(settings: type) -> Form:
    """The form for a channel's settings. One without words is drawn with the names of its fields."""
    return _form(settings)


@cache
def _form(settings: type) -> Form:
    page = _page(settings)
    known = {one.name: one for one in _fields(settings, words=page.get("fields", {}))}
    groups = [_group(one, known) for one in page.get("groups", ())]
    grouped = {one.name for group in groups for one in group.fields}
    rest = tuple(one for name, one in known.items() if name not in grouped)
    return Form(
        page.get("about", {}),
        _address(page.get("address")),
        (*groups, *([Group({}, rest)] if rest else [])),
        tuple(page.get("told", ())),
    )


def told(settings: type, opening: Opening) -> list[Told]:
    """What others must be told of this inbox. What it has no value for (an address, a hook) is left out."""
    address = opening.address or ""
    local, at, domain = address.rpartition("@")
    values = {
        "inbox": opening.inbox,
        "hook_url": opening.hook_url,
        "public_url": opening.public_url.rstrip("/"),
        "address": address,
        "local": local if at else "",
        "domain": domain if at else "",
    }
    given = {name: value for name, value in values.items() if value}
    found = []
    for one in form_of(settings).told:
        wanted = one.get("when")
        if wanted is not None and not getattr(opening.settings, wanted):
            continue
        try:
            found.append(Told(one["label"], one.get("hint", {}), one["value"].format_map(given)))
        except KeyError:
            continue
    return found


def wrong(settings: type, values: Mapping[str, Any]) -> list[str]:
    """Which of the given values cannot be right, whatever the others are."""
    known = {one.name: one for one in fields(settings)}
    whole = {
        name: values[name] if values.get(name) is not None else ""
        for name, one in known.items()
        if values.get(name) is not None or (one.default is MISSING and one.default_factory is MISSING)
    }
    made = settings(**whole)
    return [name for name in made.wrong() if values.get(name)] if isinstance(made, Checked) else []


def files_of(settings: type) -> list[Path]:
    """Where the words may stand: beside the class, and beside each that it inherits from; the farthest first."""
    modules = [sys.modules[one.__module__] for one in reversed(settings.__mro__) if one is not object]
    return [Path(str(module.__file__)).with_name("settings.toml") for module in modules]


def _page(settings: type) -> dict[str, Any]:
    page: dict[str, Any] = {"fields": {}}
    for path in files_of(settings):
        if path.exists():
            more = tomllib.loads(path.read_text("utf-8"))
            page |= more | {"fields": page["fields"] | more.get("fields", {})}
    return page


def _fields(settings: type, *, words: Mapping[str, Any]) -> Iterator[Field]:
    hints = get_type_hints(settings, include_extras=True)
    for one in fields(settings):
        said = words.get(one.name, {})
        default = one.default if one.default is not MISSING else None
        choices = tuple(
            Choice(value, said.get("choices", {}).get(value, {"en": value})) for value in _choices(hints[one.name])
        )
        kind = kind_of(hints[one.name])
        yield Field(
            name=one.name,
            kind=kind,
            needed=said.get("needed", one.default is MISSING and one.default_factory is MISSING),
            default=None if kind is Kind.SECRET else default,
            label=said.get("label", {"en": one.name}),
            hint=said.get("hint", {}),
            wrong=said.get("wrong", {}),
            example=said.get("example", ""),
            choices=choices,
        )


def kind_of(hint: Any) -> Kind:
    """From a field's type; what a type does not say (several lines, an address) is annotated."""
    if get_origin(hint) is Annotated:
        return next(one for one in get_args(hint)[1:] if isinstance(one, Kind))
    if get_origin(hint) is Literal:
        return Kind.CHOICE
    named: Sequence[tuple[type, Kind]] = ((Secret, Kind.SECRET), (bool, Kind.SWITCH), (int, Kind.NUMBER))
    return next((kind for type_, kind in named if hint is type_ or type_ in get_args(hint)), Kind.TEXT)


def _address(said: Mapping[str, Any] | None) -> Address | None:
    if said is None:
        return None
    texts = {name: said.get(name, {}) for name in ("label", "hint", "wrong")}
    field = Field(name="address", kind=Kind.TEXT, needed=True, default=None, example=said.get("example", ""), **texts)
    return Address(field, said.get("shape", ""))


def _choices(hint: Any) -> tuple[str, ...]:
    return tuple(map(str, get_args(hint))) if get_origin(hint) is Literal else ()


def _group(said: Mapping[str, Any], known: Mapping[str, Field]) -> Group:
    return Group(said.get("title", {}), tuple(known[name] for name in said["fields"]), folded=said.get("folded", False))
