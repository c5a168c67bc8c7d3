"""Days off from an iCalendar file: whole-day events, their dates and names (RFC 5545, §3.1, §3.3.4, §3.6.1).

Recurring events are taken for their first day only, and said so by `recurring`: a holiday
list names its days. What is no whole-day event is no holiday.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

MOST_DAYS = 2000
_ESCAPES = (("\\n", " "), ("\\N", " "), ("\\,", ","), ("\\;", ";"), ("\\\\", "\\"))


@dataclass(frozen=True, slots=True)
class Found:
    """The days of a file with their names; how many events had times, and how many would recur."""

    days: dict[date, str] = field(default_factory=dict)
    timed: int = 0
    recurring: int = 0


def read(text: str) -> Found:
    """The days off that a file names. Raises ValueError for what is no calendar."""
    lines = _unfolded(text)
    if not lines or lines[0].upper() != "BEGIN:VCALENDAR":
        raise ValueError("This is no calendar file (.ics).")
    days: dict[date, str] = {}
    timed = recurring = 0
    for event in _events(lines):
        begins = _day(event.get("DTSTART", ""))
        if begins is None:
            timed += 1
            continue
        recurring += "RRULE" in event
        ends = _day(event.get("DTEND", "")) or begins + timedelta(days=1)
        for number in range(min(max((ends - begins).days, 1), 60)):
            days[begins + timedelta(days=number)] = _plain(event.get("SUMMARY", ""))[:200]
        if len(days) > MOST_DAYS:
            raise ValueError(f"More than {MOST_DAYS} days: is this a list of holidays?")
    return Found(dict(sorted(days.items())), timed, recurring)


def _unfolded(text: str) -> list[str]:
    joined = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n ", "").replace("\n\t", "")
    return [line for line in joined.lstrip("\ufeff").split("\n") if line]


def _events(lines: list[str]) -> list[dict[str, str]]:
    """The properties of each event by name, their parameters left out; what is inside of an event (alarms) is not."""
    events: list[dict[str, str]] = []
    depth = 0
    for line in lines:
        name, _, value = line.partition(":")
        word = name.partition(";")[0].upper()
        if word == "BEGIN":
            depth += 1
            if value.upper() == "VEVENT" and depth == 2:
                events.append({})
        elif word == "END":
            depth -= 1
        elif depth == 2 and events:
            events[-1].setdefault(word, value)
    return events


def _day(value: str) -> date | None:
    if len(value) != 8 or not (value.isascii() and value.isdigit()):
        return None
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None


def _plain(value: str) -> str:
    for sign, plain in _ESCAPES:
        value = value.replace(sign, plain)
    return " ".join(value.split())
