"""How somebody is reached as they wish, and served as they need.

Whoever sends something asks here first: a wish not to be disturbed is kept whatever the
door, a need travels with every message, and a warning ends by itself. Nothing here names
a channel: a call is a live contact that we may begin.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from crm_core.model.customer import Customer
from crm_core.model.errors import Problem
from crm_core.model.inbox import Capabilities
from crm_core.model.preferences import Contacting, DoNot, Need, Safety

T = TypeVar("T")

DAY = 24 * 60
"""Minutes."""

MOST = 12
"""Wishes, or needs, of one customer."""

LONGEST = 200
"""Characters of a need's detail, or of a warning's reason."""

LONGEST_WARNING = timedelta(days=366)
"""A warning about somebody is looked at again after a year at the latest."""


@dataclass(frozen=True, slots=True)
class KnownNeed:
    """A need we can meet, in both languages; `asks` says what its detail is (None: it has none)."""

    code: str
    words: Mapping[str, str]
    asks: str | None


@dataclass(frozen=True, slots=True)
class Wishes:
    """All that holds for one person, whichever of their records says it."""

    language: str | None
    channel: str | None
    do_not: tuple[DoNot, ...]
    needs: tuple[Need, ...]
    safety: tuple[Safety, ...]


@dataclass(frozen=True, slots=True)
class Now:
    """Nothing is against it."""

    why: str = "nothing is against it"


@dataclass(frozen=True, slots=True)
class Later:
    """Not before this moment."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Never:
    """They asked not to be reached this way."""

    why: str


@cache
def known_needs() -> Mapping[str, KnownNeed]:
    """The needs there are, by code, in their order."""
    text = (Path(__file__).parent / "data" / "needs.toml").read_text("utf-8")
    return MappingProxyType(
        {
            row["code"]: KnownNeed(row["code"], MappingProxyType({"en": row["en"], "zh": row["zh"]}), row.get("asks"))
            for row in tomllib.loads(text)["need"]
        }
    )


def wishes(records: Sequence[Customer], *, at: datetime) -> Wishes:
    """What holds for somebody with several records: the survivor's comes first, and no need or warning is lost by a merge."""
    return Wishes(
        language=next((one.language for one in records if one.language), None),
        channel=next((one.channel for one in records if one.channel), None),
        do_not=_each(wish for one in records for wish in one.do_not),
        needs=_each(need for one in records for need in one.needs),
        safety=_each(one.safety for one in records if one.safety is not None and at < one.safety.until),
    )


def may_reach(wishes: Wishes, *, by: Capabilities, at: datetime, zone: str) -> Now | Later | Never:
    """Whether somebody may be written to, or called, at this moment.

    `zone` is the house's own (IANA); `by` are the capabilities of the inbox it would go by.
    """
    about = Contacting.CALLS if by.live and by.starts else Contacting.WRITING
    against = [wish for wish in wishes.do_not if wish.what in (about, Contacting.ANY)]
    if any(wish.before is None and wish.after is None for wish in against):
        return Never(f"they asked for no {'calls' if about is Contacting.CALLS else 'messages'}")
    opens = max((wish.before for wish in against if wish.before is not None), default=0)
    closes = min((wish.after for wish in against if wish.after is not None), default=DAY)
    if opens >= closes:
        return Never("their wishes leave no hour of the day")
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    if opens <= minute < closes:
        return Now()
    day = local.date() + timedelta(days=1 if minute >= closes else 0)
    morning = datetime.combine(day, time(opens // 60, opens % 60), ZoneInfo(zone)).astimezone(UTC)
    return Later(morning, f"they asked for nothing {_hours(opens, closes)}")


def problems(customer: Customer, *, at: datetime) -> list[Problem]:
    """What is wrong with how somebody is to be served, for whoever writes it down."""
    found = [*_about_needs(customer.needs), *_about_hours(customer.do_not)]
    if customer.safety is not None:
        if not customer.safety.reason.strip() or len(customer.safety.reason) > LONGEST:
            found.append(Problem("safety.reason", f"Say why, in at most {LONGEST} characters."))
        if not at < customer.safety.until <= at + LONGEST_WARNING:
            found.append(Problem("safety.until", "A warning ends within a year, and not in the past."))
    return found


def _about_needs(needs: tuple[Need, ...]) -> list[Problem]:
    known = known_needs()
    if len(needs) > MOST or len({need.code for need in needs}) < len(needs):
        return [Problem("needs", f"At most {MOST} needs, each once.")]
    if any(need.code not in known for need in needs):
        return [Problem("needs", f"A need is one of: {', '.join(known)}.")]
    if any(len(need.detail) > LONGEST for need in needs):
        return [Problem("needs", f"A detail has at most {LONGEST} characters.")]
    return []


def _about_hours(wishes: tuple[DoNot, ...]) -> list[Problem]:
    if len(wishes) > MOST:
        return [Problem("do_not", f"At most {MOST} wishes.")]
    minutes = [minute for wish in wishes for minute in (wish.before, wish.after) if minute is not None]
    if any(not 0 <= minute <= DAY for minute in minutes):
        return [Problem("do_not", f"A time is a minute of the day, 0 to {DAY}.")]
    return []


def _each(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _hours(opens: int, closes: int) -> str:
    before = f"before {opens // 60}:{opens % 60:02}" if opens else ""
    after = f"after {closes // 60}:{closes % 60:02}" if closes < DAY else ""
    return " or ".join(part for part in (before, after) if part)
