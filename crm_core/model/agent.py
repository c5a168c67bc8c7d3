"""Who serves, able to do what, and how much at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import AgentId, TeamId


class Role(StrEnum):
    """What a member of staff may do; each includes the one before (see `rules/access.py`)."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Duty(StrEnum):
    """An agent's own state, as they or the system set it. Only AVAILABLE receives offers."""

    AVAILABLE = "available"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    BREAK = "break"
    LUNCH = "lunch"
    TRAINING = "training"
    AWAY = "away"
    OFFLINE = "offline"


NO_ANSWER = "no answer"
"""Why an agent was set away: somebody was on the line and they did not answer."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much an agent carries, in units: by channel and in all."""

    by_channel: dict[str, int]

    @property
    def total(self) -> int:
        """Units over all channels."""
        return sum(self.by_channel.values())

    def with_more(self, channel: str, units: int) -> "Load":
        """The load after taking `units` more on this channel (negative: fewer)."""
        return replace(self, by_channel={**self.by_channel, channel: self.by_channel.get(channel, 0) + units})


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most an agent carries at once: in all, and on each channel.

    A channel without a limit has only that of all. What is live and takes more than one unit, such as a call, comes on
    top of what is written: of those there is one at a time, unless the channel's limit allows more, and while it lasts
    it fills so much of the total that hardly anything fits beside it.
    """

    total: int
    by_channel: dict[str, int]

    def has_room(self, load: Load, *, channel: str, units: int, live: bool) -> bool:
        """Whether `units` more on this channel fit beside what is carried."""
        return self.takes(channel, units, live=live, carried=load.by_channel, total=load.total)

    def takes(self, channel: str, units: int, *, live: bool, carried: Mapping[str, int], total: int) -> bool:
        """The same of what is carried by channel and in all, for who counts it as it comes and goes."""
        if live and units > 1:
            # What is left of a missed one weighs one, and keeps nobody waiting.
            calls = carried.get(channel, 0) // units
            return (calls + 1) * units <= self.by_channel.get(channel, units)
        most = self.by_channel.get(channel, self.total)
        return total + units <= self.total and carried.get(channel, 0) + units <= most


USUAL_CAPACITY = 12
"""Units of whom nobody set a limit for. A call weighs as many: as long as they talk, nothing else comes (I3)."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A member of staff. `skills` are levels 0–5; `languages` are those they answer in.

    `next_duty`: what they do as soon as nothing live is left with them; until then they get nothing new.
    `lent` are those of their teams that they serve for now: until they are given back, or go off duty.
    """

    id: AgentId
    email: str
    name: str
    role: Role
    languages: tuple[str, ...]
    skills: dict[str, int]
    capacity: Capacity
    duty: Duty
    duty_since: datetime
    duty_reason: str | None
    active: bool
    created_at: datetime
    teams: frozenset[TeamId] = frozenset()
    version: int = 1
    next_duty: Duty | None = None
    lent: frozenset[TeamId] = frozenset()

    @property
    def ready(self) -> bool:
        """Whether they are there for new work at all."""
        return self.active and self.duty is Duty.AVAILABLE and self.next_duty is None
