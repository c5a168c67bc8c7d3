"""The board as a fold: what is known of the floor, and one event more.

An event touches the one piece of work it is about and the one tally that this belongs to,
however much waits. The browser's `web/src/shared/board.ts` is the same fold; both are
held to a recount by the same recorded cases. Confidential matters stand on no board.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from crm_core.model.agent import Agent, Duty
from crm_core.model.board import SHORT, SLOT, Stand, Tally
from crm_core.model.event import Stamped
from crm_core.model.view import Json, agent_facts

WORK = frozenset({"work.queued", "work.taken", "work.wrapping", "work.kept", "work.done", "offer.made"})
STAFF = frozenset({"agent.added", "agent.changed"})
HEARD = WORK | STAFF | {"agent.duty"}
"""All kinds of events that move a board."""

RESTAGED = frozenset({"ticket.confided", "ticket.disclosed"})
"""After these all of a matter's work, also what was answered today, stands on no board, or on every one again: it is read anew."""

COLUMNS = tuple(one.name for one in fields(Stand))
"""What a snapshot tells of each piece of work, in this order."""

_values = attrgetter(*COLUMNS)

_WAITS = frozenset({"queued", "offered"})

Cell = tuple[str, str, int]
"""A queue, a channel, and the interval in which it came."""


@dataclass(slots=True)
class Desk:
    """A member of staff as the board counts them; nothing in it is personal."""

    id: str
    duty: str
    since: int
    reason: str | None
    teams: tuple[str, ...]
    capacity: int
    active: bool
    version: int


