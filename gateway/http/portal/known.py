"""What pages say beside the catalogue: known problems, life events, and the hours of a service."""

from collections.abc import Sequence
from typing import Any

from babel.dates import get_day_names

from crm_core.model.service import LifeEvent, Service
from crm_core.model.sla import Calendar
from gateway.http.portal import tongue
from gateway.http.portal.front import Front, Visit

_ALL_DAY = (0, 24 * 60)
_LOCALE = {"en": "en_GB", "zh": "zh_Hans"}


def notices(front: Front, visit: Visit, *, service: Service | None = None) -> list[dict[str, Any]]:
    """The known problems that stand now, those of one service on its page."""
    house, now = front.needs.keeper.house, front.needs.clock()
    found = [one for one in house.notices if one.stands(now) and (service is None or one.service == service.id)]
    shown = []
    for one in found:
        calendar = front.calendar(house.services.get(one.service))
        until = ""
        if one.expected_at is not None and calendar is not None:
            until = visit.words.known_until.format(
                day=tongue.day(one.expected_at, zone=calendar.zone, language=visit.language),
                time=tongue.clock_time(one.expected_at, zone=calendar.zone, language=visit.language),
            )
        shown.append({"title": one.title, "text": one.text, "until": until})
    return shown


def life_events(front: Front) -> list[LifeEvent]:
    """The life events under which some service stands."""
    return [event for event, _ in by_life_event(front)]


def by_life_event(front: Front) -> list[tuple[LifeEvent, list[Service]]]:
    """Each life event with its services, in their order."""
    events = front.needs.keeper.setup.life_events
    grouped = [(event, [one for one in front.services if event.id in one.life_events]) for event in events]
    return [(event, services) for event, services in grouped if services]


def hours(front: Front, service: Service, *, visit: Visit) -> list[tuple[str, str]]:
    """The week of a service that has hours of its own: days that are alike on one line."""
    calendar = front.needs.keeper.house.calendars.get(service.hours) if service.hours else None
    if calendar is None:
        return []
    week = [_of_day(calendar, day) for day in range(7)]
    if all(windows == [_ALL_DAY] for windows in week):
        return [(visit.words.hours_always, "00:00–24:00")]
    names = get_day_names("wide", locale=_LOCALE[visit.language])
    lines: list[tuple[int, int]] = []
    for day in range(7):
        if lines and week[lines[-1][0]] == week[day]:
            lines[-1] = (lines[-1][0], day)
        else:
            lines.append((day, day))
    return [(_days(names, line), _times(week[line[0]])) for line in lines if week[line[0]]]


def _of_day(calendar: Calendar, day: int) -> list[tuple[int, int]]:
    return [(one.opens, one.closes) for one in calendar.windows if one.weekday == day]


def _days(names: Any, line: tuple[int, int]) -> str:
    first, last = str(names[line[0]]), str(names[line[1]])
    return first if line[0] == line[1] else f"{first} – {last}"


def _times(windows: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{a // 60:02}:{a % 60:02}–{b // 60:02}:{b % 60:02}" for a, b in windows)
