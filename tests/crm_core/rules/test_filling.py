"""A form filled in by a program: what is taken, what is refused with its question, and how an agent reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.errors import BadInput
from crm_core.model.service import Condition, Field, FieldKind
from crm_core.rules import filling, forms

KIND = Field(
    "kind",
    FieldKind.CHOICE,
    {"en": "New or renewal?", "zh": "新办还是续期？"},
    {},
    True,
    ({"en": "New", "zh": "新办"}, {"en": "Renewal", "zh": "续期"}),
)
OLD = Field("old", FieldKind.TEXT, {"en": "Old number?"}, {}, True, only_if=Condition("kind", values=("Renewal",)))
FORM = (
    KIND,
    OLD,
    Field("since", FieldKind.DATE, {"en": "Since when?"}, {}, False),
    Field("sure", FieldKind.YES, {"en": "Are you sure?", "zh": "确定吗？"}, {}, False),
    Field("bill", FieldKind.FILE, {"en": "A bill"}, {}, False),
)


def fill(answers: Mapping[str, str], *, files: tuple[str, ...] = (), language: str = "en") -> tuple[Any, ...]:
    return filling.fill(FORM, given=answers, files=files, country="US", language=language)


def test_answers_stand_under_their_questions_in_the_language_of_the_form() -> None:
    found = fill({"kind": "Renewal", "old": " RP-1\n7 ", "since": "2026-2-3", "sure": "yes"}, language="zh")
    assert filling.as_text(found, said="Thanks.") == (
        "新办还是续期？\n续期\n\nOld number?\nRP-1 7\n\nSince when?\n2026-02-03\n\n确定吗？\n是\n\nThanks."
    )
    assert [one.value for one in found] == ["Renewal", "RP-1 7", "2026-02-03", "yes"]


@pytest.mark.parametrize(
    ("answers", "files", "wrong"),
    [
        ({}, (), {"kind": "This has to be answered."}),
        ({"kind": "renewal"}, (), {"kind": "One of: New, Renewal."}),
        ({"kind": "Renewal"}, (), {"old": "This has to be answered."}),
        ({"kind": "New", "since": "soon"}, (), {"since": "Send a date such as 2026-11-20."}),
        ({"kind": "New", "bill": "here"}, (), {"bill": "Send a file for this, not a text."}),
        (
            {"kind": "New", "nothing": "x"},
            ("nowhere",),
            dict.fromkeys(("nothing", "nowhere"), "This form has no such question."),
        ),
        ({"kind": "Renewal", "old": "x" * 251}, (), {"old": "At most 250 characters."}),
    ],
)
def test_what_cannot_be_taken_is_said_for_each_question(
    answers: dict[str, str], files: tuple[str, ...], wrong: dict[str, str]
) -> None:
    with pytest.raises(BadInput) as refused:
        fill(answers, files=files)
    assert {problem.field: problem.why for problem in refused.value.problems} == wrong


def test_what_is_wrong_has_a_code_for_pages_that_say_it_in_another_language() -> None:
    with pytest.raises(BadInput) as refused:
        fill({"kind": "New", "since": "soon"})
    assert [(one.field, one.code) for one in refused.value.problems] == [("since", "no_date")]


def test_what_is_not_asked_is_neither_required_nor_kept() -> None:
    assert [one.key for one in fill({"kind": "New", "old": "RP-1"}, files=("bill",))] == ["kind"]


@given(st.dictionaries(st.sampled_from([field.key for field in FORM]), st.text()))
def test_whatever_is_sent_is_taken_by_the_rule_of_the_pages_or_refused_by_name(answers: dict[str, str]) -> None:
    try:
        found = fill(answers)
    except BadInput:
        return
    kept = {one.key: one.value for one in found}
    assert kept.keys() == {field.key for field in forms.asked(FORM, answers=kept)} & kept.keys()
    filling.as_text(found, said="").encode()
