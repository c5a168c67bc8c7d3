"""When something asks for a supervisor, and when that is over: two levels and a least time, so that no alert flickers.

Pure: the board, what else is known, the alerts that stand and the time, to the alerts that
stand now. What is raised at a limit is over only clearly below it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from crm_core.model.agent import NO_ANSWER
from crm_core.model.alert import Alert, AlertKind, Remedy
from crm_core.model.board import Aims, Service, Stand, Tally
from crm_core.rules import levels
from crm_core.rules.board import Board, Desk

EASED = 0.8
"""An alert of a wait is over when the wait is shorter than this share of its limit."""

RECOVERED = 3
"""And one of a target when the share is so many points above it."""

FEWEST = 10
"""Of fewer contacts no share is told."""

STANDS = 30_000
"""Milliseconds that an alert stands at least, though its reason is over."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the board does not know: which team serves each queue, what was sent or not, and which doors are down."""

    teams: Mapping[str, str]
    unknown: Mapping[str, int]
    down: Mapping[str, int]


def judge(board: Board, around: Around, *, aims: Aims, standing: Mapping[str, Alert], at: int) -> dict[str, Alert]:
    """The alerts that stand now, by their keys. What stood already keeps its beginning."""
    raised = {alert.key: alert for alert in _raised(board, around, aims=aims, standing=standing, at=at)}
    now = {key: replace(alert, since=standing[key].since if key in standing else at) for key, alert in raised.items()}
    lasting = {key: alert for key, alert in standing.items() if key not in now and at - alert.since < STANDS}
    return {**now, **lasting}


def _raised(board: Board, around: Around, *, aims: Aims, standing: Mapping[str, Alert], at: int) -> Iterator[Alert]:
    floor = _Floor(board, around, at)
    for queue in sorted(around.teams):
        yield from _of_queue(floor, queue, aims=aims, standing=standing)
    for desk in floor.to_look_at():
        yield from _of_agent(floor, desk, aims=aims)
    for ticket, since in sorted(around.unknown.items()):
        yield Alert(AlertKind.UNKNOWN_SENDS, ticket, at, 1, (at - since) // 1000, Remedy.OPEN_SEND)
    for inbox, since in sorted(around.down.items()):
        yield Alert(AlertKind.DOOR_DOWN, inbox, at, 1, (at - since) // 1000, Remedy.OPEN_DOOR)


class _Floor:
    """The board, looked at once for all rules."""

    def __init__(self, board: Board, around: Around, at: int) -> None:
        self.board, self.around, self.at = board, around, at
        self.waiting: defaultdict[str, list[Stand]] = defaultdict(list)
        self.tallies: defaultdict[str, list[Tally]] = defaultdict(list)
        for stand in board.there.values():
            self.waiting[stand.queue].append(stand)
        for (queue, _, _), tally in board.tallies.items():
            self.tallies[queue].append(tally)

    def held(self, agent: str) -> Collection[Stand]:
        """What somebody has, or is offered."""
        return self.board.held.get(agent, {}).values()

    def to_look_at(self) -> list[Desk]:
        """Of thousands the few with whom anything could be: they have something in hand, or did not answer."""
        held, staff = self.board.held, self.board.staff
        having = (staff[agent] for agent, stands in held.items() if stands and agent in staff)
        unheard = (desk for desk in staff.values() if desk.reason == NO_ANSWER)
        return [desk for _, desk in sorted({desk.id: desk for part in (having, unheard) for desk in part}.items())]

    def here(self, queue: str) -> list[Desk]:
        """Who is signed in for a queue, whatever they do at the moment."""
        team = self.around.teams[queue]
        return [desk for desk in self.board.staff.values() if team in desk.teams and _is_in(desk)]

    @cached_property
    def free(self) -> list[Desk]:
        """Who is available with nothing in hand, the longest so first."""
        staff = self.board.staff.values()
        free = [desk for desk in staff if desk.active and desk.duty == "available" and not self.held(desk.id)]
        return sorted((desk for desk in free if desk.teams), key=lambda desk: (desk.since, desk.id))

    def spare(self, queue: str) -> str | None:
        """Who could be lent to it: free, and not of its team; the longest so."""
        team = self.around.teams[queue]
        return next((desk.id for desk in self.free if team not in desk.teams), None)

    def service(self, queue: str) -> Service:
        """How its live contacts of today were served, those past the limit counted."""
        tallies = self.tallies[queue]
        overdue = sum(
            1
            for one in self.waiting[queue]
            if one.came_live and one.left is None and one.answered is None and self.at - one.came > self.board.within
        )
        return Service(
            sum(tally.live_answered for tally in tallies),
            sum(tally.live_met for tally in tallies),
            sum(tally.left for tally in tallies),
            sum(tally.left_early for tally in tallies),
            sum(tally.left_short for tally in tallies),
            overdue,
        )


def _of_queue(floor: _Floor, queue: str, *, aims: Aims, standing: Mapping[str, Alert]) -> Iterator[Alert]:
    live = [stand for stand in floor.waiting[queue] if stand.live]
    longest = max((floor.at - stand.came for stand in live), default=0)
    spare = floor.spare(queue) if live else None
    remedy = Remedy.OPEN_QUEUE if spare is None else Remedy.LEND
    if live and not floor.here(queue):
        yield Alert(AlertKind.NOBODY, queue, floor.at, len(live), longest // 1000, remedy, spare)
    limit = aims.longest * 1000 * (EASED if f"{AlertKind.LONG_WAIT}:{queue}" in standing else 1)
    over = [stand for stand in live if floor.at - stand.came > limit]
    if over:
        yield Alert(AlertKind.LONG_WAIT, queue, floor.at, len(over), longest // 1000, remedy, spare)
    met, of = levels.fraction(floor.service(queue), variant=aims.variant)
    wanted = aims.share + (RECOVERED if f"{AlertKind.BELOW_TARGET}:{queue}" in standing else 0)
    if of >= FEWEST and 100 * met < wanted * of:
        yield Alert(AlertKind.BELOW_TARGET, queue, floor.at, of, 100 * met // of, Remedy.OPEN_QUEUE)


def _of_agent(floor: _Floor, desk: Desk, *, aims: Aims) -> Iterator[Alert]:
    if desk.active and desk.duty == "away" and desk.reason == NO_ANSWER:
        away = (floor.at - desk.since) // 1000
        yield Alert(AlertKind.NOT_ANSWERING, desk.id, floor.at, 1, away, Remedy.MAKE_AVAILABLE)
    wraps = [stand.entered for stand in floor.held(desk.id) if stand.state == "wrapping"]
    if wraps and floor.at - min(wraps) > aims.wrap_up * 1000:
        lasts = (floor.at - min(wraps)) // 1000
        yield Alert(AlertKind.LONG_WRAP, desk.id, floor.at, len(wraps), lasts, Remedy.OPEN_AGENT)


def _is_in(desk: Desk) -> bool:
    return desk.active and desk.duty not in ("offline", "away")


def changed(before: Iterable[Alert], now: Iterable[Alert]) -> bool:
    """Whether it is news: one more, one less, or another remedy. A wait that goes on is told by the clock."""

    def said(alerts: Iterable[Alert]) -> set[tuple[str, int, str | None]]:
        return {(one.key, one.count, one.helper) for one in alerts}

    return said(before) != said(now)
