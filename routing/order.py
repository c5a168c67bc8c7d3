"""The order of the queue: what makes a piece of work come first, and what it asks of an agent. `shelf.py` keeps it so.

Work is ordered by (priority after ageing, virtual start, id). Work that asks the same
and began with the same priority stands in one *line*. In a line the oldest has aged the
most, so its order never changes with time: nothing is re-sorted as the clock runs, and
the best work of many lines is the best of their heads *now*.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import WorkState

QUEUED, OFFERED, ACTIVE, WRAPPING, DONE = WorkState
"""By their names: looking a member up in its enumeration is a call, and routing looks with every fact."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_SECOND = 1_000_000

NEVER = 1 << 62
"""Later than everything, in microseconds."""

Key = tuple[int, WorkId]
"""The order within a line: virtual start (microseconds since 1970, compared often) and id."""

Rank = tuple[int, int, WorkId]
"""The order over all lines, least first: minus the band, virtual start, id."""

NO_KEY: Key = (NEVER, WorkId(""))
NO_RANK: Rank = (1, *NO_KEY)
"""Of nothing: after all others."""


def micros(at: datetime) -> int:
    """A moment in microseconds since 1970."""
    return length(at - _EPOCH)


def length(span: timedelta) -> int:
    """A length of time in microseconds, put together from its parts: to divide takes twice as long."""
    return (span.days * _DAY + span.seconds) * _SECOND + span.microseconds


class Kind(NamedTuple):
    """What work takes of an agent's capacity: how many units, on which channel, and whether now."""

    channel: str
    live: bool
    units: int


class EverybodyBut(NamedTuple):
    """All except one: who is not asked while work is held for whoever had its ticket last."""

    agent: AgentId

    def __contains__(self, other: object) -> bool:
        return other != self.agent


Excluded = frozenset[AgentId] | EverybodyBut
