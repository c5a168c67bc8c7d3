"""Editions of a service: what differs between two, what is missing, and what may not stand as it is."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from crm_core.model.errors import BadInput, Problem
from crm_core.model.house import GENERAL
from crm_core.model.service import Field, FieldKind, Service
from crm_core.rules import forms

LANGUAGES = ("en", "zh")
"""In which every text for citizens is written; a missing one is shown, and does not stop publishing."""

MOST_FIELDS, MOST_SYNONYMS = 60, 200
_OURS = frozenset({"id", "version", "order"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a new edition changes: where, what it was, what it would be."""

    part: str
    before: Any
    after: Any


def differences(old: Service, *, new: Service) -> list[Difference]:
    """What changes from one edition to another, in the order of the service's parts; questions one by one."""
    found = []
    for name in (field.name for field in fields(Service) if field.name not in _OURS):
        before, after = getattr(old, name), getattr(new, name)
        if name == "fields":
            found += _questions(before, after)
        elif before != after:
            found.append(Difference(name, before, after))
    return found


def missing(service: Service) -> list[str]:
    """The texts that one language lacks while another has them, as paths: `fields.plate.help.zh`."""
    return [
        f"{path}.{language}"
        for path, texts in _texts(service)
        for language in LANGUAGES
        if any(texts.values()) and not texts.get(language, "").strip()
    ]


def check(service: Service, *, slug: str) -> Service:
    """The edition, fit to be published; its address stays what it was. Raises BadInput."""
    problems = list(_problems(service))
    if problems:
        raise BadInput(*problems)
    return replace(service, slug=slug, active=service.active or slug == GENERAL)


def _problems(service: Service) -> Iterator[Problem]:
    if not any(name.strip() for name in service.name.values()):
        yield Problem("name", "Give it a name in people's words.")
    if len(service.fields) > MOST_FIELDS:
        yield Problem("fields", f"At most {MOST_FIELDS} questions.")
    if sum(map(len, service.synonyms.values())) > MOST_SYNONYMS:
        yield Problem("synonyms", f"At most {MOST_SYNONYMS} words.")
    keys = [field.key for field in service.fields]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield Problem(f"fields.{key}", "Two questions have this key.")
    for field in service.fields:
        if not any(label.strip() for label in field.label.values()):
            yield Problem(f"fields.{field.key}.label", "Say what is asked.")
        if field.kind is FieldKind.CHOICE and len(field.choices) < 2:
            yield Problem(f"fields.{field.key}.choices", "Give at least two choices.")
    yield from forms.unmet(service.fields)


def _questions(before: tuple[Field, ...], after: tuple[Field, ...]) -> list[Difference]:
    old, new = {field.key: field for field in before}, {field.key: field for field in after}
    found = [
        Difference(f"fields.{key}", old.get(key), new.get(key)) for key in (old | new) if old.get(key) != new.get(key)
    ]
    stay = [key for key in old if key in new]
    if stay != [key for key in new if key in old]:
        found.append(Difference("fields.order", list(old), list(new)))
    return found


def _texts(service: Service) -> Iterator[tuple[str, dict[str, str]]]:
    yield "name", service.name
    yield "about", service.about
    for key, texts in service.facts.items():
        yield f"facts.{key}", texts
    for number, step in enumerate(service.steps, start=1):
        yield f"steps.{number}", step
    for number, page in enumerate(service.pages, start=1):
        yield f"pages.{number}", page
    for field in service.fields:
        yield f"fields.{field.key}.label", field.label
        yield f"fields.{field.key}.help", field.help
        for number, choice in enumerate(field.choices, start=1):
            yield f"fields.{field.key}.choices.{number}", choice
