"""The words that were asked for are marked in what is shown, however they are written there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.rules import text
from crm_core.rules.marking import marks


def shown(said: str, typed: str, begun: str | None = None) -> list[str]:
    return [said[begin:end] for begin, end in marks(said, terms=text.query(typed), begun=begun)]


@pytest.mark.parametrize(
    ("said", "typed", "marked"),
    [
        ("Our lamp, the LAMP and lampshades", "lamp", ["lamp", "LAMP"]),
        ("我要退款，谢谢", "退款", ["退款"]),
        ("請辦理退稅手續", "办理退税", ["辦理退稅"]),
        ("Rua da Conceição, 4", "conceicao", ["Conceição"]),
        ("Rua da Conceic\u0327a\u0303o", "conceicao", ["Conceic\u0327a\u0303o"]),
        ("Die Straße ist nass", "strasse", ["Straße"]),
        ("ＦＵＬＬ width", "full", ["ＦＵＬＬ"]),
        ("🚲 bike at the gate", "gate bike", ["bike", "gate"]),
        ("+351912345678", "912345678", ["912345678"]),
        ("nothing of it", "zebra", []),
    ],
)
def test_marks_show_the_word_as_it_stands_there(said: str, typed: str, marked: list[str]) -> None:
    assert shown(said, typed) == marked


def test_a_word_that_was_only_begun_is_marked_as_far_as_it_was_typed() -> None:
    assert shown("My permission", "permiss", begun="permiss") == ["permiss"]
    assert shown("My permission", "permiss") == []


@given(st.text(max_size=80), st.text(max_size=20))
def test_marks_are_in_order_apart_and_inside_the_text(said: str, typed: str) -> None:
    found = marks(said, terms=text.query(typed))
    places = [place for mark in found for place in mark]
    assert places == sorted(set(places))
    assert all(0 <= place <= len(said) for place in places)


@given(st.text(alphabet="ab 退款é", min_size=1, max_size=30))
def test_what_a_text_says_is_found_in_it(said: str) -> None:
    assert bool(marks(said, terms=text.query(said))) == bool(text.query(said))
