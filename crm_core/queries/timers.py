"""What rings next, and what is held: short looks at an index of what still waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from crm_core.model.promise import Timer, TimerKind
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import tickets, timers
from crm_core.store.tx import Read

AT_ONCE = 200

_big, _text = sa.BigInteger, sa.Text
_WAITS = sa.text("state IN ('waiting', 'sure', 'quiet')")
_ORDER = (timers.c.fires_at, timers.c.id)


def _first(kind: TimerKind) -> Any:
    named = timers.c.kind == sa.literal_column(f"'{kind}'")
    first = (
        sa.select(timers.c.fires_at, timers.c.kind).where(named, _WAITS).order_by(*_ORDER).limit(sa.literal_column("1"))
    )
    return sa.select(first.subquery())


_FIRSTS = sa.union_all(*(_first(kind) for kind in TimerKind))
_DUE = (
    sa.select(timers)
    .where(
        timers.c.kind == sa.bindparam("what", type_=_text),
        _WAITS,
        timers.c.fires_at <= sa.bindparam("until", type_=_big),
    )
    .order_by(*_ORDER)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_ESCALATING = sa.select(sa.func.count()).where(
    timers.c.kind == sa.literal_column(f"'{TimerKind.PROMISE}'"),
    _WAITS,
    timers.c.state == sa.literal_column("'waiting'"),
    timers.c.fires_at <= sa.bindparam("until", type_=_big),
    timers.c.percent >= sa.literal_column("100"),
)
_ACTIVE = sa.select(sa.func.count()).select_from(tickets).where(sa.text("status NOT IN ('solved', 'closed')"))
_HELD = (
    sa.select(timers.c.why, sa.func.count().label("count"), sa.func.min(timers.c.fires_at).label("since"))
    .where(sa.text("state = 'held'"))
    .group_by(timers.c.why)
)


@dataclass(frozen=True, slots=True)
class Held:
    """How many promises wait for a person's word, and why: `clock`, or the job whose change made them late."""

    why: str
    count: int
    since: datetime


async def next_at(read: Read, *, window: timedelta | None) -> datetime | None:
    """When the next timer rings. `window` is how long what is solved stays so; None: for ever."""
    await read.permit(to="see")
    moments = [_moment(row["fires_at"], row["kind"], window=window) for row in await read.all(_FIRSTS)]
    return min((moment for moment in moments if moment is not None), default=None)


async def due(read: Read, *, window: timedelta | None) -> list[Timer]:
    """What is to ring now, the earliest first; at most a batch of each kind."""
    await read.permit(to="see")
    found: list[Timer] = []
    for kind in TimerKind:
        until = read.now
        if kind is TimerKind.CLOSE:
            if window is None:
                continue
            until -= window
        found += await read.values(Timer, _DUE, what=kind.value, until=micros(until), limit=AT_ONCE)
    return sorted(found, key=lambda timer: (timer.fires_at, timer.id))


async def escalating(read: Read) -> tuple[int, int]:
    """How many promises are about to be told as late, and how many tickets are open: asked only where it may be many."""
    await read.permit(to="see")
    late, active = await read.one(_ESCALATING, until=micros(read.now)), await read.one(_ACTIVE)
    return (late[0] if late else 0), (active[0] if active else 0)


async def held(read: Read) -> list[Held]:
    """What waits for a person's word."""
    await read.permit(to="escalate")
    return [Held(row["why"] or "", row["count"], instant_of(row["since"])) for row in await read.all(_HELD)]


def _moment(stored: int, kind: str, *, window: timedelta | None) -> datetime | None:
    at = instant_of(stored)
    if kind != TimerKind.CLOSE:
        return at
    return None if window is None else at + window
