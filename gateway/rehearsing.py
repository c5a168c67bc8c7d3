"""Days that are played on a clock of their own, in a process of their own: no screen waits for a plan.

A rehearsal is asked for run by run, so that several supervisors take turns, and whoever is gone is not played for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from channels.shared.heavy import HeavyReader, TooHeavy
from crm_core.model.errors import BadInput, Busy, Gone, Problem
from routing import whatif
from routing.planning import Goal, Level, Outlook, Staffing
from routing.whatif import Day, Played

P = ParamSpec("P")
T = TypeVar("T")

MOST_RUNS = 20
FEWEST_RUNS = 4
AT_MOST = 6_000
"""Contacts played for one question, over all runs: about one second of one processor."""


@dataclass(slots=True)
class Rehearsals:
    """The one place where days are played; its process begins with the first question."""

    _worker: HeavyReader = field(default_factory=lambda: HeavyReader(seconds=20.0, memory=536_870_912))

    async def close(self) -> None:
        """End the process, whatever it is at."""
        await self._worker.close()

    async def reckon(self, day: Day, goal: Goal, *, level: Level) -> tuple[list[Staffing], list[Outlook]]:
        """What the formulas say; they are quick for a small floor and slow for a large one. Raises BadInput where it is absurd."""
        try:
            return await self._ask(_reckoned, day, goal, level)
        except ValueError as why:
            raise BadInput(Problem("contacts", str(why), code="many")) from why

    async def play(self, days: Sequence[Day], *, gone: Callable[[], bool]) -> list[list[list[Played]]]:
        """Each day in as many runs as its size allows. Raises Gone where whoever asked does not wait any more."""
        played: list[list[list[Played]]] = [[] for _ in days]
        for seed in range(runs_of(days)):
            for day, runs in zip(days, played, strict=True):
                if gone():
                    raise Gone("Nobody waits for this rehearsal any more.")
                runs.append(await self._ask(whatif.play, day, seed=seed))
        return played

    async def _ask(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        try:
            return await self._worker.do(work, *given, **named)
        except TooHeavy as why:
            raise Busy("This day is too large to be played now.") from why


def runs_of(days: Sequence[Day]) -> int:
    """So many runs of each."""
    contacts = sum(sum(day.contacts) for day in days)
    return max(FEWEST_RUNS, min(MOST_RUNS, int(AT_MOST / max(contacts, 1))))


def _reckoned(day: Day, goal: Goal, level: Level) -> tuple[list[Staffing], list[Outlook]]:
    return whatif.needed(day, goal, level=level), whatif.by_formula(day)
