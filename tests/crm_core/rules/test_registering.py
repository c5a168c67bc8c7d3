"""Since when somebody waits whose letter was entered later, and by which reason it stands where it stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crm_core.model.errors import BadInput
from crm_core.rules import registering

NOW = datetime(
    2026, 11, 26, 2, 30, tzinfo=UTC
)  # half past ten in the morning in Shanghai, the evening before in Chicago


@pytest.mark.parametrize(
    ("day", "zone", "since"),
    [
        (None, "UTC", None),
        (date(2026, 11, 26), "UTC", None),
        (date(2026, 11, 25), "UTC", datetime(2026, 11, 25, tzinfo=UTC)),
        (date(2026, 11, 25), "America/Chicago", None),
        (date(2026, 11, 24), "America/Chicago", datetime(2026, 11, 24, 6, tzinfo=UTC)),
        (date(2026, 11, 25), "Asia/Shanghai", datetime(2026, 11, 24, 16, tzinfo=UTC)),
        (date(2026, 11, 12), "UTC", datetime(2026, 11, 12, tzinfo=UTC)),
    ],
)
def test_a_letter_waits_from_the_first_minute_of_its_day_and_one_of_today_from_now(
    day: date | None, zone: str, since: datetime | None
) -> None:
    assert registering.waiting_since(day, at=NOW, zone=zone) == since


@pytest.mark.parametrize(
    ("day", "why"), [(date(2026, 11, 27), "still to come"), (date(2026, 11, 11), "days ago"), (date(206, 1, 1), "year")]
)
def test_a_day_that_cannot_be_is_asked_about(day: date, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        registering.waiting_since(day, at=NOW, zone="UTC")
    assert why in refused.value.problems[0].why
    assert refused.value.problems[0].field == "received"


def test_how_far_back_is_set_where_the_inbox_is() -> None:
    assert registering.waiting_since(date(2026, 10, 1), at=NOW, zone="UTC", backdating=timedelta(days=60)) is not None


@pytest.mark.parametrize(
    ("joins", "known", "words"),
    [(None, None, "entered"), ("t1", "t1", "signed code"), ("t1", "t2", "found where"), ("t1", None, "found where")],
)
def test_the_timeline_says_why_it_stands_there(joins: str | None, known: str | None, words: str) -> None:
    assert words in registering.why_entered(joins=joins, known=known)
