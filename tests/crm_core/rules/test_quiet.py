"""Quiet hours: nobody is written to within them, everybody outside, and their end is the first moment after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.habits import Quiet
from crm_core.rules import quiet
from crm_core.rules.preferences import Later, Now

NIGHT = Quiet(21 * 60, 8 * 60)
ZONE = "Europe/Lisbon"


def over(at: datetime, *, hours: Quiet | None = NIGHT, heard_at: datetime | None = None) -> Now | Later:
    return quiet.over(hours, at=at, zone=ZONE, heard_at=heard_at)


@pytest.mark.parametrize(
    ("hour", "minute", "until"), [(20, 59, None), (21, 0, 8), (23, 30, 8), (0, 0, 8), (7, 59, 8), (8, 0, None)]
)
def test_the_night_ends_in_the_morning(hour: int, minute: int, until: int | None) -> None:
    found = over(datetime(2026, 11, 23, hour, minute, tzinfo=ZoneInfo(ZONE)))
    assert isinstance(found, Now if until is None else Later)
    if isinstance(found, Later):
        assert found.at.astimezone(ZoneInfo(ZONE)).hour == until
        assert found.why == "nobody is written to before 8:00"


def test_who_wrote_a_short_while_ago_is_awake() -> None:
    at = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert isinstance(over(at, heard_at=at - timedelta(minutes=59)), Now)
    assert isinstance(over(at, heard_at=at - timedelta(minutes=61)), Later)


def test_without_quiet_hours_every_hour_is_good() -> None:
    assert isinstance(over(datetime(2026, 11, 23, 3, 0, tzinfo=UTC), hours=None), Now)


@given(
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
)
def test_their_end_is_later_within_a_day_and_not_quiet(begins: int, ends: int, at: datetime) -> None:
    hours = Quiet(begins, ends)
    if begins % 1440 == ends % 1440:
        return
    found = over(at, hours=hours)
    if isinstance(found, Later):
        assert at < found.at <= at + timedelta(hours=25, minutes=1)
        assert isinstance(over(found.at, hours=hours), Now)
