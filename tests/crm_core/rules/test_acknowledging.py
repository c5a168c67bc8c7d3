"""Who hears from a machine that something arrived, how often, and that not a word of theirs is in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.acknowledging import Acknowledging, Allowance, Whom, Why
from crm_core.model.address import Address
from crm_core.model.ids import InboxId, QueueId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.message import Inbound
from crm_core.rules import acknowledging as rule
from crm_core.rules.acknowledging import DAY, HOUR, MOST_A_DAY, MOST_ALIKE, MOST_REOPENED, Asked, Silent

AT = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
MAIL = Capabilities(html=True, files=True, threads=True)
FORM = Capabilities(files=True, threads=True, starts=False, replies=False)
TEXT = Capabilities(length=160, parts=10)
BOX = Inbox(InboxId("i"), "email", "City", QueueId("q"), "hello@city.example", {}, active=True, created_at=AT)


def a_mail(**hints: object) -> Inbound:
    plain = Inbound("x", Address.mail("ana@example.org"), "Ana", "Where is my permit?", proven="dmarc")
    return replace(plain, **hints)  # type: ignore[arg-type]


def asked(inbound: Inbound, *, to: Whom | None = None, can: Capabilities = MAIL, **facts: object) -> Asked | Silent:
    inbox = replace(BOX, acknowledging=Acknowledging(to))
    known: dict[str, object] = {"way": BOX, "refers": False, "own": frozenset({"hello@city.example"}), **facts}
    return rule.may(inbound, inbox=inbox, can=can, domain="city.example", **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("inbound", "facts", "why"),
    [
        (a_mail(automatic="auto-replied"), {}, Why.AUTOMATIC),
        (a_mail(automatic="bounce", proven=None), {"to": Whom.EVERYBODY}, Why.AUTOMATIC),
        (a_mail(sender=Address.mail("hello@city.example")), {}, Why.OURS),
        (a_mail(wire_id="<1234@CITY.example>"), {}, Why.OURS),
        (a_mail(wire_id="<on.abc.def@elsewhere.example>"), {}, Why.OURS),
        (a_mail(), {"refers": True}, Why.ANSWERS_US),
        (a_mail(proven=None), {}, Why.UNPROVEN),
        (a_mail(), {"to": Whom.NOBODY}, Why.OFF),
        (a_mail(), {"can": TEXT}, Why.OFF),
        (a_mail(), {"can": replace(MAIL, live=True)}, Why.SEEN),
        (a_mail(), {"way": None}, Why.NO_WAY),
    ],
)
def test_nothing_is_said_to_machines_ourselves_answers_and_strangers(
    inbound: Inbound, facts: dict[str, object], why: Why
) -> None:
    assert asked(inbound, **facts) == Silent(why)  # type: ignore[arg-type]


def test_a_proven_mailbox_hears_from_us_and_so_does_whoever_gave_an_address_in_a_form() -> None:
    assert asked(a_mail()) == Asked(BOX, proven=True)
    assert asked(a_mail(proven=None), can=FORM) == Asked(BOX, proven=False)


@given(st.lists(st.integers(0, 90), min_size=1, max_size=60))
def test_one_address_hears_once_an_hour_and_a_few_times_a_day(minutes: list[int]) -> None:
    at, known, heard = AT, dict[str, Allowance](), list[datetime]()
    for pause in minutes:
        at += timedelta(minutes=pause)
        verdict = rule.spend(known, address="a", alike=f"t{at}", inbox="i", most=10_000, at=at)
        if isinstance(verdict, Allowance):
            known["a"] = verdict
            heard.append(at)
    assert all(later - earlier >= HOUR for earlier, later in pairwise(heard))
    for first in heard:
        assert (
            sum(first <= one < first + DAY for one in heard) <= 2 * MOST_A_DAY
        )  # a day that is counted may end in between


def test_the_same_words_from_many_are_answered_a_few_times() -> None:
    known: dict[str, Allowance] = {}
    granted = 0
    for number in range(50):
        verdict = rule.spend(known, address=f"a{number}", alike="t", inbox="i", most=10_000, at=AT)
        if isinstance(verdict, Allowance):
            known["t"] = rule.counted(rule.fresh(known.get("t"), id="t", lasts=HOUR, at=AT), at=AT)
            granted += 1
        else:
            assert verdict.why is Why.SAME
    assert granted == MOST_ALIKE


@pytest.mark.parametrize(
    ("spent", "why"),
    [
        (Allowance("i", AT - timedelta(minutes=59), AT, 200), Why.PAUSED),
        (Allowance("i", AT - HOUR, AT, 200), None),
        (Allowance("i", AT - HOUR, AT, 200, until=AT + timedelta(minutes=1)), Why.PAUSED),
        (Allowance("i", AT - timedelta(minutes=59), AT, 199), None),
        (None, None),
    ],
)
def test_an_inbox_says_only_so_much_an_hour_and_comes_back_by_itself(spent: Allowance | None, why: Why | None) -> None:
    known = {} if spent is None else {"i": spent}
    verdict = rule.spend(known, address="a", alike="t", inbox="i", most=200, at=AT)
    assert (verdict.why if isinstance(verdict, Silent) else None) == why


def test_a_strand_opens_its_ticket_again_a_few_times_an_hour() -> None:
    known: Allowance | None = None
    for _ in range(MOST_REOPENED):
        known = rule.may_reopen(known, id="s", at=AT)
        assert known is not None
    assert rule.may_reopen(known, id="s", at=AT) is None
    assert rule.may_reopen(known, id="s", at=AT + HOUR) is not None


def test_what_stands_behind_a_plus_sign_makes_no_other_address_and_digits_no_other_text() -> None:
    key = b"k" * 32
    assert rule.of_address(key, Address.mail("Ana+1@example.org")) == rule.of_address(
        key, Address.mail("ana@example.org")
    )
    one, other = (
        rule.of_text(key, a_mail(text=text), inbox=BOX.id) for text in ("Ticket 17 taken.", "ticket 18  taken")
    )
    assert one == other
    assert "ana" not in rule.of_address(key, Address.mail("ana@example.org"))


@pytest.mark.parametrize(
    ("language", "can", "expected"),
    [
        ("en", MAIL, "A person answers by Monday 30 November, 17:00."),
        ("zh-CN", MAIL, "工作人员将在 11月30日（周一）17:00 前答复您。"),
        (
            "en",
            TEXT,
            "Your request ON-4F7K-2931 arrived. A person answers by Monday 30 November, 17:00. https://c.example/t",
        ),
    ],
)
def test_the_words_are_ours_with_number_promise_and_link(language: str, can: Capabilities, expected: str) -> None:
    due = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    said = rule.said(
        BOX,
        can=can,
        number="ON-4F7K-2931",
        link="https://c.example/t",
        due=due,
        zone="Europe/Berlin",
        language=language,
    )
    assert expected in said.text
    assert "ON-4F7K-2931" in said.subject
    assert "{" not in said.text


def test_an_admins_own_words_are_said_instead() -> None:
    box = replace(BOX, acknowledging=Acknowledging(texts={"en": "Got {number}. {promise}"}))
    said = rule.said(box, can=MAIL, number="ON-1", link="", due=None, zone="UTC", language="en")
    assert said.text == "Got ON-1. A person looks at it as soon as they can."
