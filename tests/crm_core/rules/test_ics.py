from datetime import date

import pytest

from crm_core.rules import ics

FILE = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:Christmas\\, all
  of it
BEGIN:VALARM
DESCRIPTION:not a day
DTSTART;VALUE=DATE:20200101
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20270101
RRULE:FREQ=YEARLY
SUMMARY:元旦
END:VEVENT
BEGIN:VEVENT
DTSTART:20270102T090000Z
SUMMARY:A meeting
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
def test_whole_days_are_days_off_and_what_has_hours_is_left_out(breaks: str) -> None:
    found = ics.read(FILE.replace("\n", breaks))
    assert found.days == {
        date(2026, 12, 24): "Christmas, all of it",
        date(2026, 12, 25): "Christmas, all of it",
        date(2026, 12, 26): "Christmas, all of it",
        date(2027, 1, 1): "元旦",
    }
    assert (found.timed, found.recurring) == (1, 1)


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\nEND:VEVENT"])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="calendar"):
        ics.read(text)


def test_an_impossible_day_is_no_day_and_a_file_of_thousands_is_refused() -> None:
    wrong = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261340\nEND:VEVENT\nEND:VCALENDAR"
    assert ics.read(wrong).days == {}
    events = "".join(
        f"BEGIN:VEVENT\nDTSTART;VALUE=DATE:{year}0101\nDTEND;VALUE=DATE:{year}1231\nEND:VEVENT\n"
        for year in range(1000, 1100)
    )
    with pytest.raises(ValueError, match="More than"):
        ics.read(f"BEGIN:VCALENDAR\n{events}END:VCALENDAR")
