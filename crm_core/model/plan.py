"""What is to become of an answer beside its words: why it has not left yet, and what it stands in for."""

from dataclasses import dataclass
from enum import StrEnum

from crm_core.model.answer import Cited
from crm_core.model.ids import MessageId
from crm_core.model.sla import Reason
from crm_core.model.ticket import Status


class Hold(StrEnum):
    """Why an answer waits in the house.

    UNDO: whoever wrote it may take it back for some seconds. TIME: it is to leave at a
    time they chose. HOURS: the person asked for nothing before then.
    """

    UNDO = "undo"
    TIME = "time"
    HOURS = "hours"

    @property
    def answers_later(self) -> bool:
        """Whether the ticket counts as answered only when it leaves. What waits for the person's own hours does now."""
        return self is not Hold.HOURS


class Withdrawn(StrEnum):
    """Why an answer that waited never left. Only the first two are somebody's wish."""

    TAKEN_BACK = "taken_back"
    CANCELLED = "cancelled"
    THEY_WROTE = "they_wrote"
    BARRED = "barred"
    CLOSED = "closed"
    MERGED = "merged"
    OUTDATED = "outdated"
    BLOCKED = "blocked"


class Lost(StrEnum):
    """Why an answer that did not arrive is a person's matter, and not sent another way by itself."""

    NO_OTHER_WAY = "no_other_way"
    DOES_NOT_FIT = "does_not_fit"
    THEY_WROTE = "they_wrote"
    CONFIDENTIAL = "confidential"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Plan:
    """`status` and `reason` are where the ticket stands once a held answer has left, if it still stands at `was` then.

    `instead_of` is the message that did not arrive and that this one stands in for;
    `instead` is the same from the other side. Words go another way once at most.
    `cites` is what its answers said when it was written: judged again when it leaves.
    """

    hold: Hold | None = None
    status: Status | None = None
    reason: Reason | None = None
    was: Status | None = None
    instead_of: MessageId | None = None
    instead: MessageId | None = None
    cites: tuple[Cited, ...] = ()
