"""The same fact at every kind of door, or it shows where not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm_core.model.answer import Answer, AnswerState, Hand, Manner, Wording
from crm_core.model.ids import AnswerId, ServiceId
from crm_core.rules import sameness
from crm_core.rules.sameness import Line, Tells, Told
from tests.crm_core.rules.made import MONDAY
from tests.world import PARKING, service

WORDING = Wording(
    {"en": "What a permit costs"},
    {"en": "Dear {name},\n\na permit costs {cost} and comes in {days}. See {link}."},
    {"en": "A permit costs {cost} and comes in {days}."},
    {"days": {"en": "5 days"}},
)
PERMIT = replace(service("permit", PARKING, order=1), facts={"cost": {"en": "$48 a year", "zh": "每年 48 美元"}})


def found(wording: Wording = WORDING, *, public: bool = False) -> list[Line]:
    answer = Answer(
        AnswerId("a"), "cost", ServiceId("s-permit"), wording, AnswerState.APPROVED, public, None, MONDAY, MONDAY
    )
    return list(sameness.lines(answer, wording=wording, service=PERMIT))


def letter(text: str, **facts: str) -> Told:
    """What a letter written by hand says of the fee."""
    hands = (Hand(Manner.PAPER, "en", text, "", facts),)
    return found(replace(WORDING, hands=hands))[0].doors[Manner.PAPER]


def test_what_is_made_from_the_text_tells_every_fact_at_every_door_and_links_and_fields_are_none() -> None:
    lines = found(public=True)
    assert [(line.fact, line.value) for line in lines] == [("cost", "$48 a year"), ("days", "5 days")]
    assert all(set(line.doors) == set(Manner) and line.same == len(Manner) for line in lines)
    assert sameness.share(lines) == 1
    assert Manner.PAGE not in found()[0].doors


@pytest.mark.parametrize(
    ("text", "facts", "told"),
    [
        ("A permit costs $45 a year.", {"cost": "$45 a year"}, Told(Tells.OTHER, "$45 a year")),
        ("A permit costs $ 45.", {"cost": "$48 a year"}, Told(Tells.OTHER, "$ 45")),
        ("It is $1,048.50 now.", {}, Told(Tells.OTHER, "$1,048.50")),
        ("A permit is $48, in 9 days.", {}, Told(Tells.SAME, "$48 a year")),
        ("A permit costs {cost}.", {"cost": "$45 a year"}, Told(Tells.SAME, "$48 a year")),
        ("It was $45 before and is $48 a year.", {"cost": "$45"}, Told(Tells.SAME, "$48 a year")),
        ("Please ask at the counter, room 48.", {"cost": "$48 a year"}, Told(Tells.NONE, "")),
    ],
)
def test_a_letter_by_hand_tells_the_fee_as_it_is_or_as_it_was_or_one_that_never_was_or_none(
    text: str, facts: dict[str, str], told: Told
) -> None:
    assert letter(text, **facts) == told


def test_days_are_told_from_months_and_from_each_other_also_in_chinese() -> None:
    wording = Wording({}, {"zh": "费用为{cost}，{days}内寄到。"}, {}, {"days": {"zh": "5 天"}})
    hand = Hand(Manner.MAIL, "zh", "费用为每年 44 美元，9 天内寄到，3 个月有效。", "", {})
    cost, days = found(replace(wording, hands=(hand,)))
    assert cost.doors[Manner.MAIL] == Told(Tells.OTHER, "44 美")
    assert days.doors[Manner.MAIL] == Told(Tells.OTHER, "9 天")


def test_a_figure_that_is_another_fact_of_the_answer_is_no_mistake() -> None:
    wording = replace(WORDING, facts={"days": {"en": "5 days"}, "late": {"en": "9 days"}})
    hand = Hand(Manner.PAPER, "en", "Tell us within 9 days. It costs $48 a year.", "", {})
    days = found(replace(wording, hands=(hand,)))[1]
    assert days.doors[Manner.PAPER] == Told(Tells.NONE, "")


def test_a_door_that_is_told_in_brief_and_says_nothing_of_it_is_named() -> None:
    cost = found(replace(WORDING, brief={"en": "Ask us."}))[0]
    assert {one for one, told in cost.doors.items() if told.tells is Tells.NONE} == {Manner.SHORT, Manner.TALK}
    assert (cost.same, cost.wrong) == (3, 0)


def test_the_share_counts_every_door_and_is_none_where_there_is_no_fact() -> None:
    assert sameness.share(found(replace(WORDING, brief={"en": "Ask us."}))) == 6 / 10
    assert found(replace(WORDING, text={"en": "Hello {name}."}, brief={})) == []
    assert sameness.share([]) is None
