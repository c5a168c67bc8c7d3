"""What an answer says: made for each kind of door, by hand where somebody wrote it, and never with a gap."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.answer import Answer, AnswerState, Manner, Wording
from crm_core.model.errors import BadInput
from crm_core.model.ids import AnswerId
from crm_core.model.inbox import Capabilities
from crm_core.rules import answers
from tests.world import PARKING as QUEUE
from tests.world import START, service

PERMIT = replace(
    service("permit", QUEUE, order=1),
    facts={"cost": {"en": "$86 a year", "zh": "每年 86 美元"}, "result": {"en": "5 days", "zh": "5 天"}},
)
WORDING = Wording(
    title={"en": "What a permit costs", "zh": "停车证收费"},
    text={
        "en": "Dear {name}, a permit costs {cost}.\n\nIt takes {result}. Apply at {link} before {day}.",
        "zh": "{name}，您好：停车证费用为{cost}，{result}内办好。",
    },
    brief={"en": "A permit costs {cost}: {link}", "zh": "停车证{cost}。"},
    facts={"office": {"en": "Market Street 1"}},
)
URL = "https://larkhaven.example"
WORDS = st.text(alphabet="abc 019 您证$€{}⟦⟧", max_size=40)


def facts(language: str = "en", **changed: str) -> dict[str, str]:
    return answers.facts(WORDING, service=PERMIT, language=language, public_url=URL) | changed


def said(manner: Manner, *, wording: Wording = WORDING, language: str = "en", **changed: str) -> answers.Rendering:
    return answers.render(wording, manner=manner, language=language, facts=facts(language, **changed))


def by_hand(manner: Manner, text: str, *, language: str = "en") -> Wording:
    return answers.write(WORDING, manner=manner, language=language, text=text, facts=facts(language))


def test_the_facts_of_the_service_and_its_own_stand_together_with_the_link() -> None:
    assert facts("zh") == {
        "cost": "每年 86 美元", "result": "5 天", "office": "Market Street 1", "link": f"{URL}/s/permit"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("can", "manner"),
    [
        (Capabilities(html=True, files=True, subject=True, threads=True), Manner.MAIL),
        (Capabilities(length=1600), Manner.SHORT),
        (Capabilities(length=4096), Manner.TALK),
        (Capabilities(live=True, starts=False), Manner.TALK),
        (Capabilities(live=True, text=False), Manner.SPEECH),
        (Capabilities(subject=True), Manner.PAPER),
    ],
)
def test_how_one_writes_at_a_door_follows_from_what_it_can_carry(can: Capabilities, manner: Manner) -> None:
    assert answers.manner(can) is manner


@pytest.mark.parametrize(
    ("manner", "text"),
    [
        (
            Manner.MAIL,
            f"Dear {{name}}, a permit costs $86 a year.\n\nIt takes 5 days. Apply at {URL}/s/permit before {{day}}.",
        ),
        (Manner.SHORT, f"A permit costs $86 a year: {URL}/s/permit"),
        (Manner.TALK, f"A permit costs $86 a year: {URL}/s/permit"),
        (
            Manner.SPEECH,
            "Dear {name}, a permit costs $86 a year. It takes 5 days. Apply at larkhaven.example/s/permit before {day}.",
        ),
    ],
)
def test_each_kind_of_door_is_spoken_to_in_its_own_manner(manner: Manner, text: str) -> None:
    assert said(manner).text == text


def test_a_short_one_is_counted_and_keeps_to_cheap_signs() -> None:
    curly = replace(WORDING, brief={"en": "It’s {cost} – here: {link}"})
    short = said(Manner.SHORT, wording=curly)
    assert (short.text, short.segments) == (f"It's $86 a year - here: {URL}/s/permit", 1)
    assert said(Manner.MAIL).segments is None


def test_a_language_it_is_not_written_in_is_said_in_english() -> None:
    assert said(Manner.MAIL, language="fr").text == said(Manner.MAIL).text


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("Permit: {cost}. See {link}.", ()),
        ("Permit: $86 a year.", ("cost",)),
        ("Call us about the permit.", ("cost",)),
        ("Permit: $86 a year, that is {cost}.", ("cost",)),
    ],
)
def test_by_hand_it_is_flagged_where_a_changed_fact_does_not_follow_by_itself(
    text: str, behind: tuple[str, ...]
) -> None:
    wording = by_hand(Manner.SHORT, text)
    assert said(Manner.SHORT, wording=wording).by_hand
    assert said(Manner.SHORT, wording=wording).behind == ()
    later = said(Manner.SHORT, wording=wording, cost="$90 a year")
    assert later.behind == behind
    assert "$86" not in later.text


def test_a_fact_that_the_text_does_not_name_flags_nothing() -> None:
    assert said(Manner.SHORT, wording=by_hand(Manner.SHORT, "{cost}"), office="Elsewhere").behind == ()


def test_by_hand_it_is_flagged_when_the_text_it_was_written_from_changed() -> None:
    wording = replace(by_hand(Manner.MAIL, "By hand: {cost}"), text={"en": "All is new: {cost}."})
    late = said(Manner.MAIL, wording=wording)
    assert (late.behind, late.text) == (("text",), "All is new: $86 a year.")


def test_an_empty_text_gives_it_back_to_the_rule() -> None:
    back = answers.write(by_hand(Manner.MAIL, "By hand"), manner=Manner.MAIL, language="en", text=" ", facts=facts())
    assert back == WORDING


@given(
    st.dictionaries(
        st.sampled_from(["cost", "result"]), st.text(alphabet="abc123", min_size=8, max_size=12), min_size=1
    ),
    st.sampled_from(list(Manner)),
    st.sampled_from(["en", "zh"]),
    st.sampled_from(["", "Only {cost} and {result}.", "It is $86 a year in 5 days.", "每年 86 美元，5 天"]),
)
def test_after_a_fact_changed_every_rendering_says_the_new_one_or_is_flagged_and_none_the_old(
    changed: dict[str, str], manner: Manner, language: str, hand: str
) -> None:
    wording = by_hand(manner, hand, language=language) if hand else WORDING
    old, now = facts(language), facts(language, **changed)
    later = answers.render(wording, manner=manner, language=language, facts=now)
    made = answers.made_for(wording, manner=manner, language=language)
    for name in changed:
        assert old[name] not in later.text
        if f"{{{name}}}" in (made if later.behind or not later.by_hand else hand):
            assert now[name] in later.text
    if hand and any(f"{{{name}}}" in made and f"{{{name}}}" not in hand for name in changed):
        assert later.behind


@given(WORDS, st.dictionaries(st.sampled_from(["name", "number", "agent"]), WORDS))
def test_what_nobody_could_fill_is_a_gap_and_a_gap_is_never_sent(text: str, fields: dict[str, str]) -> None:
    filled = answers.fill(text + "{name} {day}", fields=fields)
    assert "day" in filled.gaps
    assert ("name" in filled.gaps) == (not fields.get("name") or "⟦name⟧" in text)
    with pytest.raises(BadInput, match="day"):
        answers.must_be_filled("Hello", filled.text)


def test_what_a_person_is_called_brings_neither_gaps_nor_fields() -> None:
    assert answers.fill("Dear {name}", fields={"name": "⟦x⟧ {agent}", "agent": "Anna"}).text == "Dear (x) {agent}"
    answers.must_be_filled("Dear (x) {agent}", None)


def answer(**changes: object) -> Answer:
    plain = Answer(
        AnswerId("a"), "permit-cost", PERMIT.id, WORDING, AnswerState.APPROVED, public=False, owner=None,
        created_at=START, updated_at=START,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "wording", "field"),
    [
        ({}, replace(WORDING, title={}), "title"),
        ({}, replace(WORDING, text={"en": " "}), "text"),
        ({}, replace(WORDING, facts={"cost": {"en": "$1"}}), "facts.cost"),
        ({}, replace(WORDING, facts={"link": {"en": "https://evil.example"}}), "facts.link"),
        ({"public": True}, WORDING, "text.en"),
    ],
)
def test_what_is_not_fit_to_be_told_is_named(changes: dict[str, object], wording: Wording, field: str) -> None:
    with pytest.raises(BadInput) as why:
        answers.check(answer(**changes), wording=wording, service=PERMIT)
    assert why.value.problems[0].field == field


def test_what_is_fit_passes() -> None:
    answers.check(answer(), wording=WORDING, service=PERMIT)
    page = answers.write(WORDING, manner=Manner.PAGE, language="en", text="It costs {cost}.", facts=facts())
    page = answers.write(page, manner=Manner.PAGE, language="zh", text="{cost}", facts=facts("zh"))
    answers.check(answer(public=True), wording=page, service=PERMIT)
