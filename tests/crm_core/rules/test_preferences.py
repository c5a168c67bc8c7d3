"""People are reached as they asked, and no need is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.customer import Customer
from crm_core.model.ids import CustomerId
from crm_core.model.inbox import Capabilities
from crm_core.model.preferences import Contacting, DoNot, Need, Safety
from crm_core.rules import preferences
from crm_core.rules.preferences import Later, Never, Now, Wishes
from tests.crm_core.rules.made import MONDAY, PATIENT

CALL, LETTER = Capabilities(live=True), Capabilities()
ZONE = "America/New_York"
NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
"""09:00 in New York."""

CUSTOMER = Customer(CustomerId("wei"), "Wei", "zh", MONDAY)


def wishes(*do_not: DoNot) -> Wishes:
    return preferences.wishes([replace(CUSTOMER, do_not=do_not)], at=MONDAY)


def test_no_calls_after_six_leaves_the_day_and_writing_alone() -> None:
    asked = wishes(DoNot(Contacting.CALLS, after=18 * 60))
    assert isinstance(preferences.may_reach(asked, by=CALL, at=NINE, zone=ZONE), Now)
    evening = NINE + timedelta(hours=9)
    assert isinstance(preferences.may_reach(asked, by=LETTER, at=evening, zone=ZONE), Now)
    later = preferences.may_reach(asked, by=CALL, at=evening, zone=ZONE)
    assert isinstance(later, Later)
    assert later.at == datetime(2026, 11, 24, 5, 0, tzinfo=UTC), "their midnight: from then on it is not after six"
    assert later.why == "they asked for nothing after 18:00"


def test_quiet_until_nine_waits_until_nine_of_the_same_day() -> None:
    asked = wishes(DoNot(Contacting.ANY, before=9 * 60, after=18 * 60))
    later = preferences.may_reach(asked, by=LETTER, at=NINE - timedelta(minutes=1), zone=ZONE)
    assert isinstance(later, Later)
    assert later.at == NINE


def test_a_chat_that_only_they_can_begin_is_no_call() -> None:
    chat = Capabilities(live=True, starts=False)
    assert isinstance(preferences.may_reach(wishes(DoNot(Contacting.CALLS)), by=chat, at=NINE, zone=ZONE), Now)


def test_not_at_all_is_never_and_so_are_wishes_that_leave_no_hour() -> None:
    for asked in (
        wishes(DoNot(Contacting.CALLS)),
        wishes(DoNot(Contacting.CALLS, after=480), DoNot(Contacting.ANY, before=540)),
    ):
        assert isinstance(preferences.may_reach(asked, by=CALL, at=NINE, zone=ZONE), Never)


@PATIENT
@given(
    before=st.none() | st.integers(0, 1439),
    after=st.none() | st.integers(1, 1440),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]),
)
def test_what_waits_may_go_when_its_time_comes(before: int | None, after: int | None, at: datetime, zone: str) -> None:
    asked = wishes(DoNot(Contacting.ANY, before=before, after=after))
    found = preferences.may_reach(asked, by=LETTER, at=at, zone=zone)
    if isinstance(found, Later):
        assert at < found.at <= at + timedelta(hours=26)
        again = preferences.may_reach(asked, by=LETTER, at=found.at, zone=zone)
        assert isinstance(again, Now) or found.at < again.at <= found.at + timedelta(hours=2)  # type: ignore[union-attr]


def test_a_merge_loses_no_need_and_no_warning_and_the_survivor_speaks_first() -> None:
    warning = Safety("A dog that bites", MONDAY + timedelta(days=30))
    survivor = replace(CUSTOMER, language=None, needs=(Need("braille"),), channel="a")
    other = replace(CUSTOMER, language="en", needs=(Need("interpreter", "yue"),), channel="b", safety=warning)
    both = preferences.wishes([survivor, other], at=MONDAY)
    assert (both.language, both.channel) == ("en", "a")
    assert [need.code for need in both.needs] == ["braille", "interpreter"]
    assert both.safety == (warning,)
    assert preferences.wishes([other], at=warning.until).safety == (), "a warning ends by itself"


def test_every_need_has_its_words_in_both_languages() -> None:
    for need in preferences.known_needs().values():
        assert need.words["en"]
        assert need.words["zh"]


@pytest.mark.parametrize(
    "wrong",
    [
        replace(CUSTOMER, needs=(Need("telepathy"),)),
        replace(CUSTOMER, needs=(Need("braille"), Need("braille"))),
        replace(CUSTOMER, do_not=(DoNot(Contacting.CALLS, after=1441),)),
        replace(CUSTOMER, safety=Safety("", MONDAY + timedelta(days=1))),
        replace(CUSTOMER, safety=Safety("why", MONDAY)),
        replace(CUSTOMER, safety=Safety("why", MONDAY + timedelta(days=400))),
    ],
)
def test_what_cannot_be_kept_is_named(wrong: Customer) -> None:
    assert preferences.problems(wrong, at=MONDAY)
    assert preferences.problems(CUSTOMER, at=MONDAY) == []
