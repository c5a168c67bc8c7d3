"""Pages of a form, and what is wrong with an answer."""

from __future__ import annotations

import pytest

from crm_core.model.service import Field, FieldKind
from crm_core.rules.filling import as_date, tidy
from gateway.http.portal.questions import Checker, Page, pages_of, shown_value
from gateway.http.portal.words import words_in
from tests.world import SERVICES

ENGLISH = words_in("en")
CHECK = Checker(ENGLISH, "en", "US")


def field(kind: FieldKind, *, key: str = "x", required: bool = True) -> Field:
    return Field(key, kind, {"en": "What?"}, {}, required, ({"en": "One", "zh": "一"}, {"en": "Two", "zh": "二"}))


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026-2-3", "2026-02-03"),
        ("２０２６-２-３", "2026-02-03"),
        ("1987--", "1987"),
        ("1987-5-", "1987-05"),
        ("2024-02-29", "2024-02-29"),
        ("2026-02-29", None),
        ("2026-13-1", None),
        ("26-1-1", None),
        ("-1-1", None),
        ("2026--5", None),
        ("x-y-z", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_far_as_it_is_known(raw: str, meant: str | None) -> None:
    assert as_date(raw) == meant


@pytest.mark.parametrize(
    ("kind", "raw", "right"),
    [
        (FieldKind.NUMBER, "12", True),
        (FieldKind.NUMBER, "１２", True),
        (FieldKind.NUMBER, "-1", False),
        (FieldKind.NUMBER, "many", False),
        (FieldKind.EMAIL, "wei@example.org", True),
        (FieldKind.EMAIL, "wei@example", False),
        (FieldKind.PHONE, "(212) 555-0142", True),
        (FieldKind.PHONE, "call me", False),
        (FieldKind.CHOICE, "1", True),
        (FieldKind.CHOICE, "2", False),
        (FieldKind.CHOICE, "One", False),
        (FieldKind.YES, "yes", True),
        (FieldKind.YES, "maybe", False),
        (FieldKind.TEXT, "x" * 250, True),
        (FieldKind.TEXT, "x" * 251, False),
        (FieldKind.LONG, "x" * 5000, True),
    ],
)
def test_an_answer_is_checked_by_its_kind(kind: FieldKind, raw: str, right: bool) -> None:
    page = Page((field(kind),))
    assert (CHECK.problems(page, answers={"x": raw}) == {}) is right


@pytest.mark.parametrize("kind", list(FieldKind))
def test_a_required_answer_is_asked_for_and_an_optional_one_is_not(kind: FieldKind) -> None:
    assert "x" in CHECK.problems(Page((field(kind),)), answers={})
    assert CHECK.problems(Page((field(kind, required=False),)), answers={}) == {}


def test_one_thing_per_page_and_how_to_reach_you_last() -> None:
    pages = pages_of(SERVICES[0])
    assert [page.fields[0].key for page in pages] == ["own_words", "your_email"]
    assert pages[-1].contact


def test_a_choice_is_read_in_the_citizens_language_and_kept_in_ours() -> None:
    chosen = shown_value(field(FieldKind.CHOICE), "1", words=words_in("zh"), language="zh")
    assert chosen == ("二", "Two")


def test_signs_that_nobody_sees_are_taken_out() -> None:
    assert tidy("a\x00b\u202ec\r\nd\ud800") == "abc\nd"
