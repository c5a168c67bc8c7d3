"""Who is able to do what: queues served, skills with levels, languages.

Agents of the same ability share a shelf; work with the same need shares a crowd (the
shelves whose agents are able). Each pair is compared once, when the second of the two
is first seen, never when work is handed out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from crm_core.model.agent import Agent
from crm_core.model.ids import QueueId
from crm_core.model.work import Work
from routing.order import Excluded, Kind
from routing.shelf import Line, Row, Shelf

Trait = tuple[str, str, int]
"""One thing an agent has: ("queue", its id, 1), ("language", its code, 1), ("skill", its name, a level)."""

_LACKING = 1000
"""More than all that anybody knows."""


class Need(NamedTuple):
    """What work asks of whoever takes it. Skills are (name, least level), sorted by name.

    `narrower` is what it asked before, where it has waited so long that less is asked now: who was able then still is,
    and who fits that better is asked first.
    """

    queue: QueueId
    skills: tuple[tuple[str, int], ...]
    language: str | None
    narrower: "Need | None" = None

    @classmethod
    def of(cls, work: Work) -> "Need":
        """What this piece of work asks."""
        skills = work.skills
        return cls(work.queue, tuple(skills.items() if len(skills) < 2 else sorted(skills.items())), work.language)

    @property
    def first(self) -> "Need":
        """What it asked when it came."""
        need = self
        while need.narrower is not None:
            need = need.narrower
        return need


@dataclass(frozen=True, slots=True)
class Ability:
    """What an agent can take on. Skills are (name, level) pairs."""

    queues: frozenset[QueueId]
    skills: frozenset[tuple[str, int]]
    languages: frozenset[str]

    @classmethod
    def of(cls, agent: Agent, *, serves: frozenset[QueueId]) -> "Ability":
        """What this agent can take on, serving these queues."""
        return cls(serves, frozenset(agent.skills.items()), frozenset(agent.languages))


def skilled(ability: Ability, *, need: Need) -> bool:
    """Whether an agent of this ability serves the queue and has every skill at its level."""
    if need.queue not in ability.queues:
        return False
    levels = dict(ability.skills)
    return all(levels.get(skill, 0) >= least for skill, least in need.skills)


def speaks(ability: Ability, *, need: Need) -> bool:
    """Whether an agent of this ability answers in the language asked for, if any is."""
    return need.language is None or need.language in ability.languages


def fit(ability: Ability, *, need: Need) -> int:
    """How well an agent of this ability fits what was first asked: what they lack counts before how much they know."""
    asked, levels = need.first, dict(ability.skills)
    known = [(levels.get(skill, 0), least) for skill, least in asked.skills]
    lacks = sum(max(0, least - level) for level, least in known) + (not speaks(ability, need=asked))
    return sum(level for level, _ in known) - _LACKING * lacks


class Crowd:
    """The shelves whose agents are able to do work of one need, and how well each fits.

    A language that nobody skilled answers in is not asked for: an answer in another
    language is better than none, and work must not wait for somebody who does not exist.
    Whoever was able when more was asked (`narrower`) still is: a crowd only widens with waiting.
    `there` is how many are able and how many of them are there, as last counted (see `Seats.there`).
    """

    def __init__(self, need: Need, *, able: Mapping[Shelf, Ability], narrower: "Crowd | None") -> None:
        self.need = need
        self.there: tuple[int, int, int] = (-1, 0, 0)
        self.rows: dict[tuple[Kind, Excluded], Row] = {}
        self.shelves: dict[Shelf, int] = {}
        self._narrower = narrower
        self._skilled = {shelf: fit(ability, need=need) for shelf, ability in able.items()}
        self._fluent = {shelf for shelf, ability in able.items() if speaks(ability, need=need)}
        self._settle()

    def __contains__(self, shelf: object) -> bool:
        return shelf in self.shelves

    @property
    def waives_language(self) -> bool:
        """Whether the language had to be given up."""
        return bool(self._skilled) and not self._fluent

    def row(self, kind: Kind, excluded: Excluded = frozenset()) -> Row:
        """The row for work of this kind that these are not asked for."""
        row = self.rows.get((kind, excluded))
        if row is None:
            row = self.rows[kind, excluded] = Row(kind, shelves=self.shelves, excluded=excluded)
        return row

    def close(self, line: Line) -> None:
        """A line that somebody is not asked for is closed when it is empty: there may be any number of them."""
        if line.excluded and not line:
            line.close()
            if not line.row.lines:
                del self.rows[line.row.kind, line.excluded]

    def join(self, shelf: Shelf, *, ability: Ability) -> None:
        """A shelf that was not known before."""
        if skilled(ability, need=self.need):
            self._skilled[shelf] = fit(ability, need=self.need)
            if speaks(ability, need=self.need):
                self._fluent.add(shelf)
            self._show()

    def leave(self, shelf: Shelf) -> None:
        """A shelf that nobody stands at any more."""
        self._skilled.pop(shelf, None)
        self._fluent.discard(shelf)
        self._show()

    def _show(self) -> None:
        self._settle()
        for row in self.rows.values():
            row.moves(self.shelves)

    def _settle(self) -> None:
        """Those able: who speak the language, or, where nobody does, all with the skills."""
        shelves = {shelf: fits for shelf, fits in self._skilled.items() if not self._fluent or shelf in self._fluent}
        if self._narrower is not None:
            shelves |= self._narrower.shelves
        self.shelves = shelves


class Abilities:
    """Every shelf and every crowd, matched with each other; a new need finds its shelves by index."""

    def __init__(self) -> None:
        self._shelves: dict[Ability, Shelf] = {}
        self._abilities: dict[Shelf, Ability] = {}
        self._held: Counter[Ability] = Counter()
        self._crowds: dict[Need, Crowd] = {}
        self._by_queue: dict[QueueId, list[Crowd]] = {}
        self._having: defaultdict[Trait, set[Shelf]] = defaultdict(set)

    def take_up(self, ability: Ability) -> Shelf:
        """The shelf of agents with this ability; one more stands at it."""
        self._held[ability] += 1
        if ability not in self._shelves:
            shelf = self._shelves[ability] = Shelf()
            self._abilities[shelf] = ability
            for trait in _traits_of(ability):
                self._having[trait].add(shelf)
            for crowd in self._crowds_of(ability):
                crowd.join(shelf, ability=ability)
        return self._shelves[ability]

    def give_up(self, ability: Ability) -> None:
        """One agent fewer stands there; with the last one the shelf goes."""
        self._held[ability] -= 1
        if not self._held[ability]:
            del self._held[ability]
            shelf = self._shelves.pop(ability)
            del self._abilities[shelf]
            for trait in _traits_of(ability):
                self._having[trait].discard(shelf)
            for crowd in self._crowds_of(ability):
                crowd.leave(shelf)

    def crowd(self, need: Need) -> Crowd:
        """Those who are able to meet this need."""
        known = self._crowds.get(need)
        if known is None:
            narrower = None if need.narrower is None else self.crowd(need.narrower)
            able = set.intersection(*(self._having[trait] for trait in _traits_for(need)))
            known = self._crowds[need] = Crowd(
                need, able={shelf: self._abilities[shelf] for shelf in able}, narrower=narrower
            )
            self._by_queue.setdefault(need.queue, []).append(known)
        return known

    def _crowds_of(self, ability: Ability) -> Iterator[Crowd]:
        return (crowd for queue in ability.queues for crowd in self._by_queue.get(queue, ()))


def _traits_of(ability: Ability) -> Iterator[Trait]:
    """A skill at level three is also one at levels two and one."""
    yield from (("queue", queue, 1) for queue in ability.queues)
    yield from (("language", language, 1) for language in ability.languages)
    yield from (("skill", skill, least) for skill, level in ability.skills for least in range(1, level + 1))


def _traits_for(need: Need) -> Iterator[Trait]:
    """What all who are able have in common, their language apart."""
    yield ("queue", need.queue, 1)
    yield from (("skill", skill, least) for skill, least in need.skills if least > 0)
