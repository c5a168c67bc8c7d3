"""The voice side of the simulator: lines ring, wait, meet in conferences and end, and every step is told by signed webhooks.

`scale` is how long a second takes: callers wait as they would, and a test does not.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

from channels.shared.twilio.simulator.carrier import Carrier, Number
from channels.shared.twilio.simulator.faults import Dice
from channels.shared.twilio.simulator.lines import OVER, Line, Room, Seat, Tape
from channels.shared.twilio.simulator.twiml import HungUp, Left, Player, Wrong

APOLOGY = "An application error has occurred. Goodbye."
MOST_IN_LINE = 1000
RETRY_SECONDS = 15.0


class Wires(Protocol):
    """The account, its faults, and the way to our side."""

    carrier: Carrier
    dice: Dice
    hang: float
    url: str

    def now(self) -> datetime: ...
    def later(self, work: Any) -> None: ...
    async def call(self, url: str, fields: Mapping[str, str], *, token: str, must: bool = False) -> str: ...


class Phone(Protocol):
    """Whoever picks up: a device in a browser, a telephone."""

    async def ring(self, line: Line) -> str:
        """`in-progress` where it was answered, else `busy`, `no-answer` or `failed`."""

    def over(self, line: Line) -> None:
        """The line is gone."""


class Caller(Protocol):
    """Whoever calls: what they press, hear and say."""

    def hears(self, words: str) -> None: ...
    def presses(self) -> str: ...
    def says(self) -> tuple[int, str]: ...


@dataclass(eq=False)
class Exchange:
    """One account's calls. `devices` are phones by `client:` identity, `phones` by number; `shelved`: recordings cannot be had now."""

    simulator: Wires
    scale: float = 1.0
    lines: dict[str, Line] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    tapes: dict[str, Tape] = field(default_factory=dict)
    devices: dict[str, Phone] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    waiting: list[Line] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    bridged: Counter[str] = field(default_factory=Counter)
    shelved: bool = False

    async def pass_(self, seconds: float) -> None:
        """Time passes."""
        await asyncio.sleep(seconds * self.scale)

    # ------------------------------------------------------------ callers

    def call(self, sender: str, *, to: str, caller: Caller | None = None) -> Line:
        """Somebody calls a number of ours."""
        line = self._line(sender, to=to, direction="inbound", status="ringing")
        number = self.simulator.carrier.numbers[to]
        line.told = number.hook
        line.wanted = frozenset({"completed"})
        if caller is not None:
            self.callers[line.sid] = caller
        self.simulator.later(self._incoming(line, number))
        return line

    def hang_up(self, line: Line, status: str = "completed") -> None:
        """Whoever holds it puts it down, or a request ends it."""
        if not line.over:
            line.status = status
            line.ended = self.simulator.now()
            line.hung.set()

    async def _incoming(self, line: Line, number: Number) -> None:
        line.began = self.simulator.now()
        await self._live(line, number.hook)

    async def _live(self, line: Line, url: str) -> None:
        """Documents one after another, until the line is over; a request may send it elsewhere at any time."""
        there: str | None = url
        while there is not None and not line.over:
            playing = asyncio.ensure_future(self._played(line, there))
            moved = asyncio.ensure_future(line.mover.get())
            hung = asyncio.ensure_future(line.hung.wait())
            await asyncio.wait({playing, moved, hung}, return_when=asyncio.FIRST_COMPLETED)
            there = moved.result() if moved.done() and not line.over else None
            for task in (playing, moved, hung):
                task.cancel()
            await asyncio.gather(playing, moved, hung, return_exceptions=True)
        self.hang_up(line, line.status if line.over else "completed")
        self.simulator.later(self.tell(line))

    async def _played(self, line: Line, url: str) -> None:
        try:
            await Player(self, line).play(url)
        except HungUp:
            pass
        except Wrong as why:
            self.errors.append(str(why))
            self.heard(line, APOLOGY)
        except asyncio.CancelledError:
            raise
        if not line.over:
            self.hang_up(line)

    # ------------------------------------------------------------ what documents ask for

    async def document(self, line: Line, url: str, more: Mapping[str, str]) -> str:
        """What our side answers within fifteen seconds; else its fallback is asked, and at last they hear an apology."""
        if line.status in ("ringing", "queued"):
            fields = {**line.fields(), **more}
            line.status = "in-progress"
        else:
            fields = {**line.fields(), **more}
        own = self._told_by(line)
        answered = await self.simulator.call(url, fields, token=self.simulator.carrier.token, must=True)
        if answered:
            return answered
        self.errors.append(f"11200: {url.partition('?')[0]}")
        if own:
            wrong = {**fields, "ErrorCode": "11200", "ErrorUrl": url}
            again = await self.simulator.call(own, wrong, token=self.simulator.carrier.token, must=True)
            if again:
                return again
        return f"<Response><Say>{APOLOGY}</Say></Response>"

    def _told_by(self, line: Line) -> str:
        number = self.simulator.carrier.numbers.get(line.to)
        return line.fallback or (number.hook if number is not None else "")

    def heard(self, line: Line, words: str) -> None:
        """They heard this."""
        if (caller := self.callers.get(line.sid)) is not None:
            caller.hears(words)

    async def pressed(self, line: Line, *, seconds: float) -> str:
        """A key, or none in time."""
        caller = self.callers.get(line.sid)
        digits = caller.presses() if caller is not None else ""
        if not digits:
            await self.pass_(seconds)
        return digits

    async def queued(self, line: Line, name: str, hears: Awaitable[None]) -> str:
        """In the line of this name, hearing the waiting document; how it ended. Who hangs up is told of by their status."""
        assert name
        if len(self.waiting) >= MOST_IN_LINE:
            return "queue-full"
        self.waiting.append(line)
        try:
            await hears
        except Left:
            return "leave"
        finally:
            self.waiting.remove(line)
        return "leave"

    async def record(self, line: Line, verb: ET.Element) -> str | None:
        """They speak after the tone; where the recording is, or None where they said nothing."""
        caller = self.callers.get(line.sid)
        seconds, words = caller.says() if caller is not None else (0, "")
        await self.pass_(min(seconds, float(verb.get("maxLength", "3600"))))
        if seconds < 1:
            await self.pass_(float(verb.get("timeout", "5")))
            return None
        tape = self.tape(line, seconds)
        url = self.tape_url(tape)
        told = verb.get("recordingStatusCallback")
        if told:
            self.simulator.later(self.taped(line, tape, told))
        if verb.get("transcribe") == "true" and verb.get("transcribeCallback") and 2 < seconds < 120:
            fields = {**line.fields(), "TranscriptionText": words, "TranscriptionStatus": "completed"}
            self.simulator.later(self._said(verb.get("transcribeCallback", ""), fields))
        return url

    def tape(self, line: Line, seconds: int) -> Tape:
        """A recording of that length."""
        sid, now = f"RE{secrets.token_hex(16)}", self.simulator.now()
        tape = Tape(sid, line.account, line.sid, now, seconds, "completed", now)
        self.tapes[sid] = tape
        return tape

    def turn(self, tape: Tape, status: str) -> None:
        """It runs, rests or is over: what it holds is as long as it ran."""
        now = self.simulator.now()
        if tape.status == "in-progress":
            tape.seconds += (now - tape.since).total_seconds() / self.scale
        tape.status, tape.since = status, now

    def tape_url(self, tape: Tape) -> str:
        """Where it is fetched."""
        return f"{self.simulator.url}/2010-04-01/Accounts/{tape.account}/Recordings/{tape.sid}"

    async def taped(self, line: Line, tape: Tape, told: str) -> None:
        """Its callback hears that it is done."""
        fields = {
            **line.fields(),
            "RecordingSid": tape.sid,
            "RecordingUrl": self.tape_url(tape),
            "RecordingStatus": "completed",
            "RecordingDuration": str(int(tape.seconds)),
        }
        await self.simulator.call(told, fields, token=self.simulator.carrier.token)

    async def _said(self, told: str, fields: Mapping[str, str]) -> None:
        await self.pass_(2)
        await self.simulator.call(told, fields, token=self.simulator.carrier.token)

    # ------------------------------------------------------------ conferences

    async def confer(self, line: Line, noun: ET.Element) -> None:
        """In a conference until it is over, or they are led out of it."""
        room = self.room((noun.text or "").strip())
        room.told = room.told or noun.get("statusCallback", "")
        seat = Seat(
            line,
            noun.get("participantLabel", ""),
            starts=noun.get("startConferenceOnEnter", "true") == "true",
            ends=noun.get("endConferenceOnExit", "false") == "true",
        )
        self.enter(room, seat)
        try:
            await seat.out.wait()
        finally:
            self.leave(room, seat)

    def room(self, name: str) -> Room:
        """The conference of this name that goes on; a new one where there is none."""
        found = next((one for one in self.rooms.values() if one.name == name and not one.over), None)
        if found is None:
            found = Room(f"CF{secrets.token_hex(16)}", self.simulator.carrier.account, name, self.simulator.now())
            self.rooms[found.sid] = found
        return found

    def enter(self, room: Room, seat: Seat) -> None:
        """Somebody takes a seat; it begins with the first who may begin it."""
        room.seats.append(seat)
        room.started = room.started or seat.starts
        self._event(room, "participant-join", seat)
        if room.started and len(room.seats) == 2:
            self._event(room, "conference-start", None)
            for one in room.seats:
                if one.line.direction == "inbound":
                    self.bridged[one.line.sid] += 1

    def leave(self, room: Room, seat: Seat) -> None:
        """Somebody gets up; it ends with who ends it, or with the last."""
        if seat not in room.seats:
            return
        room.seats.remove(seat)
        self._event(room, "participant-leave", seat)
        if (seat.ends and seat.line.over) or not room.seats:
            room.over = True
            self._event(room, "conference-end", None)
            for other in list(room.seats):
                other.out.set()

    def _event(self, room: Room, event: str, seat: Seat | None) -> None:
        if not room.told:
            return
        fields = {
            "ConferenceSid": room.sid,
            "FriendlyName": room.name,
            "AccountSid": room.account,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(len(room.seats)),
        }
        if seat is not None:
            fields |= {"CallSid": seat.line.sid, "ParticipantLabel": seat.label}
        self.simulator.later(self._posted(room.told, fields))

    async def _posted(self, url: str, fields: Mapping[str, str]) -> None:
        await self.simulator.call(url, fields, token=self.simulator.carrier.token)

    # ------------------------------------------------------------ lines that we call

    def place(self, form: Mapping[str, str]) -> Line:
        """A line that hears a document as soon as it is answered."""
        line = self._line(form["From"], to=form["To"], direction="outbound-api", status="queued")
        line.told = form.get("StatusCallback", "")
        line.wanted = frozenset({"completed"})
        line.fallback = form.get("FallbackUrl", "")
        self.simulator.later(self._placed(line, form["Url"], timeout=float(form.get("Timeout", "60"))))
        return line

    async def _placed(self, line: Line, url: str, *, timeout: float) -> None:
        phone = self.phones.get(line.to)
        line.status = "ringing"
        answered = await self._rung(line, phone, timeout=timeout)
        if answered != "in-progress" or line.over:
            self.hang_up(line, answered if answered in OVER else "canceled")
            await self.tell(line)
        else:
            line.status, line.began = "in-progress", self.simulator.now()
            await self._live(line, url)
        if phone is not None:
            phone.over(line)

    def dial(self, room: Room, form: Mapping[str, str]) -> Seat:
        """A line to a device or number, that takes its seat when it is answered."""
        to = form["To"]
        line = self._line(form["From"], to=to.partition("?")[0], direction="outbound-api", status="queued")
        line.params = dict(parse_qsl(urlsplit(to).query))
        line.told = form.get("StatusCallback", "")
        line.wanted = frozenset(form.get("StatusCallbackEvent", "completed").split())
        line.label = form.get("Label", "")
        room.told = room.told or form.get("ConferenceStatusCallback", "")
        seat = Seat(
            line,
            form.get("Label", ""),
            starts=form.get("StartConferenceOnEnter", "true") == "true",
            ends=form.get("EndConferenceOnExit", "false") == "true",
            muted=form.get("Muted") == "true",
            coaching=form.get("Coaching") == "true",
            coached=form.get("CallSidToCoach"),
        )
        self.simulator.later(self._outgoing(line, room, seat, timeout=float(form.get("Timeout", "30"))))
        return seat

    async def _outgoing(self, line: Line, room: Room, seat: Seat, *, timeout: float) -> None:
        phone = (
            self.devices.get(line.to.removeprefix("client:"))
            if line.to.startswith("client:")
            else self.phones.get(line.to)
        )
        line.status = "ringing"
        await self.tell(line)
        answered = await self._rung(line, phone, timeout=timeout)
        if answered != "in-progress" or line.over:
            self.hang_up(line, answered if answered in OVER else "canceled")
        else:
            line.status, line.began = "in-progress", self.simulator.now()
            self.simulator.later(self.tell(line))
            self.enter(room, seat)
            hung, out = asyncio.ensure_future(line.hung.wait()), asyncio.ensure_future(seat.out.wait())
            await asyncio.wait({hung, out}, return_when=asyncio.FIRST_COMPLETED)
            for task in (hung, out):
                task.cancel()
            self.hang_up(line)
            self.leave(room, seat)
        if phone is not None:
            phone.over(line)
        await self.tell(line)

    async def _rung(self, line: Line, phone: Phone | None, *, timeout: float) -> str:
        if phone is None:
            await self.pass_(1)
            return "no-answer"
        ringing = asyncio.ensure_future(phone.ring(line))
        hung = asyncio.ensure_future(line.hung.wait())
        done, _ = await asyncio.wait({ringing, hung}, timeout=timeout * self.scale, return_when=asyncio.FIRST_COMPLETED)
        for task in (ringing, hung):
            task.cancel()
        if ringing in done:
            return ringing.result()
        return "canceled" if hung in done else "no-answer"

    async def tell(self, line: Line) -> None:
        """Its callback hears how it stands, where it wants to."""
        name = {"in-progress": "answered"}.get(line.status, "completed" if line.over else line.status)
        if not line.told or name not in line.wanted or line.status in line.met:
            return
        line.met.add(line.status)
        line.sequence += 1
        fields = {**line.fields(), "SequenceNumber": str(line.sequence), "CallbackSource": "call-progress-events"}
        await self._posted(line.told, fields)

    def _line(self, sender: str, *, to: str, direction: str, status: str) -> Line:
        line = Line(
            f"CA{secrets.token_hex(16)}",
            self.simulator.carrier.account,
            sender,
            to,
            direction,
            status,
            self.simulator.now(),
        )
        self.lines[line.sid] = line
        return line
