"""When things happen: arrivals through the week, and how long each next step takes.

Citizens write by day; staff work in the hours of the service's promise. All that would
lie after the loading hour simply has not happened yet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm_core.rules.calendar import add_open_time, open_time_between
from crm_core.rules.sla import Promise
from gateway.city.books import Matter, Page, Turn
from gateway.city.dice import Dice
from gateway.city.slots import promised_day

CLOSED_AFTER = timedelta(days=14)
"""A solved ticket is closed for good after the reopen window."""

_ASSIGN = Turn("assign", timedelta(), "")
_SOLVE = Turn("solve", timedelta(), "")
_CLOSE = Turn("close", timedelta(), "")
_FORGOTTEN = {"waiting": timedelta(days=9), "on_hold": timedelta(days=13)}
"""After so long somebody asks, hears nothing more and solves it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A turn with its hour. Beside the turns of the script: assign, solve, close."""

    at: datetime
    turn: Turn


def arrivals(page: Page, *, now: datetime, zone: ZoneInfo, dice: Dice) -> list[datetime]:
    """When the contacts of these days came in: busy Mondays, quiet nights, none after now."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=ago) for ago in range(page["days"])]
    weights = {day: page["weekdays"][day.weekday()] for day in days}
    hours = dict(enumerate(page["hours"]))
    earliest, latest = now - timedelta(days=page["days"]), now - timedelta(minutes=2)
    made: list[datetime] = []
    while len(made) < page["tickets"]:
        clock = time(dice.weighted(hours), dice.number(0, 59), dice.number(0, 59))
        at = datetime.combine(dice.weighted(weights), clock, zone).astimezone(now.tzinfo)
        if earliest < at < latest:
            made.append(at + timedelta(microseconds=dice.number(0, 999_999)))
    return sorted(made)


def schedule(
    matter: Matter, *, opened: datetime, promise: Promise, pace: float, dice: Dice, slower: float = 1.0
) -> tuple[Step, ...]:
    """The whole life of a ticket, also what lies ahead. `pace` above 1: this office is slow; `slower`: its first answer."""
    zone = ZoneInfo(promise.calendar.zone)
    steps, at = [Step(opened, matter.turns[0])], opened
    for turn in matter.turns[1:]:
        if turn.who == "citizen":
            day = promised_day(answered(steps).astimezone(zone))
            at = _citizen_writes(at, turn, promised=day, zone=zone, dice=dice)
        else:
            drag = 1.0 if any(step.turn.who == "agent" for step in steps) else slower
            at = _staff_acts(at, turn.after, promise=promise, pace=pace, dice=dice, drag=drag)
        steps.append(Step(at, turn))
    steps = _with_assignment(steps, promise=promise, dice=dice)
    return (*steps, *_ending(steps, promise=promise, dice=dice))


def exact(matter: Matter, *, last: datetime) -> tuple[Step, ...]:
    """The steps of an opening ticket, counted back from its last one."""
    total = sum((turn.after for turn in matter.turns), timedelta())
    steps, at = [], last - total
    for turn in matter.turns:
        at += turn.after
        steps.append(Step(at, turn))
    return tuple(steps)


def answered(steps: Sequence[Step]) -> datetime:
    """When we first answered, from which what we promise is counted; before that, when they wrote."""
    return next((step.at for step in steps if step.turn.who == "agent"), steps[0].at)


def standing(steps: tuple[Step, ...]) -> str:
    """Whose turn it is after these steps: ours, waiting (on the citizen), on_hold, or over."""
    state = "ours"
    for step in steps:
        match step.turn.who:
            case "citizen":
                state = "ours"
            case "agent":
                state = {"": "waiting", "solved": "over"}.get(step.turn.word, step.turn.word)
            case "solve" | "close":
                state = "over"
    return state


def _citizen_writes(at: datetime, turn: Turn, *, promised: date, zone: ZoneInfo, dice: Dice) -> datetime:
    """People answer by day, and report what was promised not before the promised day."""
    when = at + turn.after * (1 + 0.5 * dice.number(0, 100) / 100) + timedelta(seconds=dice.number(40, 900))
    if turn.after >= timedelta(days=2):
        kept = datetime.combine(promised, time(9 + dice.number(0, 8), dice.number(10, 59)), zone)
        when = max(when, kept.astimezone(when.tzinfo))
    local = when.astimezone(zone)
    if local.hour < 7 or local.hour == 23:
        morning = local.date() + timedelta(days=1 if local.hour == 23 else 0)
        local = datetime.combine(morning, time(dice.number(7, 9), dice.number(0, 59), dice.number(0, 59)), zone)
    return local.astimezone(when.tzinfo)


def _staff_acts(
    at: datetime, after: timedelta, *, promise: Promise, pace: float, dice: Dice, drag: float = 1.0
) -> datetime:
    """In open hours; a day of the script is a day of the office. A pace has its bounds, a planted `drag` has none."""
    calendar = promise.calendar
    day = open_time_between(at, end=at + timedelta(days=7), calendar=calendar) / 7
    amount = after if after < timedelta(hours=12) else day * (after / timedelta(days=1))
    slower = min(2.5, max(0.4, pace * dice.stretch(0.45)))
    return add_open_time(at, amount=amount * slower * drag + timedelta(seconds=dice.number(20, 400)), calendar=calendar)


def _with_assignment(steps: list[Step], *, promise: Promise, dice: Dice) -> list[Step]:
    """Somebody takes it some time before the first thing that staff do."""
    first = next((step.at for step in steps if step.turn.who != "citizen"), None)
    if first is None:
        first = _staff_acts(steps[0].at, timedelta(hours=4), promise=promise, pace=1, dice=dice)
    taken = Step(steps[0].at + (first - steps[0].at) * 0.01 * dice.number(15, 70), _ASSIGN)
    later = next((index for index, step in enumerate(steps) if step.at > taken.at), len(steps))
    return [*steps[:later], taken, *steps[later:]]


def _ending(steps: list[Step], *, promise: Promise, dice: Dice) -> Iterator[Step]:
    """A thank-you is closed with a click, a forgotten matter after some days, all of them for good later."""
    state, at = standing(tuple(steps)), steps[-1].at
    if state in _FORGOTTEN:
        at = _staff_acts(at + _FORGOTTEN[state], timedelta(hours=2), promise=promise, pace=1, dice=dice)
        yield Step(at, _SOLVE)
    elif state == "ours":
        at = _staff_acts(at, timedelta(hours=1), promise=promise, pace=1, dice=dice)
        yield Step(at, _SOLVE)
    yield Step(at + CLOSED_AFTER, _CLOSE)
