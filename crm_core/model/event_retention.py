"""Events about how long things are kept. They count, and name nobody."""

from dataclasses import dataclass
from typing import ClassVar

from crm_core.model.event import ADMINS, Event
from crm_core.model.retention import Period, Sweep
from crm_core.model.view import Json, maybe_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodSet(Event):
    """A kind is kept so long from a day on."""

    audience: ClassVar[frozenset[str]] = ADMINS
    period: Period

    def facts(self) -> Json:
        return {"period": period_facts(self.period)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepEvent(Event):
    """Anything about a pass over what is over."""

    audience: ClassVar[frozenset[str]] = ADMINS
    sweep: Sweep

    def facts(self) -> Json:
        return {"sweep": sweep_facts(self.sweep)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCounted(SweepEvent):
    """It was counted; it runs, or asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepMoved(SweepEvent):
    """Another portion is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepEnded(SweepEvent):
    """All of it is, or an admin said no."""


def period_facts(period: Period) -> Json:
    """A period as screens see it."""
    return {
        "id": period.id,
        "kind": period.kind,
        "days": period.days,
        "valid_from": maybe_instant(period.valid_from),
        "made_by": period.made_by,
        "made_at": maybe_instant(period.made_at),
    }


def sweep_facts(sweep: Sweep) -> Json:
    """A sweep as screens see it."""
    return {
        "id": sweep.id,
        "at": maybe_instant(sweep.at),
        "by": sweep.by,
        "state": sweep.state,
        "cuts": {kind.value: maybe_instant(at) for kind, at in sweep.cuts.items()},
        "counted": {kind.value: count for kind, count in sweep.counted.items()},
        "done": {kind.value: count for kind, count in sweep.done.items()},
        "why": sweep.why,
        "ended_at": maybe_instant(sweep.ended_at),
        "version": sweep.version,
    }
