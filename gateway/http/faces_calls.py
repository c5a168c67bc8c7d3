"""The faces of calls."""

from datetime import datetime
from typing import Literal

from crm_core.model.call import CallDirection, CallEnding, CallState, LegState, Mode, Part, TapeConsent, Taping
from gateway.http.face import Face


class LegItem(Face):
    """One line of a call. `agent` is the member of staff it reaches; `why` why it is gone, in the provider's word."""

    id: str
    part: Part
    agent: str | None
    state: LegState
    held: bool
    muted: bool
    mode: Mode | None
    joined_at: datetime | None
    left_at: datetime | None
    why: str | None


class CallItem(Face):
    """A call as it stands."""

    id: str
    ticket: str | None
    inbox: str
    direction: CallDirection
    state: CallState
    language: str | None
    number: str | None
    """Who calls, or is called; null: withheld."""
    numbers: dict[str, str]
    """Telephone numbers of its lines, by line."""
    agent: str | None
    legs: list[LegItem]
    recording: Taping
    consent: TapeConsent | None
    """How the caller stands to being recorded; null: nobody told or asked them."""
    consent_at: datetime | None
    ending: CallEnding | None
    short: bool
    """Whoever called hung up within five seconds."""
    arrived_at: datetime
    waiting_since: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    attempts: int
    next_at: datetime | None
    """When a callback is tried again."""
    trouble: str | None
    """Why the last try to put somebody through failed, in the provider's word."""
    message: str | None
    """Its record in the ticket's timeline."""
    version: int


class PhoneItem(Face):
    """Where my calls ring: a device in the browser (`twilio`, `simulated`), my telephone (`pstn`), or nowhere here."""

    kind: Literal["twilio", "simulated", "pstn", "none"]
    token: str | None
    identity: str | None
    address: str | None
    """Of a simulated device: the WebSocket to open."""
    number: str | None
    expires_at: datetime | None
    """When the token ends; ask again before."""
