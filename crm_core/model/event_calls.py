"""Events of calls: one says how a call stands after any change, whatever that was."""

from dataclasses import dataclass

from crm_core.model.call import Call, Leg
from crm_core.model.event import SUPERVISORS, Event, TicketEvent
from crm_core.model.ids import AgentId
from crm_core.model.view import Json, maybe_instant, ticket_words


@dataclass(frozen=True, slots=True, kw_only=True)
class CallChanged(TicketEvent):
    """A call stands otherwise than before; whoever takes part hears of it, too, where the ticket is not theirs to see."""

    call: Call

    def more(self) -> Json:
        return {"call": call_facts(self.call)}

    def words(self) -> Json:
        return {"row": ticket_words(self.ticket), "call": call_words(self.call)}

    def for_whom(self) -> frozenset[str]:
        gone = {leg.agent for leg in self.call.legs if leg.agent is not None}
        return frozenset(f"a:{agent}" for agent in self.call.parties | gone) or self.audience


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMoved(Event):
    """A call that has no ticket: it is greeted, or it ended before anybody could have it."""

    audience = SUPERVISORS
    call: Call

    def facts(self) -> Json:
        return {"call": call_facts(self.call)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChanged(Event):
    """A member of staff takes calls elsewhere than before."""

    agent: AgentId

    def facts(self) -> Json:
        return {"agent": self.agent}

    def for_whom(self) -> frozenset[str]:
        return frozenset({f"a:{self.agent}"})


def call_facts(call: Call) -> Json:
    """Ids, states and times of a call."""
    return {
        "id": call.id,
        "ticket": call.ticket,
        "inbox": call.inbox,
        "direction": call.direction,
        "state": call.state,
        "language": call.language,
        "agent": call.agent,
        "legs": [_leg(leg) for leg in call.legs],
        "recording": call.recording,
        "consent": call.consent,
        "consent_at": maybe_instant(call.consent_at),
        "ending": call.ending,
        "short": call.short,
        "arrived_at": maybe_instant(call.arrived_at),
        "waiting_since": maybe_instant(call.waiting_since),
        "bridged_at": maybe_instant(call.bridged_at),
        "ended_at": maybe_instant(call.ended_at),
        "attempts": call.attempts,
        "next_at": maybe_instant(call.next_at),
        "trouble": call.trouble,
        "message": call.message,
        "version": call.version,
    }


def call_words(call: Call) -> Json:
    """Numbers are personal: the caller's, and those of lines to others, by leg."""
    return {"number": call.number, "numbers": {leg.id: leg.number for leg in call.legs if leg.number is not None}}


def call_item(call: Call) -> Json:
    """A call as screens show it."""
    return {**call_facts(call), **call_words(call)}


def _leg(leg: Leg) -> Json:
    return {
        "id": leg.id,
        "part": leg.part,
        "agent": leg.agent,
        "state": leg.state,
        "held": leg.held,
        "muted": leg.muted,
        "mode": leg.mode,
        "joined_at": maybe_instant(leg.joined_at),
        "left_at": maybe_instant(leg.left_at),
        "why": leg.why,
    }
