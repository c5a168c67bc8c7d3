"""Which questions a form asks: a table of sentences, and what holds for every form and every set of answers."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.errors import BadInput
from crm_core.model.service import Condition, Field, FieldKind, Given
from crm_core.rules import forms

KINDS = ("text", "choice", "yes", "file")
OPTIONS = ({"en": "New", "zh": "新办"}, {"en": "Renewal", "zh": "续期"}, {"en": "Lost", "zh": "遗失"})


def ask(key: str, kind: str = "text", on: str = "", *values: str, page: int = 1) -> Field:
    """A question; `on` names what it hangs on: `kind`, with values, or `kind?` and `kind!` (answered, unanswered)."""
    choices = OPTIONS if kind == "choice" else ()
    how = {"?": Given.ANSWERED, "!": Given.UNANSWERED}.get(on[-1:], Given.ONE_OF)
    condition = Condition(on.rstrip("?!"), how, values) if on else None
    return Field(key, FieldKind(kind), {"en": key}, {}, True, choices, page, condition)


KIND, RENEW = ask("kind", "choice"), ask("renew", "yes")
OLD = ask("old", "text", "kind", "Renewal", "Lost")
POLICE = ask("police", "text", "old?")
WHY = ask("why", "text", "kind!")


@pytest.mark.parametrize(
    ("fields", "answers", "keys"),
    [
        ((KIND, OLD), {}, "kind"),
        ((KIND, OLD), {"kind": "New"}, "kind"),
        ((KIND, OLD), {"kind": "Renewal"}, "kind old"),
        ((KIND, OLD), {"kind": "Lost"}, "kind old"),
        ((KIND, OLD), {"kind": "renewal"}, "kind"),
        ((RENEW, ask("x", "text", "renew", "yes")), {"renew": "yes"}, "renew x"),
        ((RENEW, ask("x", "text", "renew", "yes")), {"renew": "no"}, "renew"),
        ((RENEW, ask("x", "text", "renew", "no")), {"renew": "no"}, "renew x"),
        ((KIND, WHY), {}, "kind why"),
        ((KIND, WHY), {"kind": "New"}, "kind"),
        ((KIND, OLD, POLICE), {"kind": "Lost", "old": "7"}, "kind old police"),
        ((KIND, OLD, POLICE), {"kind": "Lost"}, "kind old"),
        ((KIND, OLD, POLICE), {"kind": "New", "old": "7"}, "kind"),
        ((KIND, OLD, ask("x", "text", "old!")), {"kind": "New"}, "kind"),
        ((KIND, OLD, ask("x", "text", "old!")), {"kind": "Lost"}, "kind old x"),
        ((ask("photo", "file"), ask("of", "text", "photo?")), {"photo": "file"}, "photo of"),
    ],
)
def test_a_question_is_asked_after_these_answers(fields: tuple[Field, ...], answers: dict[str, str], keys: str) -> None:
    assert [field.key for field in forms.asked(fields, answers=answers)] == keys.split()


def test_what_is_not_asked_any_more_is_not_kept() -> None:
    typed = {"kind": "New", "old": "RP-20418", "police": "77"}
    assert forms.kept((KIND, OLD, POLICE), answers=typed) == {"kind": "New"}
    assert forms.kept((KIND, OLD, POLICE), answers={**typed, "kind": "Lost"}) == {**typed, "kind": "Lost"}


@pytest.mark.parametrize(
    ("fields", "key", "why"),
    [
        ((OLD,), "old", "a question that this form does not have: kind"),
        ((OLD, KIND), "old", "because of a question that comes after it"),
        ((ask("kind", "choice", page=2), OLD), "old", "because of a question that comes after it"),
        ((KIND, ask("old", "text", "old", "x")), "old", "because of itself"),
        ((KIND, ask("old", "text", "kind", "Gone")), "old", "“kind” has no option “Gone”"),
        ((KIND, ask("old", "text", "kind", "Renewal", "Gone")), "old", "“kind” has no option “Gone”"),
        ((KIND, ask("old", "text", "kind")), "old", "Say which answers to “kind”"),
        ((KIND, ask("old", "text", "kind?", "Lost")), "old", "stands without values"),
        ((RENEW, ask("x", "text", "renew", "maybe")), "x", "“renew” has no option “maybe”"),
        ((ask("kind", "text"), OLD), "old", "“kind” has no options"),
    ],
)
def test_a_condition_that_nothing_could_meet_is_refused_and_says_why(
    fields: tuple[Field, ...], key: str, why: str
) -> None:
    with pytest.raises(BadInput) as refused:
        forms.check(fields)
    [problem] = refused.value.problems
    assert problem.field == f"fields.{key}.only_if"
    assert why in problem.why


def test_two_options_of_one_name_are_refused_for_nothing_could_tell_them_apart() -> None:
    twice = replace(KIND, choices=(*OPTIONS, {"en": "Renewal", "zh": "再次续期"}))
    with pytest.raises(BadInput, match="Two options are called “Renewal”"):
        forms.check([twice])


def test_an_option_without_english_is_named_in_what_there_is() -> None:
    chinese = Field("kind", FieldKind.CHOICE, {"zh": "种类"}, {}, True, ({"zh": "新办"}, {"en": "", "zh": "续期"}))
    old = ask("old", "text", "kind", "续期")
    forms.check((chinese, old))
    assert len(forms.asked((chinese, old), answers={"kind": "续期"})) == 2


@st.composite
def a_form(draw: st.DrawFn) -> tuple[Field, ...]:
    """A form whose conditions all stand: each names something before it."""
    made: list[Field] = []
    for number in range(draw(st.integers(1, 8))):
        on, values = "", tuple[str, ...]()
        hangs = draw(st.booleans())
        if made and hangs:
            earlier = draw(st.sampled_from(made))
            sign = draw(st.sampled_from(("", "?", "!") if forms.options(earlier) else ("?", "!")))
            on = earlier.key + sign
            if not sign:
                values = tuple(draw(st.sets(st.sampled_from(forms.options(earlier)), min_size=1)))
        made.append(ask(f"q{number}", draw(st.sampled_from(KINDS)), on, *values))
    return tuple(made)


@st.composite
def answered(draw: st.DrawFn) -> tuple[tuple[Field, ...], dict[str, str]]:
    """A form, and whatever somebody sent with it: right, wrong, empty, or nothing."""
    fields = draw(a_form())
    answers = {}
    for field in fields:
        offered = (*forms.options(field), "", "something")
        if draw(st.booleans()):
            answers[field.key] = draw(st.sampled_from(offered))
    return fields, answers


@given(answered())
def test_such_a_form_passes_its_check(made: tuple[tuple[Field, ...], dict[str, str]]) -> None:
    forms.check(made[0])


@given(answered(), st.randoms(use_true_random=False))
def test_the_order_in_which_answers_came_changes_nothing(
    made: tuple[tuple[Field, ...], dict[str, str]], dice: random.Random
) -> None:
    fields, answers = made
    mixed = list(answers.items())
    dice.shuffle(mixed)
    assert forms.asked(fields, answers=dict(mixed)) == forms.asked(fields, answers=answers)


@given(answered(), st.data())
def test_what_was_said_to_a_question_that_is_not_asked_decides_nothing(
    made: tuple[tuple[Field, ...], dict[str, str]], data: st.DataObject
) -> None:
    fields, answers = made
    asked = forms.asked(fields, answers=answers)
    hidden = [field for field in fields if field not in asked]
    told = {field.key: data.draw(st.sampled_from((*forms.options(field), "", "x"))) for field in hidden}
    assert forms.asked(fields, answers=answers | told) == asked
    assert forms.kept(fields, answers=answers | told) == forms.kept(fields, answers=answers)


@given(answered())
def test_nothing_is_kept_that_is_not_asked_and_dropping_it_asks_the_same_again(
    made: tuple[tuple[Field, ...], dict[str, str]],
) -> None:
    fields, answers = made
    asked = forms.asked(fields, answers=answers)
    kept = forms.kept(fields, answers=answers)
    assert set(kept) <= {field.key for field in asked}
    assert {key: answers[key] for key in kept} == kept
    assert forms.asked(fields, answers=kept) == asked


@given(answered())
def test_a_question_is_asked_exactly_where_a_slow_look_back_along_its_chain_says_so(
    made: tuple[tuple[Field, ...], dict[str, str]],
) -> None:
    fields, answers = made
    by_key = {field.key: field for field in fields}

    def met(field: Field) -> bool:
        on = field.only_if
        if on is None:
            return True
        said = answers.get(on.field, "")
        right = {
            Given.ONE_OF: said in on.values,
            Given.ANSWERED: said != "",
            Given.UNANSWERED: said == "",
        }[on.given]
        return right and met(by_key[on.field])

    assert forms.asked(fields, answers=answers) == tuple(filter(met, fields))
