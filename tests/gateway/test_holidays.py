"""Holidays as the library has them, made into a calendar that promises are counted in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm_core.model.errors import BadInput
from crm_core.model.ids import CalendarId
from crm_core.model.sla import Calendar, Window
from crm_core.rules.calendar import add_open_time
from gateway import holidays

WEEK = tuple(Window(day, 540, 1020) for day in range(5))


async def test_a_make_up_working_day_of_china_is_open_and_the_week_it_made_up_for_is_closed() -> None:
    known = await holidays.of_year("CN", subdivision=None, year=2025)
    works = {one.day for one in known if one.works}
    assert date(2025, 9, 28) in works  # a Sunday, for the National Day week
    assert all(one.day.year == 2025 for one in known)
    exceptions: dict[date, tuple[tuple[int, int], ...]] = {
        one.day: ((540, 1020),) if one.works else () for one in known
    }
    calendar = Calendar(CalendarId("c"), "Beijing", "Asia/Shanghai", WEEK, exceptions)
    saturday = datetime(2025, 9, 27, 4, tzinfo=UTC)
    due = add_open_time(saturday, amount=timedelta(hours=8 * 3), calendar=calendar)
    assert due == datetime(2025, 9, 30, 9, tzinfo=UTC)  # Sunday, Monday, Tuesday; from Wednesday on it is closed
    after = add_open_time(saturday, amount=timedelta(hours=8 * 3 + 1), calendar=calendar)
    assert after == datetime(2025, 10, 9, 2, tzinfo=UTC)


async def test_a_place_that_the_library_does_not_know_is_refused() -> None:
    with pytest.raises(BadInput):
        await holidays.of_year("ZZ", subdivision=None, year=2026)
    assert "BE" in (await holidays.countries())["DE"]
