"""A consult: who has a contact asks a colleague to look, to join, and perhaps to take it over (a warm transfer)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import AgentId, ConsultId, TicketId
from crm_core.model.view import Json, instant
from crm_core.model.work import Refused


class ConsultState(StrEnum):
    """Where it stands; only ASKED and JOINED can still change."""

    ASKED = "asked"
    JOINED = "joined"
    DECLINED = "declined"
    TAKEN = "taken"
    ENDED = "ended"

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self in (ConsultState.ASKED, ConsultState.JOINED)


@dataclass(frozen=True, slots=True)
class Consult:
    """`asker` has the ticket and asks `asked` to look at it with them. Whoever is asked sees it from then on."""

    id: ConsultId
    ticket: TicketId
    asker: AgentId
    asked: AgentId
    made_at: datetime
    state: ConsultState = ConsultState.ASKED
    refusal: Refused | None = None
    version: int = 1


def consult_facts(consult: Consult) -> Json:
    """A consult as its two see it."""
    return {
        "id": consult.id,
        "ticket": consult.ticket,
        "asker": consult.asker,
        "asked": consult.asked,
        "made_at": instant(consult.made_at),
        "state": consult.state,
        "refusal": consult.refusal,
        "version": consult.version,
    }
