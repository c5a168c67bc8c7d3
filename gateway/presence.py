"""Who is looking at what, and who is writing an answer: passing signs, never stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_core.model.ids import AgentId, TicketId
from crm_core.model.view import Json, instant

LASTS = timedelta(seconds=45)
"""A sign that was not said again for so long is over; screens say theirs every ten seconds."""

KINDS = ("viewing", "typing", "replying", "left")


@dataclass(frozen=True, slots=True)
class Sign:
    """What somebody does at a ticket, since when, and who may know."""

    kind: str
    ticket: TicketId
    agent: AgentId
    channel: str | None
    since: datetime
    heard: datetime
    audience: frozenset[str]

    def shown(self) -> Json:
        """As a screen gets it."""
        said: Json = {"kind": self.kind, "ticket": self.ticket, "agent": self.agent, "since": instant(self.since)}
        return said if self.channel is None else {**said, "channel": self.channel}


class Presence:
    """The newest sign of each person at each ticket, as every process hears it on the bus."""

    def __init__(self) -> None:
        self._here: dict[TicketId, dict[AgentId, Sign]] = {}

    def note(self, sign: Sign) -> Sign:
        """Remember it; the sign as it stands (whoever goes on doing the same does it since they began)."""
        here = self._here.setdefault(sign.ticket, {})
        before = here.pop(sign.agent, None)
        if sign.kind != "left":
            if before is not None and before.kind == sign.kind:
                sign = Sign(sign.kind, sign.ticket, sign.agent, sign.channel, before.since, sign.heard, sign.audience)
            here[sign.agent] = sign
        if not here:
            del self._here[sign.ticket]
        return sign

    def on(self, ticket: TicketId) -> list[Sign]:
        """Who is at a ticket now."""
        return list(self._here.get(ticket, {}).values())

    def of(self, agent: AgentId) -> list[Sign]:
        """Where somebody is."""
        return [sign for here in self._here.values() if (sign := here.get(agent)) is not None]

    def over(self, *, at: datetime) -> Iterator[Sign]:
        """Signs that nobody said again; they are forgotten as they are told."""
        for here in list(self._here.values()):
            for sign in list(here.values()):
                if at - sign.heard > LASTS:
                    gone = Sign("left", sign.ticket, sign.agent, None, at, at, sign.audience)
                    yield self.note(gone)


@dataclass(frozen=True, slots=True)
class Guest:
    """A visitor at the other end of a talk: here, typing or gone; and who may know."""

    kind: str
    ticket: TicketId
    heard: datetime
    audience: frozenset[str]

    def shown(self) -> Json:
        """As a screen gets it."""
        return {"kind": self.kind, "ticket": self.ticket}


class Guests:
    """Which visitors are there, as every process hears it on the bus; said again every ten seconds."""

    def __init__(self) -> None:
        self._here: dict[TicketId, Guest] = {}

    def note(self, guest: Guest) -> Guest:
        """Remember it; typing is not remembered, they are just there."""
        if guest.kind == "gone":
            self._here.pop(guest.ticket, None)
        else:
            self._here[guest.ticket] = Guest("here", guest.ticket, guest.heard, guest.audience)
        return guest

    def on(self, ticket: TicketId) -> Guest | None:
        """Who talks to us about this ticket now, if anybody does."""
        return self._here.get(ticket)

    def over(self, *, at: datetime) -> Iterator[Guest]:
        """Those whom nobody named again; they are forgotten as they are told."""
        for guest in list(self._here.values()):
            if at - guest.heard > LASTS:
                yield self.note(Guest("gone", guest.ticket, at, guest.audience))