@dataclass(slots=True)
class Board:
    """How it stands at `position`. What came before `day` is counted only while it waits; `within` in milliseconds.

    `ended` was over when the rows were read, lately: what events still tell of it is counted already.
    """

    day: int
    within: int
    position: int = 0
    works: dict[str, Stand] = field(default_factory=dict)
    tallies: dict[Cell, Tally] = field(default_factory=dict)
    staff: dict[str, Desk] = field(default_factory=dict)
    ended: frozenset[str] = frozenset()
    there: dict[str, Stand] = field(default_factory=dict)
    """Who waits and came live: few of all that waits, and what alerts look at each second."""
    held: dict[str, dict[str, Stand]] = field(default_factory=dict)
    """What each member of staff has, or is offered."""

    def hear(self, event: Stamped) -> None:
        """One event more; those it has heard already change nothing."""
        if event.position <= self.position:
            return
        self.position = event.position
        if event.type in HEARD:
            self.take(event.type, event.facts)

    def take(self, kind: str, facts: Mapping[str, Any]) -> None:
        """What an event tells."""
        if kind in WORK:
            self._stands(facts)
        elif kind in STAFF:
            self._sits(desk_of(facts))
        elif (known := self.staff.get(facts["agent"])) is not None and known.version < facts["version"]:
            known.duty, known.since, known.reason = facts["duty"], _millis(facts["since"]), facts["reason"]
            known.version = facts["version"]

    def place(self, stand: Stand) -> None:
        """A piece of work as it is now, in the place of what was known of it."""
        known = self.works.pop(stand.id, None)
        if known is not None:
            self._count(known, by=-1)
            self._forget(known)
        self._count(stand, by=1)
        if stand.state == "done":
            return
        self.works[stand.id] = stand
        if stand.state in _WAITS and (stand.live or stand.came_live):
            self.there[stand.id] = stand
        if stand.agent is not None and stand.state != "queued":
            self.held.setdefault(stand.agent, {})[stand.id] = stand

    def shown(self) -> Json:
        """As a snapshot carries it: of work, which is most of it, rows without their names."""
        return {
            "position": self.position,
            "day": self.day,
            "ended": sorted(self.ended),
            "columns": list(COLUMNS),
            "works": [list(_values(one)) for _, one in sorted(self.works.items())],
            "tallies": [
                {
                    "queue": queue,
                    "channel": channel,
                    "slot": slot,
                    **asdict(tally),
                    "waits": {str(seconds): many for seconds, many in sorted(tally.waits.items())},
                }
                for (queue, channel, slot), tally in sorted(self.tallies.items())
            ],
            "staff": [{**asdict(one), "teams": list(one.teams)} for _, one in sorted(self.staff.items())],
        }

    def _stands(self, facts: Mapping[str, Any]) -> None:
        stand = stand_of(facts["work"])
        known = self.works.get(stand.id)
        if facts["row"]["confidential"] or stand.id in self.ended:
            return
        if known is None or known.version < stand.version:
            self.place(stand)

    def _sits(self, desk: Desk) -> None:
        known = self.staff.get(desk.id)
        if known is None or known.version < desk.version:
            self.staff[desk.id] = desk

    def _forget(self, stand: Stand) -> None:
        self.there.pop(stand.id, None)
        if stand.agent is not None and (having := self.held.get(stand.agent)) is not None:
            having.pop(stand.id, None)

    def _count(self, stand: Stand, *, by: int) -> None:
        over = stand.left if stand.answered is None else stand.answered
        if over is None or stand.came < self.day:
            return
        cell = (stand.queue, stand.channel, stand.came // SLOT * SLOT)
        tally = self.tallies.setdefault(cell, Tally())
        self._add(tally, stand, waited=over - stand.came, by=by)
        if not tally.answered and not tally.left:
            del self.tallies[cell]

    def _add(self, tally: Tally, stand: Stand, *, waited: int, by: int) -> None:
        if stand.left is not None:
            tally.left += by
            tally.left_early += by * (waited <= self.within)
            tally.left_short += by * (waited <= SHORT)
            return
        in_time = waited <= self.within if stand.came_live else stand.due is None or stand.came + waited <= stand.due
        tally.answered += by
        tally.met += by * in_time
        if stand.came_live:
            tally.live_answered += by
            tally.live_met += by * in_time
            tally.waited += by * waited
            many = tally.waits[waited // 1000] = tally.waits.get(waited // 1000, 0) + by
            if not many:
                del tally.waits[waited // 1000]


def counted(
    stands: Iterable[Stand],
    staff: Iterable[Agent],
    *,
    ended: frozenset[str],
    position: int,
    day: datetime,
    within: int,
) -> Board:
    """The board that these make: a recount, with nothing known before. What `ended` lately is remembered as over."""
    board = Board(millis_of(day), within * 1000, position, ended=ended)
    for stand in stands:
        board.place(stand)
    board.staff = {agent.id: desk_of({"agent": agent.id, **agent_facts(agent)}) for agent in staff}
    return board


def stand_of(facts: Json) -> Stand:
    """A piece of work as an event tells of it."""
    return Stand(
        **{name: facts[name] for name in ("id", "ticket", "queue", "channel", "live", "came_live", "agent", "units")},
        state=str(facts["state"]),
        came=_millis(facts["virtual_start"]),
        due=_maybe(facts["due_at"]),
        answered=_maybe(facts["answered_at"]),
        left=_maybe(facts["left_at"]),
        held=_maybe(facts["held_at"]),
        entered=_millis(facts["entered_at"]),
        version=facts["version"],
    )


def desk_of(facts: Mapping[str, Any]) -> Desk:
    """A member of staff as an event tells of them."""
    return Desk(
        facts["agent"],
        str(Duty(facts["duty"])),
        _millis(facts["duty_since"]),
        facts["duty_reason"],
        tuple(facts["teams"]),
        facts["capacity"]["total"],
        facts["active"],
        facts["version"],
    )


def millis_of(at: datetime) -> int:
    """Whole milliseconds since 1970, cut and not rounded: as browsers read an instant."""
    since = at.astimezone(UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _millis(said: str) -> int:
    return millis_of(datetime.fromisoformat(said))


def _maybe(said: str | None) -> int | None:
    return None if said is None else _millis(said)
