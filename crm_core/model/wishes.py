"""How a member of staff wants to hear of what happens while they are away from the screen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm_core.model.ids import AgentId, TicketId


class News(StrEnum):
    """What may be news to whoever is away. OFFERS in a mail are those that nobody answered: an offer lasts a moment."""

    OFFERS = "offers"
    MENTIONS = "mentions"
    REPLIES = "replies"
    LATE = "late"


class Hours(StrEnum):
    """When a mail may come: while a queue of theirs is open (their working hours), or at any time."""

    WORKING = "working"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What they are told of by their browser, and what by mail, `every` so often at most.

    `words`: names and subjects may stand in it; without, only number and queue do, for both lie about in the open.
    `proven` is the address that they showed they read: none other gets a mail.
    """

    browser: frozenset[News] = frozenset(News)
    mail: frozenset[News] = frozenset()
    words: bool = False
    every: timedelta = timedelta(hours=1)
    hours: Hours = Hours.WORKING
    proven: str | None = None


@dataclass(frozen=True, slots=True)
class Tiding:
    """One thing that was news to somebody: what it was, on which ticket, and when. `event` names it."""

    event: str
    agent: AgentId
    news: News
    ticket: TicketId
    at: datetime
