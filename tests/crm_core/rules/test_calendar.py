from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.model.ids import CalendarId
from crm_core.model.sla import Calendar, Window
from crm_core.rules.calendar import (
    NeverOpen,
    add_open_time,
    days_after,
    is_open,
    next_opening,
    open_time_between,
)
from tests.crm_core.rules.made import ALWAYS, OFFICE, PATIENT, hours
from tests.scale import examples

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def utc(day: int, hour: int = 0, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


# 2026-11-23 is a Monday.
@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        (utc(23, 10), HOUR, utc(23, 11)),
        (utc(23, 16), HOUR, utc(23, 17)),  # used up at closing time: closing time
        (utc(23, 16), 2 * HOUR, utc(24, 10)),
        (utc(23, 3), HOUR, utc(23, 10)),  # asked at night: from opening
        (utc(27, 16), 2 * HOUR, utc(30, 10)),  # Friday to Monday
        (utc(28, 12), HOUR, utc(30, 10)),  # on Saturday
        (utc(23, 10), 40 * HOUR, utc(30, 10)),  # a week of work later
        (utc(23, 20), timedelta(0), utc(23, 20)),
        (utc(23, 10), timedelta(seconds=90), utc(23, 10, 1) + timedelta(seconds=30)),
    ],
)
def test_a_promise_ends_when_that_much_open_time_has_passed(start: datetime, amount: timedelta, due: datetime) -> None:
    assert add_open_time(start, amount=amount, calendar=OFFICE) == due


def test_lunch_does_not_count() -> None:
    split = hours((9, 12), (14, 17))
    assert add_open_time(utc(23, 11), amount=2 * HOUR, calendar=split) == utc(23, 15)


def test_a_holiday_is_closed_and_a_make_up_day_is_open() -> None:
    calendar = hours((9, 17), exceptions={date(2026, 11, 24): (), date(2026, 11, 28): ((600, 720),)})
    assert add_open_time(utc(23, 16), amount=2 * HOUR, calendar=calendar) == utc(25, 10)
    assert add_open_time(utc(27, 16), amount=2 * HOUR, calendar=calendar) == utc(28, 11)


def test_windows_that_overlap_count_once() -> None:
    calendar = hours((9, 12), (11, 13), (13, 14))
    assert open_time_between(utc(23), end=utc(24), calendar=calendar) == 5 * HOUR


def test_the_zone_decides_what_the_wall_clock_shows() -> None:
    shanghai = hours((9, 17), zone="Asia/Shanghai")
    assert add_open_time(utc(23, 0), amount=HOUR, calendar=shanghai) == utc(23, 2)


def test_the_skipped_hour_of_spring_is_not_open_time() -> None:
    """Lisbon, 2026-03-29: 01:00 becomes 02:00, so a night from 0 to 6 has five hours."""
    nights = hours((0, 6), zone="Europe/Lisbon", days=range(7))
    whole = open_time_between(utc(28, 12, month=3), end=utc(29, 12, month=3), calendar=nights)
    assert whole == 5 * HOUR


def test_the_hour_that_autumn_repeats_counts_twice() -> None:
    """Lisbon, 2026-10-25: 02:00 becomes 01:00 again, so a window from 1 to 2 is open for two hours."""
    nights = hours((1, 2), zone="Europe/Lisbon", days=range(7))
    assert open_time_between(utc(25, month=10), end=utc(25, 12, month=10), calendar=nights) == 2 * HOUR


def test_a_window_that_begins_inside_the_repeated_hour_is_open_in_two_pieces() -> None:
    calendar = Calendar(CalendarId("c"), "c", "Europe/Lisbon", (Window(6, 90, 180),), {})
    spans = [minute for minute in minutes(utc(25, month=10), 240) if is_open(minute, calendar=calendar)]
    assert spans == minutes(utc(25, 0, 30, month=10), 30) + minutes(utc(25, 1, 30, month=10), 90)


def test_a_calendar_that_never_opens_ends_in_an_error_not_in_a_loop() -> None:
    never = hours(days=range(0))
    with pytest.raises(NeverOpen):
        add_open_time(utc(23), amount=HOUR, calendar=never)
    with pytest.raises(NeverOpen):
        next_opening(utc(23), calendar=never)
    with pytest.raises(NeverOpen):
        add_open_time(utc(23), amount=timedelta(days=800), calendar=ALWAYS)


@pytest.mark.parametrize("zone", ["Larkhaven", "Europe", "../etc/passwd", ""])
def test_a_zone_that_does_not_exist_has_no_open_hours(zone: str) -> None:
    with pytest.raises(NeverOpen):
        add_open_time(utc(23), amount=HOUR, calendar=hours((0, 24), zone=zone))


def test_the_next_opening_is_now_if_it_is_open_now() -> None:
    assert next_opening(utc(23, 10), calendar=OFFICE) == utc(23, 10)
    assert next_opening(utc(23, 17), calendar=OFFICE) == utc(24, 9)


