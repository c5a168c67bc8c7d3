"""What people say of how they were served: one question, five steps, words if they like."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from crm_core.model.address import Address
from crm_core.model.ids import AgentId, CustomerId, FeedbackId, InboxId, MessageId, ServiceId, TicketId

WORST, BEST = 1, 5

UNHAPPY: Final = 2
"""A score up to this wants somebody to look at what went wrong."""

LONGEST_COMMENT: Final = 2000

USUAL_REST: Final = timedelta(days=30)
"""So long nobody is asked a second time, unless an admin says otherwise."""


class Asks(StrEnum):
    """How a channel can put the question.

    LINK: a link to a page of ours stands under the words. DIGIT: the same, and where nothing but plain words goes
    back and forth, a figure from 1 to 5 as their whole message says it too. BUTTONS: the channel draws the five steps
    under the message and brings back which was pressed (`Rated`). TALK: on the page where they talk, once the talk is over.
    """

    LINK = "link"
    DIGIT = "digit"
    BUTTONS = "buttons"
    TALK = "talk"

    @property
    def written(self) -> bool:
        """Whether the question is part of our words, and takes their room."""
        return self in (Asks.LINK, Asks.DIGIT)


class Why(StrEnum):
    """Why somebody is not asked."""

    OFF = "off"
    CANNOT = "cannot"
    SERVICE = "service"
    PART = "part"
    SUSPECTED = "suspected"
    MACHINE = "machine"
    STOPPED = "stopped"
    ASKED = "asked"
    LATELY = "lately"
    NO_ROOM = "no room"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One asking, and what came of it. There is one for each time a ticket is solved (`cycle`), at most.

    `channel`, `inbox` and `address` are the door that it was asked by, `message` the one that carries the question
    (None: it was put in a talk), `agent` who answered last. `score` is from 1 to 5, None while nobody said anything;
    `first_at` when they first did, `given_at` when they last did.
    """

    id: FeedbackId
    ticket: TicketId
    customer: CustomerId
    service: ServiceId
    channel: str
    inbox: InboxId
    address: Address
    cycle: int
    asked_at: datetime
    message: MessageId | None = None
    agent: AgentId | None = None
    score: int | None = None
    comment: str = ""
    first_at: datetime | None = None
    given_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody says. `comment` None: nothing is said of it, and what was written before stays."""

    score: int
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """A step that was chosen on the wire itself; `token` is what our question carried, for the core to prove.

    `wire_id` is what the channel needs to say that it arrived, in this `language`.
    """

    token: str
    score: int
    sender: Address
    wire_id: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """The question as a channel gets it: our words, the five steps from worst to best, what proves an answer, and our page.

    `more` is what stands on a link to that page, for who wants to say more than a step.
    """

    text: str
    steps: tuple[str, ...]
    token: str
    url: str
    more: str
