"""Who takes what: the same members of staff for the same kind of matter, and never more than they can carry."""

from collections import Counter
from collections.abc import Iterable

from crm_core.model.agent import Agent, Role
from crm_core.model.queue import Queue
from gateway.city.dice import Dice

_SPARE = 2
"""Units that stay free, so that new work finds somebody."""


class Roster:
    """The staff, and what each already has in hand."""

    def __init__(self, agents: dict[str, Agent], *, dice: Dice) -> None:
        self.agents = agents
        self._dice = dice
        self._carries: Counter[str] = Counter()
        self._able: dict[tuple[str, str | None], dict[str, float]] = {}

    def taker(self, queue: Queue, *, language: str | None, in_hand: bool) -> Agent | None:
        """Who takes a ticket of this queue; None if it stays in hand and everyone able is full."""
        able = self._weights(queue, language=language)
        if in_hand:
            able = {key: weight for key, weight in able.items() if not self._full(key)}
        if not able:
            return None
        key = self._dice.weighted(able)
        return self.carry(key) if in_hand else self.agents[key]

    def carry(self, key: str) -> Agent:
        """This agent has one more in hand."""
        self._carries[key] += 1
        return self.agents[key]

    def colleague(self, queue: Queue, *, beside: Agent) -> Agent:
        """Somebody else of the team, who leaves a note."""
        others = [agent for agent in self._team(queue) if agent.id != beside.id]
        return self._dice.pick(others) if others else self.agents["supervisor"]

    def mentioned(self, text: str) -> list[Agent]:
        """Whom `@Anna` means."""
        return [agent for agent in self.agents.values() if f"@{agent.name.split()[0]} " in f"{text} "]

    def _team(self, queue: Queue) -> Iterable[Agent]:
        return (agent for agent in self.agents.values() if queue.team in agent.teams and agent.role is Role.AGENT)

    def _weights(self, queue: Queue, *, language: str | None) -> dict[str, float]:
        """Who is able at all, and how well: it is asked for each call and each letter."""
        known = self._able.get((queue.id, language))
        if known is None:
            weights = {key: self._fit(key, queue, language=language) for key in self.agents}
            known = {key: weight for key, weight in weights.items() if weight > 0}
            self._able[queue.id, language] = known
        return known

    def _fit(self, key: str, queue: Queue, *, language: str | None) -> float:
        agent = self.agents[key]
        if queue.team not in agent.teams or agent.role is not Role.AGENT:
            return 0
        level = max((agent.skills.get(skill, 0) for skill in queue.skills), default=1)
        speaks = language != "zh" or "zh" in agent.languages
        first = "zh" in agent.languages[:1]
        return level * (1.0 if speaks else 0.02) * (1.0 if not first else 4.0 if language == "zh" else 0.15)

    def _full(self, key: str) -> bool:
        return self._carries[key] >= self.agents[key].capacity.total - _SPARE
