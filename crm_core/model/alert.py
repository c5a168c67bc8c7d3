"""What asks for a supervisor now: the fact, why, and the one best thing to do about it, as values."""

from dataclasses import dataclass
from enum import StrEnum

from crm_core.model.view import Json


class AlertKind(StrEnum):
    """What is wrong."""

    NOBODY = "nobody"
    LONG_WAIT = "long_wait"
    BELOW_TARGET = "below_target"
    NOT_ANSWERING = "not_answering"
    LONG_WRAP = "long_wrap"
    UNKNOWN_SENDS = "unknown_sends"
    DOOR_DOWN = "door_down"


class Remedy(StrEnum):
    """The one best thing to do."""

    LEND = "lend"
    OPEN_QUEUE = "open_queue"
    MAKE_AVAILABLE = "make_available"
    OPEN_AGENT = "open_agent"
    OPEN_SEND = "open_send"
    OPEN_DOOR = "open_door"


@dataclass(frozen=True, slots=True)
class Alert:
    """`subject` is a queue, an agent, a ticket or an inbox.

    `count` and `value` are what the words of its kind say: how many, and how long or how
    much (seconds, or percent). `since` is when it was raised, in milliseconds; `helper` whom
    the remedy concerns, where there is somebody.
    """

    kind: AlertKind
    subject: str
    since: int
    count: int
    value: int
    remedy: Remedy
    helper: str | None = None

    @property
    def grave(self) -> bool:
        """Whether somebody waits for it now: these stand first."""
        return self.kind in (AlertKind.NOBODY, AlertKind.LONG_WAIT, AlertKind.DOOR_DOWN)

    @property
    def key(self) -> str:
        """One of a kind for a subject stands at a time."""
        return f"{self.kind}:{self.subject}"

    def shown(self, at: int) -> Json:
        """As screens get it, said at this moment."""
        return {
            "said": at,
            "key": self.key,
            "kind": self.kind,
            "subject": self.subject,
            "grave": self.grave,
            "since": self.since,
            "count": self.count,
            "value": self.value,
            "remedy": self.remedy,
            "helper": self.helper,
        }
