"""Who is able to do what: queues served, skills with levels, languages.

Agents of the same ability share a shelf; work with the same need shares a crowd (the
shelves whose agents are able). Each pair is compared once, when the second of the two
is first seen, never when work is handed out.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from crm_core.model.agent import Agent
from crm_core.model.ids import AgentId, QueueId
from crm_core.model.work import Work
from routing.order import Line, Shelf, Sort

Trait = tuple[str, str, int]
"""One thing an agent has: ("queue", its id, 1), ("language", its code, 1), ("skill", its name, a level)."""


@dataclass(frozen=True, slots=True)
class Need:
    """What work asks of whoever takes it. Skills are (name, least level), sorted by name."""

    queue: QueueId
    skills: tuple[tuple[str, int], ...]
    language: str | None

    @classmethod
    def of(cls, work: Work) -> "Need":
        """What this piece of work asks."""
        return cls(work.queue, tuple(sorted(work.skills.items())), work.language)


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


class Crowd:
    """The shelves whose agents are able to do work of one need.

    A language that nobody skilled answers in is not asked for: an answer in another
    language is better than none, and work must not wait for somebody who does not exist.
    """

    def __init__(self, need: Need, *, able: set[Shelf], fluent: set[Shelf]) -> None:
        self.need = need
        self.lines: dict[tuple[Sort, frozenset[AgentId]], Line] = {}
        self._skilled = able
        self._fluent = fluent

    def __contains__(self, shelf: object) -> bool:
        return shelf in self.shelves

    @property
    def shelves(self) -> Collection[Shelf]:
        """Those able: who speak the language, or, where nobody does, all with the skills."""
        return self._fluent or self._skilled

    @property
    def waives_language(self) -> bool:
        """Whether the language had to be given up."""
        return bool(self._skilled) and not self._fluent

    def line(self, sort: Sort, *, excluded: frozenset[AgentId]) -> Line:
        """The line for work of this sort that these have refused."""
        key = (sort, excluded)
        if key not in self.lines:
            self.lines[key] = Line(sort, shelves=self.shelves, excluded=excluded)
        return self.lines[key]

    def close(self, line: Line) -> None:
        """A line that somebody refused is closed when it is empty: there may be any number of them."""
        if line.excluded and not line:
            del self.lines[line.sort, line.excluded]
            for shelf in self.shelves:
                shelf.forget(line)

    def join(self, shelf: Shelf, *, ability: Ability) -> None:
        """A shelf that was not known before."""
        if skilled(ability, need=self.need):
            self._skilled.add(shelf)
            if speaks(ability, need=self.need):
                self._fluent.add(shelf)
            self._show()

    def leave(self, shelf: Shelf) -> None:
        """A shelf that nobody stands at any more."""
        self._skilled.discard(shelf)
        self._fluent.discard(shelf)
        self._show()

    def _show(self) -> None:
        for line in self.lines.values():
            line.shelves = self.shelves
            line.show()


class Abilities:
    """Every shelf and every crowd, matched with each other; a new need finds its shelves by index."""

    def __init__(self) -> None:
        self._shelves: dict[Ability, Shelf] = {}
        self._held: Counter[Ability] = Counter()
        self._crowds: dict[Need, Crowd] = {}
        self._by_queue: dict[QueueId, list[Crowd]] = {}
        self._having: defaultdict[Trait, set[Shelf]] = defaultdict(set)

    def take_up(self, ability: Ability) -> Shelf:
        """The shelf of agents with this ability; one more stands at it."""
        self._held[ability] += 1
        if ability not in self._shelves:
            shelf = self._shelves[ability] = Shelf()
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
            for trait in _traits_of(ability):
                self._having[trait].discard(shelf)
            for crowd in self._crowds_of(ability):
                crowd.leave(shelf)

    def crowd(self, need: Need) -> Crowd:
        """Those who are able to meet this need."""
        known = self._crowds.get(need)
        if known is None:
            able = set.intersection(*(self._having[trait] for trait in _traits_for(need)))
            fluent = able if need.language is None else able & self._having["language", need.language, 1]
            known = self._crowds[need] = Crowd(need, able=able, fluent=set(fluent))
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
