"""The same fact at every kind of door, or it shows where not."""

from __future__ import annotations

from dataclasses import replace

from crm_core.model.answer import Answer, AnswerState, Hand, Manner, Wording
from crm_core.model.ids import AnswerId, ServiceId
from crm_core.rules import sameness
from crm_core.rules.sameness import Line, Tells, Told
from tests.crm_core.rules.made import MONDAY
from tests.world import PARKING, service

WORDING = Wording(
    {"en": "What a permit costs"},
    {"en": "Dear {name},\n\na permit costs {cost} and comes in {days}."},
    {"en": "A permit costs {cost}."},
    {"days": {"en": "5 days"}},
)
PERMIT = replace(service("permit", PARKING, order=1), facts={"cost": {"en": "$48"}})


def found(wording: Wording = WORDING, *, public: bool = False) -> Line:
    answer = Answer(AnswerId("a"), "cost", ServiceId("s-permit"), wording, AnswerState.APPROVED, public, None, MONDAY, MONDAY)
    line = sameness.line(answer, service=PERMIT, public_url="https://city.example")
    assert line is not None
    return line


def by_hand(text: str, **facts: str) -> Wording:
    return replace(WORDING, hands=(Hand(Manner.PAPER, "en", text, "", facts),))


def test_what_is_made_from_the_text_tells_the_fact_at_every_door() -> None:
    line = found(public=True)
    assert (line.fact, line.value) == ("cost", "$48")
    assert set(line.doors) == set(Manner)
    assert line.same == len(Manner)


def test_a_letter_written_by_hand_with_the_old_fee_is_named() -> None:
    assert found(by_hand("A permit costs $45.", cost="$45")).doors[Manner.PAPER] == Told(Tells.OTHER, "$45")


def test_a_letter_that_takes_the_fee_from_its_place_follows_it() -> None:
    assert found(by_hand("A permit costs {cost}.", cost="$45")).doors[Manner.PAPER].tells is Tells.SAME


def test_a_door_that_says_nothing_of_it_is_named() -> None:
    assert found(by_hand("Please ask at the counter.", cost="$48")).doors[Manner.PAPER] == Told(Tells.NONE, "")
    brief = replace(WORDING, brief={"en": "Ask us."})
    assert {one for one, told in found(brief).doors.items() if told.tells is Tells.NONE} == {Manner.SHORT, Manner.TALK}


def test_an_answer_that_turns_on_no_fact_is_not_compared() -> None:
    plain = replace(WORDING, text={"en": "Hello {name}."}, brief={})
    answer = replace(found().answer, wording=plain)
    assert sameness.line(answer, service=PERMIT, public_url="") is None
