"""Whether somebody is asked how they were served, how the question is put, and for how long an answer counts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.address import Address
from crm_core.model.errors import BadInput
from crm_core.model.feedback import LONGEST_COMMENT, Asks, Feedback, Given, Why
from crm_core.model.ids import CustomerId, FeedbackId, InboxId, MessageId, ServiceId, TicketId
from crm_core.model.inbox import Capabilities
from crm_core.rules import feedback, signs
from crm_core.rules.feedback import Ask, Facts, Open, Shut, Silent
from tests.crm_core.rules.made import a_ticket
from tests.world import INBOXES, SERVICES, START

WEB = Path(__file__).parents[3] / "web" / "src"
KEYS = (b"n" * 32, b"o" * 32)
ID = FeedbackId("01kafyn7ekr1vs6m0w2p3d4f5")
URL = "https://larkhaven.example"
WEI = Address.mail("wei@example.org")
ASKING = replace(INBOXES[0], asks=True)
REST = timedelta(days=30)
FACTS = Facts(ticket=a_ticket(), service=SERVICES[1], way=ASKING, can=Capabilities(asks=Asks.LINK), at=START, rest=REST)
AGAINST: dict[Why, dict[str, object]] = {
    Why.OFF: {"way": INBOXES[0]},
    Why.CANNOT: {"can": Capabilities()},
    Why.SERVICE: {"service": replace(SERVICES[1], asked=False)},
    Why.PART: {"ticket": a_ticket(parent=TicketId("whole"))},
    Why.SUSPECTED: {"suspected": True},
    Why.MACHINE: {"spoken": False},
    Why.STOPPED: {"stopped": True},
    Why.ASKED: {"asked": True},
    Why.LATELY: {"last": START - REST + timedelta(seconds=1)},
    Why.NO_ROOM: {"over": 1},
}


def asked(**changes: object) -> Feedback:
    plain = Feedback(
        ID, TicketId("t"), CustomerId("wei"), ServiceId("s"), "email", InboxId("i"), WEI, 0, START, MessageId("m")
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def judged(one: Feedback, *, days: float) -> Open | Shut:
    return feedback.judge(one, ticket=a_ticket(), at=START + timedelta(days=days))


def test_who_was_answered_from_an_inbox_that_asks_is_asked_as_its_channel_can() -> None:
    for how in Asks:
        assert feedback.decide(replace(FACTS, can=Capabilities(asks=how))) == Ask(how)
    assert feedback.decide(replace(FACTS, last=START - REST)) == Ask(Asks.LINK)


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_against_it_is_said(why: Why) -> None:
    assert feedback.decide(replace(FACTS, **AGAINST[why])) == Silent(why)  # type: ignore[arg-type]


def test_nobody_is_asked_where_everybody_can_read_it() -> None:
    public = Capabilities(asks=Asks.LINK, public=True)
    assert feedback.decide(replace(FACTS, can=public)) == Silent(Why.CANNOT)


@given(st.sets(st.sampled_from(list(Why)), min_size=1))
def test_one_reason_is_enough_and_one_of_those_that_hold_is_named(reasons: set[Why]) -> None:
    facts = FACTS
    for why in reasons:
        facts = replace(facts, **AGAINST[why])  # type: ignore[arg-type]
    found = feedback.decide(facts)
    assert isinstance(found, Silent)
    assert found.why in reasons


def test_an_answer_is_taken_for_a_month_and_may_be_changed_for_a_week() -> None:
    assert judged(asked(), days=29.9) == Open(START + timedelta(days=30))
    assert isinstance(judged(asked(), days=30), Shut)
    said = feedback.given(asked(), Given(2, " Too slow. "), at=START + timedelta(days=10))
    assert (said.score, said.comment, said.version) == (2, "Too slow.", 2)
    assert judged(said, days=16.9) == Open(START + timedelta(days=17))
    again = feedback.given(said, Given(4), at=START + timedelta(days=16))
    assert (again.score, again.comment) == (4, "Too slow."), "the last word counts, and what is not said stays"
    assert isinstance(judged(again, days=17), Shut), "counted from their first answer"


def test_of_what_was_erased_no_answer_is_taken() -> None:
    found = feedback.judge(asked(), ticket=a_ticket(erased_at=START), at=START)
    assert isinstance(found, Shut)


@pytest.mark.parametrize("said", [Given(0), Given(6), Given(-1), Given(3, "x" * (LONGEST_COMMENT + 1))])
def test_what_is_no_answer_is_refused(said: Given) -> None:
    with pytest.raises(BadInput):
        feedback.given(asked(), said, at=START)


@pytest.mark.parametrize("said", ["1", " 5 ", "５", "3.", "4。", "2!"])
def test_a_figure_alone_is_an_answer(said: str) -> None:
    assert feedback.figure(said) == int(re.sub(r"\D", "", said))


@given(st.text(st.characters(categories=["L", "Zs", "Po"])) | st.sampled_from(["0", "6", "15", "5 stars", "1 2", "-1"]))
def test_anything_else_is_a_message_like_any_other(said: str) -> None:
    assert feedback.figure(said) is None


def test_only_whom_we_asked_may_answer_on_the_wire() -> None:
    one = asked()
    assert feedback.is_theirs(one, sender=WEI, inbox=InboxId("i"))
    assert not feedback.is_theirs(one, sender=Address.mail("ana@example.org"), inbox=InboxId("i"))
    assert not feedback.is_theirs(one, sender=WEI, inbox=InboxId("another"))


def test_the_link_names_this_asking_and_nothing_else_can() -> None:
    asks = feedback.question(ID, key=KEYS[1], public_url=URL, language="en")
    assert asks.url == f"{URL}/feedback/{asks.token}"
    assert feedback.named(KEYS, asks.token) == ID, "the older key still verifies"
    assert feedback.named(KEYS, signs.sign_files(KEYS[0], MessageId(ID))) is None, "a link to files rates nothing"
    changed = asks.token[:-1] + ("0" if asks.token[-1] != "0" else "1")
    assert feedback.named(KEYS, changed) is None
    assert feedback.named((b"x" * 32,), asks.token) is None


def test_the_question_stands_below_the_words_in_their_language_within_its_room() -> None:
    for language, five in (("en", "Very satisfied"), ("zh-Hans", "非常满意"), (None, "Very satisfied")):
        asks = feedback.question(ID, key=KEYS[0], public_url=URL, language=language)
        for how in (Asks.LINK, Asks.DIGIT):
            text, page = feedback.under("Done.", None, asks=asks, how=how, language=language)
            assert text.startswith("Done.\n\n")
            assert text.endswith(asks.url)
            assert page is None
            assert len(text) - len("Done.") == feedback.room(URL, how=how, language=language)
            assert feedback.foretold(how, public_url=URL, language=language)[:20] in text
        assert (len(asks.steps), asks.steps[4]) == (5, five)


def test_on_a_page_each_step_is_a_link_that_only_marks_it() -> None:
    asks = feedback.question(ID, key=KEYS[0], public_url=URL, language="en")
    _, page = feedback.under("Done.", "<p>Done.</p>", asks=asks, how=Asks.LINK, language="en")
    assert page is not None
    assert [f'href="{asks.url}?score={score}"' in page for score in range(1, 6)] == [True] * 5


def test_in_chinese_the_steps_are_those_of_the_evaluation_of_government_services() -> None:
    asks = feedback.question(ID, key=KEYS[0], public_url=URL, language="zh")
    assert asks.steps == ("非常不满意", "不满意", "基本满意", "满意", "非常满意")


def test_the_pages_call_the_steps_as_the_question_does() -> None:
    for language in ("en", "zh"):
        steps = feedback.words_in(language)["steps"]
        for page in (f"console/words/{language}/feedback.ts", "frame/words.ts"):
            said = (WEB / page).read_text("utf-8")
            found = re.findall(r"steps: \[(.+)\]|STEPS: .+ = \{(.+)\}", said)
            assert steps in [re.findall(r'"([^"]+)"', "".join(one)) for one in found], page
