"""An inbox's settings as they come in: sorted into plain and secret ones, each problem with its field and a code."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from channels.contract import ChannelType, Secret
from channels.shared import form
from channels.shared.form import Kind, form_of
from crm_core.model.errors import BadInput, Problem


@dataclass(frozen=True, slots=True)
class Sorted:
    """`secret`: None where one is to be forgotten."""

    plain: Mapping[str, Any]
    secret: Mapping[str, str | None]


def sorted_out(kind: ChannelType, given: Mapping[str, Any], *, needed: bool = True) -> Sorted:
    """What is given of a channel's settings; `needed`: all that cannot be left out must be there. Raises BadInput."""
    hints = get_type_hints(kind.settings)
    problems = [*_unknown(given, hints), *_misfits(kind, given, hints), *(_missing(kind, given) if needed else ())]
    problems = problems or list(_wrong(kind, given))
    if problems:
        raise BadInput(*problems)
    secrets = {name for name, one in form_of(kind.settings).fields.items() if one.kind is Kind.SECRET}
    plain = {name: value for name, value in given.items() if name not in secrets}
    return Sorted(plain, {name: str(value) if value else None for name, value in given.items() if name in secrets})


def address_fits(kind: ChannelType, address: str) -> None:
    """Raises BadInput where no inbox of this channel can have it."""
    asked = form_of(kind.settings).address
    if asked is not None and asked.shape and not re.fullmatch(asked.shape, address):
        raise BadInput(Problem("address", asked.field.wrong.get("en", "This is no address."), "wrong"))


def _unknown(given: Mapping[str, Any], hints: Mapping[str, Any]) -> Iterator[Problem]:
    for name in given:
        if name not in hints:
            yield Problem(f"settings.{name}", "This channel has no such setting.", "unknown")


def _misfits(kind: ChannelType, given: Mapping[str, Any], hints: Mapping[str, Any]) -> Iterator[Problem]:
    for field in fields(kind.settings):
        if field.name in given and not _fits(given[field.name], hints[field.name]):
            yield Problem(f"settings.{field.name}", f"This takes {_said(hints[field.name])}.", "type")


def _missing(kind: ChannelType, given: Mapping[str, Any]) -> Iterator[Problem]:
    for name, field in form_of(kind.settings).fields.items():
        if field.needed and given.get(name) in (None, ""):
            yield Problem(f"settings.{name}", "This is needed.", "needed")


def _wrong(kind: ChannelType, given: Mapping[str, Any]) -> Iterator[Problem]:
    """What the channel itself says of them, in its own words."""
    known = form_of(kind.settings).fields
    for name, field in known.items():
        if field.needed and name in given and given[name] in (None, ""):
            yield Problem(f"settings.{name}", "This is needed.", "needed")
    for name in form.wrong(kind.settings, given):
        yield Problem(f"settings.{name}", known[name].wrong.get("en", "This cannot be right."), "wrong")


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if value is None:
        return _allows(hint, type(None)) or _allows(hint, Secret)
    if isinstance(value, bool):
        return _allows(hint, bool)
    return _allows(hint, int) if isinstance(value, int) else _allows(hint, str) or _allows(hint, Secret)


def _allows(hint: Any, kind: type) -> bool:
    return hint is kind or kind in get_args(hint)


def _said(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    named = ((bool, "true or false"), (int, "a whole number"), (str, "a text"), (Secret, "a text"))
    return next((words for kind, words in named if _allows(hint, kind)), "something else")
