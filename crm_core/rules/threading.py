"""Where a message belongs: to a ticket that is going on, to one that opens again, or to a new one.

Once for all channels. Whoever can guess an address or a subject must get nowhere, so
only two things join a ticket: what nobody could know who did not get our mail (a signed
token, a Message-ID of ours), or a reference or a ticket's number from somebody proven;
all from a participant. Anything else is a new ticket that names the older one for an agent to judge.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_core.model.address import Address
from crm_core.model.ids import ConversationId, TicketId
from crm_core.model.ticket import Status, Ticket

REOPEN_WINDOW = timedelta(days=14)
"""How long after it was solved an answer opens the same ticket again, unless set otherwise."""


@dataclass(frozen=True, slots=True)
class Strand:
    """A conversation the message may belong to, as looked up.

    `participants` are the addresses of the ticket's own strands and those proven to be
    its customer's; never anybody from Cc.
    """

    ticket: Ticket
    conversation: ConversationId
    participants: frozenset[Address]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What is known about a message when it must find its place; all looked up before.

    `signed`: strands named by a valid token or signed Message-ID of ours. `referenced`:
    strands that hold a remote id the message answers, nearest first. `numbered`: strands
    of tickets whose number it names. `live`: the strand
    of the session it came through. `hinted`: of tickets whose number somebody names who proved nothing. `current`: the strand of our last message on this
    inbox and address. `threads`: the wire names its strands. `automatic`: a machine wrote it.
    """

    sender: Address
    proven: bool
    at: datetime
    threads: bool
    signed: tuple[Strand, ...] = ()
    referenced: tuple[Strand, ...] = ()
    numbered: tuple[Strand, ...] = ()
    hinted: tuple[Strand, ...] = ()
    live: Strand | None = None
    current: Strand | None = None
    automatic: bool = False
    reopen_window: timedelta = REOPEN_WINDOW


@dataclass(frozen=True, slots=True)
class Continue:
    """It belongs to a ticket that goes on."""

    ticket: TicketId
    conversation: ConversationId
    why: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """It belongs to a ticket that was solved a short while ago and opens again."""

    ticket: TicketId
    conversation: ConversationId
    why: str


@dataclass(frozen=True, slots=True)
class New:
    """It is a matter of its own; `related` is an older ticket an agent may join it to."""

    why: str
    related: TicketId | None = None


Place = Continue | Reopen | New


def decide(arrival: Arrival) -> Place:
    """The ticket it belongs to, with the reason; the first rule that fits decides."""
    for strand, why in _belongs(arrival):
        return _join(strand, arrival=arrival, why=why)
    return _new(arrival)


def _belongs(arrival: Arrival) -> Iterable[tuple[Strand, str]]:
    """The strands it has a right to, the surest first."""
    for strand in arrival.signed:
        if arrival.sender in strand.participants:
            yield strand, "it carries our signed token, from somebody who takes part"
    for strand in arrival.referenced:
        if arrival.proven and arrival.sender in strand.participants:
            yield strand, "it answers a message of this ticket, from somebody proven who takes part"
    for strand in arrival.numbered:
        if arrival.proven and arrival.sender in strand.participants:
            yield strand, "it names the ticket's number, and is from somebody proven who takes part"
    if arrival.live is not None:
        yield arrival.live, "the session is still going on"
    if arrival.current is not None and arrival.proven and not arrival.threads:
        yield arrival.current, "we last spoke about this ticket here"


def _join(strand: Strand, *, arrival: Arrival, why: str) -> Place:
    ticket = strand.ticket
    if ticket.status.active:
        return Continue(ticket.id, strand.conversation, why)
    if arrival.automatic:
        return Continue(ticket.id, strand.conversation, f"{why}; an automatic answer opens nothing again")
    if ticket.status is Status.CLOSED:
        return New(f"{why}, but that ticket is closed for good", related=ticket.id)
    solved_at = ticket.solved_at or ticket.updated_at
    if arrival.at - solved_at > arrival.reopen_window:
        return New(f"{why}, but that ticket was solved too long ago", related=ticket.id)
    return Reopen(ticket.id, strand.conversation, why)


def _new(arrival: Arrival) -> New:
    """Nothing fits; whatever it pointed at is only a hint for the agent."""
    if arrival.signed:
        return New("it carries a token we gave to somebody else", related=arrival.signed[0].ticket.id)
    if arrival.referenced:
        stranger = arrival.sender not in arrival.referenced[0].participants
        why = "its sender takes no part in that ticket" if stranger else "its sender is not proven"
        return New(f"it answers a message of ours, but {why}", related=arrival.referenced[0].ticket.id)
    if arrival.hinted:
        return New("it names a ticket's number, which anybody may know", related=arrival.hinted[0].ticket.id)
    if arrival.current is not None and not arrival.threads:
        return New("its sender is not proven", related=arrival.current.ticket.id)
    return New("it refers to nothing of ours")
