"""Events about promises: what is due, what holds its breath, and the editions of their rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from crm_core.model.event import ADMINS, STAFF, SUPERVISORS, Event, TicketEvent
from crm_core.model.ids import AgentId
from crm_core.model.promise import Edition, Job
from crm_core.model.view import Json, maybe_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDue(TicketEvent):
    """A share of a promise's time is used up (100: it is late now), and these people are told.

    `promise` is `pause` where a pause's cap is used up: the clock of the solution runs on.
    """

    promise: str
    percent: int
    due_at: datetime | None
    told: frozenset[AgentId]

    def more(self) -> Json:
        return {
            "promise": self.promise,
            "percent": self.percent,
            "due_at": maybe_instant(self.due_at),
            "told": sorted(self.told),
        }

    def for_whom(self) -> frozenset[str]:
        return frozenset(f"a:{agent}" for agent in self.told) or self.audience


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersHeld(Event):
    """So many promises became late at once that a person is asked before anybody is told of them."""

    audience: ClassVar[frozenset[str]] = SUPERVISORS
    count: int
    why: str

    def facts(self) -> Json:
        return {"count": self.count, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersReleased(Event):
    """A person said what becomes of what was held: people are told (`tell`), or it goes on quietly."""

    audience: ClassVar[frozenset[str]] = SUPERVISORS
    count: int
    choice: str

    def facts(self) -> Json:
        return {"count": self.count, "choice": self.choice}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionEvent(Event):
    """Anything about an edition of a policy or a calendar."""

    audience: ClassVar[frozenset[str]] = ADMINS
    edition: Edition

    def facts(self) -> Json:
        edition = self.edition
        return {
            "edition": edition.id,
            "kind": edition.kind,
            "of": edition.of,
            "number": edition.number,
            "state": edition.state,
            "back_to": edition.back_to,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDrafted(EditionEvent):
    """Somebody wrote down how a policy or a calendar should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDiscarded(EditionEvent):
    """A draft was thrown away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionPublished(EditionEvent):
    """It is in force from now on; what is open is reckoned anew by a job."""

    audience: ClassVar[frozenset[str]] = STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent(Event):
    """Anything about a job that reckons due times anew."""

    audience: ClassVar[frozenset[str]] = ADMINS
    job: Job

    def facts(self) -> Json:
        return job_facts(self.job)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobBegun(JobEvent):
    """There is something to reckon anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMoved(JobEvent):
    """Another portion is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnded(JobEvent):
    """All of it is: every screen loads its views again, once."""

    audience: ClassVar[frozenset[str]] = STAFF


def job_facts(job: Job) -> Json:
    """A job as screens see it; nothing in it is personal."""
    return {
        "id": job.id,
        "why": job.why,
        "state": job.state,
        "total": job.total,
        "done": job.done,
        "changed": job.changed,
        "late": job.late,
        "made_at": maybe_instant(job.made_at),
        "ended_at": maybe_instant(job.ended_at),
        "version": job.version,
    }