def test_a_zone_that_skips_a_whole_day_still_adds_up() -> None:
    """Samoa had no 30 December 2011."""
    apia = hours((0, 24), zone="Pacific/Apia", days=range(7))
    start, end = utc(25, month=12, year=2011), utc(5, month=1, year=2012)
    assert open_time_between(start, end=end, calendar=apia) == end - start


def minutes(start: datetime, count: int) -> list[datetime]:
    return [start + number * MINUTE for number in range(count)]


def open_by_the_wall_clock(at: datetime, *, calendar: Calendar) -> bool:
    """The obvious reference: look at the clock on the wall."""
    local = at.astimezone(ZoneInfo(calendar.zone))
    shown = local.hour * 60 + local.minute
    special = calendar.exceptions.get(local.date())
    usual = [(window.opens, window.closes) for window in calendar.windows if window.weekday == local.weekday()]
    return any(opens <= shown < closes for opens, closes in (usual if special is None else special))


def due_minute_by_minute(start: datetime, *, amount: int, calendar: Calendar, limit: int) -> datetime | None:
    at = start
    for _ in range(limit):
        if amount and open_by_the_wall_clock(at, calendar=calendar):
            amount -= 1
            if not amount:
                return at + MINUTE
        at += MINUTE
    return None


windows = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 700)).map(lambda pair: (pair[0], min(pair[0] + pair[1], 1440))),
    max_size=3,
).map(tuple)
# Around the changes of the clock: whole hours, half an hour (Lord Howe), midnight (Santiago, Beirut).
changes = st.sampled_from(
    [
        ("Europe/Lisbon", datetime(2026, 3, 28, 12, tzinfo=UTC)),
        ("Europe/Lisbon", datetime(2026, 10, 24, 12, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 7, 20, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 31, 20, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 2, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 2, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 4, 4, 18, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 9, 5, 18, tzinfo=UTC)),
        ("Asia/Beirut", datetime(2026, 3, 28, 12, tzinfo=UTC)),
        ("Africa/Casablanca", datetime(2026, 2, 14, 12, tzinfo=UTC)),
        ("America/St_Johns", datetime(2006, 10, 28, 12, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 12, 31, 6, tzinfo=UTC)),
        ("Asia/Shanghai", datetime(2026, 11, 27, 6, tzinfo=UTC)),
    ]
)


@st.composite
def calendars(draw: st.DrawFn, zone: str, near: date) -> Calendar:
    week = tuple(Window(day, opens, closes) for day in range(7) for opens, closes in draw(windows))
    days = st.integers(-1, 3).map(lambda days: near + timedelta(days=days))
    return Calendar(CalendarId("c"), "drawn", zone, week, draw(st.dictionaries(days, windows, max_size=2)))


@settings(parent=PATIENT, max_examples=examples(60))
@given(st.data(), changes, st.integers(0, 1440), st.integers(1, 1500))
def test_it_agrees_with_looking_at_the_clock_each_minute(
    data: st.DataObject, change: tuple[str, datetime], ahead: int, amount: int
) -> None:
    zone, near = change
    calendar = data.draw(calendars(zone, near.date()))
    start = near + ahead * MINUTE
    expected = due_minute_by_minute(start, amount=amount, calendar=calendar, limit=3 * 1440)
    if expected is not None:
        assert add_open_time(start, amount=amount * MINUTE, calendar=calendar) == expected
    end = start + 2000 * MINUTE
    counted = sum(open_by_the_wall_clock(minute, calendar=calendar) for minute in minutes(start, 2000))
    assert open_time_between(start, end=end, calendar=calendar) == counted * MINUTE


@settings(parent=PATIENT, max_examples=examples(60))
@given(st.data(), changes, st.integers(0, 10**9), st.integers(1, 10**12))
def test_adding_and_measuring_undo_each_other_to_the_microsecond(
    data: st.DataObject, change: tuple[str, datetime], ahead: int, amount: int
) -> None:
    zone, near = change
    calendar = data.draw(calendars(zone, near.date()))
    start, much = near + timedelta(microseconds=ahead), timedelta(microseconds=amount)
    try:
        due = add_open_time(start, amount=much, calendar=calendar)
    except NeverOpen:
        return
    assert open_time_between(start, end=due, calendar=calendar) == much
    assert add_open_time(start, amount=much + HOUR, calendar=ALWAYS) > start


@pytest.mark.parametrize(
    ("zone", "start", "ends"),
    [
        # Newfoundland went back at 00:01: the 28th had its last hour again after a minute of the 29th.
        ("America/St_Johns", datetime(2006, 10, 27, 12, tzinfo=UTC), datetime(2006, 10, 29, 3, 30, tzinfo=UTC)),
        # Havana goes back from one to midnight: the first hour of the 1st comes twice, and is of the 1st both times.
        ("America/Havana", datetime(2026, 10, 30, 12, tzinfo=UTC), datetime(2026, 11, 1, 4, 0, tzinfo=UTC)),
    ],
)
def test_a_day_ends_when_its_date_is_shown_for_the_last_time(zone: str, start: datetime, ends: datetime) -> None:
    round_the_clock = Calendar(CalendarId("c"), "Always", zone, (), {})
    assert next(days_after(start, calendar=round_the_clock))[0] == ends
