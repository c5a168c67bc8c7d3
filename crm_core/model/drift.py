"""A channel that drifts from its promise: an alert that stands until somebody has seen it and it is over."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import AgentId, DriftId, ServiceId


class DriftState(StrEnum):
    """OPEN wants a person; SEEN was confirmed by one and still lasts; OVER is past."""

    OPEN = "open"
    SEEN = "seen"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Drift:
    """For this service, first answers on this channel come too late: `kept` of `of` came in time lately.

    `found_at` is when it was noticed; `seen_by` who confirmed that they know.
    """

    id: DriftId
    service: ServiceId
    channel: str
    state: DriftState
    kept: int
    of: int
    found_at: datetime
    seen_by: AgentId | None = None
    seen_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Share:
    """How many first answers came in time, of a service by a channel; what can be told by so few may be nothing."""

    service: ServiceId
    channel: str
    kept: int
    of: int
