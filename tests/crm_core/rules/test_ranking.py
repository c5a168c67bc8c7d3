"""Of a few hits the likeliest comes first."""

from __future__ import annotations

from crm_core.rules import text
from crm_core.rules.ranking import worth
from crm_core.rules.search import CUSTOMER, MESSAGE, TICKET


def of(kind: str, *, subject: str = "", said: str = "", typed: str = "bridge mill", active: bool = False) -> int:
    return worth(kind, subject=subject, said=said, typed=typed, terms=text.query(typed), active=active)


def test_a_person_by_that_name_comes_before_tickets_and_tickets_before_messages() -> None:
    person = of(CUSTOMER, subject="Bridge Mill")
    ticket = of(TICKET, subject="The bridge mill")
    message = of(MESSAGE, subject="The bridge mill", said="The bridge mill")
    assert person > ticket > message


def test_the_phrase_as_it_was_typed_comes_before_its_words_apart() -> None:
    assert of(MESSAGE, said="At the bridge mill.") > of(MESSAGE, said="The mill has no bridge.")
    assert of(TICKET, subject="Bridge mill") > of(TICKET, subject="A mill and its bridge")


def test_words_at_the_beginning_come_before_words_far_below() -> None:
    assert of(MESSAGE, said="Mill, bridge.") > of(MESSAGE, said=f"{'x ' * 300}Mill, bridge.")


def test_a_matter_that_goes_on_comes_before_one_that_is_over() -> None:
    assert of(TICKET, subject="Bridge mill", active=True) > of(TICKET, subject="Bridge mill")


def test_the_phrase_is_folded_like_everything_that_is_searched() -> None:
    typed = "café  LANGGASSE"
    assert of(TICKET, subject="Cafe Langgaße", typed=typed) == of(TICKET, subject="café langgasse", typed=typed)
