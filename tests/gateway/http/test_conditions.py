"""Conditions of a form at the web: as they are written, so they are read; what is wrong is named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.http.site import Site
from tests.world import ADA

DRAFT = "catalogue/s-permit/draft"
CHOICES = [{"en": "New"}, {"en": "Renewal"}]
KIND = {"key": "kind", "kind": "choice", "label": {"en": "Kind?"}, "choices": CHOICES, "required": True}


def form(on: Any) -> dict[str, Any]:
    """A service whose second question is asked on a condition."""
    old = {"key": "old", "kind": "text", "label": {"en": "Old number?"}, "only_if": on}
    return {"name": {"en": "Permit"}, "queue": "q-parking", "policy": "usual", "fields": [KIND, old]}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (None, None),
        (
            {"field": "kind", "values": ["Renewal"]},
            {"field": "kind", "given": "one_of", "values": ["Renewal"]},
        ),
        (
            {"field": "kind", "given": "unanswered"},
            {"field": "kind", "given": "unanswered", "values": []},
        ),
    ],
)
async def test_a_condition_is_read_as_it_was_written(small: Site, written: Any, read: Any) -> None:
    ada = await small.person(ADA)
    said = await ada.put(DRAFT, form(written))
    assert said.status == 200, said.body
    kind, old = (await ada.get("catalogue/s-permit")).body["draft"]["content"]["fields"]
    assert (kind["only_if"], old["only_if"]) == (None, read)
    changed = [one["after"]["only_if"] for one in said.body["differences"] if one["part"] == "fields.old"]
    assert changed == [read]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"field": "gone", "given": "answered"}, "does not have: gone"),
        ({"field": "old", "given": "answered"}, "because of itself"),
        ({"field": "kind", "values": ["renewal"]}, "no option “renewal”"),
    ],
)
async def test_a_condition_that_nothing_could_meet_is_refused_at_its_question(
    small: Site, written: Any, why: str
) -> None:
    ada = await small.person(ADA)
    said = await ada.put(DRAFT, form(written))
    [problem] = said.body["errors"]
    assert (said.status, problem["field"]) == (422, "fields.old.only_if")
    assert why in problem["why"]
    assert (await ada.get("catalogue/s-permit")).body["draft"] is None


async def test_what_no_condition_can_say_is_refused(small: Site) -> None:
    ada = await small.person(ADA)
    for odd in ({"field": "kind", "given": "never"}, {"field": "kind", "and": []}, {"given": "answered"}, "kind"):
        assert (await ada.put(DRAFT, form(odd))).status == 422, odd
