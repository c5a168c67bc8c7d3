"""Queues, where work waits, and the teams that serve them."""

from dataclasses import dataclass, field

from crm_core.model.ids import CalendarId, QueueId, TeamId


@dataclass(frozen=True, slots=True)
class Team:
    """People who work together; whoever is in a team serves the team's queues."""

    id: TeamId
    name: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Where work waits for an agent who is able. `icon` is drawn by the console; `titles` name it in other languages."""

    id: QueueId
    slug: str
    name: str
    team: TeamId
    skills: dict[str, int]
    calendar: CalendarId
    icon: str
    order: int
    active: bool = True
    version: int = 1
    titles: dict[str, str] = field(default_factory=dict)
