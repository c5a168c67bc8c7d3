"""Files that went as a link, because their way carries none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crm_core.model.ids import AgentId, MessageId, TicketId

USUAL_LINK: Final = timedelta(days=30)
"""For so long a link opens its files, unless the installation says otherwise."""

HANDED_OUT = "files by link"
"""Flag of a message whose files did not travel with it."""


@dataclass(frozen=True, slots=True)
class Handout:
    """What became of a message's link: it exists from the first fetch or from when it was shut. Its id is the message's."""

    id: MessageId
    ticket: TicketId
    fetched: int = 0
    fetched_at: datetime | None = None
    shut_at: datetime | None = None
    shut_by: AgentId | None = None
    version: int = 1
