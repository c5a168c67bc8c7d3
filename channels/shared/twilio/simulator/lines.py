"""Calls as Twilio keeps them: lines, conferences with who is in them, recordings; and how each is shown over REST."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


@dataclass(eq=False)
class Line:
    """One line. `mover` holds where it is sent by a request, `keys` what its owner presses, `told` its callback's address, `fallback` where it is asked again after a fault, `pressed` the tones that were sent into it."""

    sid: str
    account: str
    sender: str
    to: str
    direction: str
    status: str
    made: datetime
    began: datetime | None = None
    ended: datetime | None = None
    told: str = ""
    fallback: str = ""
    wanted: frozenset[str] = frozenset()
    label: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    mover: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    hung: asyncio.Event = field(default_factory=asyncio.Event)
    sequence: int = 0
    met: set[str] = field(default_factory=set)
    pressed: str = ""

    @property
    def over(self) -> bool:
        """Whether nobody is on it any more."""
        return self.status in OVER

    def fields(self) -> dict[str, str]:
        """What every webhook says of it."""
        return {
            "CallSid": self.sid,
            "AccountSid": self.account,
            "From": self.sender,
            "To": self.to,
            "CallStatus": self.status,
            "Direction": self.direction,
            "ApiVersion": "2010-04-01",
        }

    def page(self) -> dict[str, Any]:
        """The call resource."""
        uri = f"/2010-04-01/Accounts/{self.account}/Calls/{self.sid}"
        took = (self.ended - self.began).total_seconds() if self.ended and self.began else None
        empty = dict.fromkeys(
            (
                "answered_by",
                "caller_name",
                "forwarded_from",
                "group_sid",
                "parent_call_sid",
                "price",
                "phone_number_sid",
            )
        )
        return {
            **empty,
            "account_sid": self.account,
            "annotation": None,
            "api_version": "2010-04-01",
            "date_created": format_datetime(self.made),
            "date_updated": format_datetime(self.ended or self.began or self.made),
            "direction": self.direction,
            "duration": None if took is None else str(int(took)),
            "end_time": format_datetime(self.ended) if self.ended else None,
            "from": self.sender,
            "from_formatted": self.sender,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": self.sid,
            "start_time": format_datetime(self.began) if self.began else None,
            "status": self.status,
            "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
            "to": self.to,
            "to_formatted": self.to,
            "trunk_sid": None,
            "uri": f"{uri}.json",
        }


@dataclass(eq=False)
class Seat:
    """Somebody in a conference."""

    line: Line
    label: str
    starts: bool
    ends: bool
    held: bool = False
    muted: bool = False
    coaching: bool = False
    coached: str | None = None
    out: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class Room:
    """A conference. `told` is where its events go."""

    sid: str
    account: str
    name: str
    made: datetime
    told: str = ""
    started: bool = False
    over: bool = False
    seats: list[Seat] = field(default_factory=list)

    def seat(self, key: str) -> Seat | None:
        """By the line's name, or the label that was given."""
        return next((one for one in self.seats if key in (one.line.sid, one.label)), None)

    def talking(self) -> set[str]:
        """Lines that hear each other now: not held, in a conference that has begun."""
        return {one.line.sid for one in self.seats if not one.held} if self.started and not self.over else set()

    def page(self) -> dict[str, Any]:
        """The conference resource."""
        uri = f"/2010-04-01/Accounts/{self.account}/Conferences/{self.sid}"
        why = {"reason_conference_ended": "last-participant-left"} if self.over else {}
        return {
            **why,
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "call_sid_ending_conference": None,
            "date_created": format_datetime(self.made),
            "date_updated": format_datetime(self.made),
            "friendly_name": self.name,
            "region": "us1",
            "sid": self.sid,
            "status": "completed" if self.over else "in-progress" if self.started else "init",
            "subresource_uris": {"participants": f"{uri}/Participants.json", "recordings": f"{uri}/Recordings.json"},
            "uri": f"{uri}.json",
        }

    def participant(self, seat: Seat) -> dict[str, Any]:
        """The participant resource."""
        uri = f"/2010-04-01/Accounts/{self.account}/Conferences/{self.sid}/Participants/{seat.line.sid}.json"
        return {
            "account_sid": self.account,
            "call_sid": seat.line.sid,
            "call_sid_to_coach": seat.coached,
            "coaching": seat.coaching,
            "conference_sid": self.sid,
            "date_created": format_datetime(seat.line.made),
            "date_updated": format_datetime(seat.line.made),
            "end_conference_on_exit": seat.ends,
            "hold": seat.held,
            "label": seat.label or None,
            "muted": seat.muted,
            "queue_time": "0",
            "start_conference_on_enter": seat.starts,
            "status": "connected",
            "uri": uri,
        }


@dataclass(eq=False, slots=True)
class Tape:
    """A recording; while it runs, `since` is when it last began to, and `seconds` how long it ran before."""

    sid: str
    account: str
    call: str
    made: datetime
    seconds: float
    status: str
    since: datetime

    @property
    def content(self) -> bytes:
        """Its sound, not more than a few seconds of it."""
        return tone(min(int(self.seconds), 5))

    def page(self) -> dict[str, Any]:
        """The recording resource of a call."""
        uri = f"/2010-04-01/Accounts/{self.account}/Recordings/{self.sid}.json"
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "call_sid": self.call,
            "channels": 1,
            "conference_sid": None,
            "date_created": format_datetime(self.made),
            "date_updated": format_datetime(self.made),
            "duration": str(int(self.seconds)),
            "encryption_details": None,
            "error_code": None,
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "source": "RecordVerb",
            "start_time": format_datetime(self.made),
            "status": self.status,
            "track": "both",
            "uri": uri,
        }


def tone(seconds: int) -> bytes:
    """A WAV file of that length: eight thousand samples of silence a second, one byte each."""
    size = 8000 * max(1, seconds)
    head = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = (1).to_bytes(2, "little") + (1).to_bytes(2, "little") + (8000).to_bytes(4, "little") * 2
    return (
        head
        + form
        + (1).to_bytes(2, "little")
        + (8).to_bytes(2, "little")
        + b"data"
        + size.to_bytes(4, "little")
        + b"\x80" * size
    )
