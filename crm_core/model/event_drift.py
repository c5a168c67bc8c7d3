"""Events of channels that drift from their promise."""

from dataclasses import dataclass
from typing import ClassVar

from crm_core.model.drift import Drift
from crm_core.model.event import SUPERVISORS, Event
from crm_core.model.view import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftEvent(Event):
    """Anything about one drift."""

    audience: ClassVar[frozenset[str]] = SUPERVISORS
    drift: Drift

    def facts(self) -> Json:
        one = self.drift
        return {
            "drift": one.id,
            "service": one.service,
            "channel": one.channel,
            "state": one.state,
            "kept": one.kept,
            "of": one.of,
            "version": one.version,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFound(DriftEvent):
    """First answers on a channel come too late: supervisors are told, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSeen(DriftEvent):
    """A supervisor knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOver(DriftEvent):
    """The promise is kept again, or nobody comes by that channel any more."""
