"""Nobody is told an old fee: what an answer said when it was inserted, against what is so now."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.answer import Cited
from crm_core.model.errors import Moved
from crm_core.model.ids import AnswerId
from crm_core.rules import citing

A = AnswerId("a")
TEXT = "A permit costs $48 a year and takes 5 days. More at https://larkhaven.example/s/permit"
FACTS = {"cost": "$48 a year", "days": "5 days", "link": "https://larkhaven.example/s/permit", "hours": "9 to 12"}


def test_only_the_facts_that_the_words_say_are_cited() -> None:
    assert citing.cited(FACTS, text=TEXT) == {name: FACTS[name] for name in ("cost", "days", "link")}


@pytest.mark.parametrize(
    ("now", "text", "found"),
    [
        (FACTS, TEXT, ()),
        ({**FACTS, "hours": "8 to 12"}, TEXT, ()),
        ({**FACTS, "cost": "$52 a year"}, TEXT, (Moved(A, "cost", "$48 a year", "$52 a year"),)),
        ({**FACTS, "cost": "$52 a year"}, TEXT.replace("$48", "$52"), ()),
        ({key: FACTS[key] for key in ("cost", "link")}, TEXT, (Moved(A, "days", "5 days", ""),)),
    ],
    ids=["the same", "another one", "changed", "mended by hand", "not known any more"],
)
def test_a_fact_that_is_another_one_now_holds_the_words_back(
    now: dict[str, str], text: str, found: tuple[Moved, ...]
) -> None:
    was = Cited(A, "en", citing.cited(FACTS, text=TEXT))
    assert citing.moved(was, facts=now, texts=(text, None)) == found


@pytest.mark.parametrize(
    ("text", "value", "so"),
    [
        ("It takes 5 days", "5", True),
        ("It takes 15 days", "5", False),
        ("It costs 5,000", "5", False),
        ("It costs 0.5", "5", False),
        ("It costs 5.", "5", True),
        ("费用为48元。", "48元", True),
        ("费用为48元。", "48", True),
        ("費用為148元。", "48", False),
        ("see larkhaven.example/s/permit", "https://larkhaven.example/s/permit", True),
        ("", "5", False),
        ("five", "", False),
    ],
)
def test_a_value_is_said_where_it_stands_by_itself(text: str, value: str, so: bool) -> None:
    assert citing.says(text, value) is so


@given(st.dictionaries(st.sampled_from("abc"), st.text(max_size=8)), st.text(max_size=40))
def test_what_did_not_change_never_holds_anything_back(facts: dict[str, str], text: str) -> None:
    assert citing.moved(Cited(A, "en", facts), facts=facts, texts=(text,)) == ()
