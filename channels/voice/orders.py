"""What the phone is to do, as requests to Twilio.

https://www.twilio.com/docs/voice/api/conference-participant-resource and .../call-resource. A ring makes a
line and may not be done twice: where Twilio fell silent after it was handed over, it is looked for
among the conference's participants by our own label. Everything else may be done again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from channels.contract import OutcomeUnknown, Unavailable, Undeliverable
from channels.shared.twilio import errors
from channels.shared.twilio.sending import Carrier
from channels.voice.reading import CALLER, OVER, address
from crm_core.model.call import (
    UNHEARD_OF,
    Call,
    CallNews,
    CallOrder,
    CommandKind,
    Leg,
    LegState,
    Mode,
    NewsKind,
    Part,
)
from crm_core.model.message import Delivery, Receipt

RINGS_SECONDS = 25
_GONE = (404, 410)

_LEADS = {CommandKind.BRIDGE: "join", CommandKind.LINE: "line", CommandKind.VOICEMAIL: "speak"}
"""At which step of ours the caller's line goes on."""

Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operator:
    """Carries out orders for one number."""

    carrier: Carrier
    number: str
    hook: str

    async def carry_out(self, order: CallOrder) -> Receipt:
        """Once. Raises Unavailable, Undeliverable or OutcomeUnknown."""
        match order.command.kind:
            case CommandKind.RING:
                return await self._ring(order)
            case CommandKind.BRIDGE | CommandKind.LINE | CommandKind.VOICEMAIL as kind:
                return await self._lead(order.call, _LEADS[kind])
            case CommandKind.HANG_UP:
                return await self._end(sid_of(order.call))
            case CommandKind.DROP:
                return await self._drop(order)
            case CommandKind.RECORD | CommandKind.PAUSE | CommandKind.CONTINUE:
                return await self._tape(order)
            case _:
                return await self._change(order)

    async def _ring(self, order: CallOrder) -> Receipt:
        leg, call = _must(order.leg), order.call
        if leg.mode is Mode.TOLD_FIRST:
            return await self._do("Calls.json", self._alone(call, leg))
        form = {
            "From": self.number,
            "To": leg.number or f"client:{leg.agent}?call={call.id}",
            "Label": label(leg),
            "Beep": "false",
            "EarlyMedia": "true",
            "Timeout": str(RINGS_SECONDS),
            "StartConferenceOnEnter": "true",
            "EndConferenceOnExit": "true" if leg.part is Part.CALLER else "false",
            "StatusCallback": address(self.hook, "leg", call=call.id, leg=leg.id),
            "StatusCallbackEvent": "initiated ringing answered completed",
            "ConferenceStatusCallback": address(self.hook, "conference", call=call.id),
            "ConferenceStatusCallbackEvent": "join leave end",
            **_listening(leg, order.coached),
        }
        try:
            return await self._do(f"Conferences/{call.id}/Participants.json", form)
        except OutcomeUnknown:
            for one in await self._participants(call):
                if one.get("label") == label(leg):
                    return Receipt(Delivery.SENT, wire_id=str(one["call_sid"]))
            raise

    def _alone(self, call: Call, leg: Leg) -> Mapping[str, str]:
        """Rung outside the conference: what they hear first, no one else does. Twilio tells by itself when it is over."""
        there = address(self.hook, "answered", call=call.id, leg=leg.id)
        return {
            "From": self.number,
            "To": str(leg.number),
            "Timeout": str(RINGS_SECONDS),
            "Url": there,
            "FallbackUrl": there,
            "StatusCallback": address(self.hook, "leg", call=call.id, leg=leg.id),
        }

    async def _tape(self, order: CallOrder) -> Receipt:
        path = f"Calls/{sid_of(order.call)}/Recordings"
        if order.command.kind is CommandKind.RECORD:
            there = address(self.hook, "tape", call=order.call.id)
            return await self._do(f"{path}.json", {"RecordingStatusCallback": there, "RecordingChannels": "dual"})
        status = "paused" if order.command.kind is CommandKind.PAUSE else "in-progress"
        return await self._do(f"{path}/Twilio.CURRENT.json", {"Status": status})

    async def _lead(self, call: Call, step: str) -> Receipt:
        """The caller's line goes on elsewhere."""
        there = address(self.hook, step, call=call.id)
        return await self._do(f"Calls/{sid_of(call)}.json", {"Url": there, "Method": "POST"})

    async def _end(self, sid: str | None) -> Receipt:
        if sid is None:
            return Receipt(Delivery.SENT)
        return await self._do(f"Calls/{sid}.json", {"Status": "completed"}, gone_is_well=True)

    async def _drop(self, order: CallOrder) -> Receipt:
        leg = _must(order.leg)
        if leg.sid is not None:
            return await self._end(leg.sid)
        found = [one for one in await self._participants(order.call) if one.get("label") == label(leg)]
        return await self._end(str(found[0]["call_sid"]) if found else None)

    async def _change(self, order: CallOrder) -> Receipt:
        leg, kind = _must(order.leg), order.command.kind
        conference = await self._conference(order.call)
        if conference is None:
            raise Undeliverable("That conference is over.")
        form = {
            CommandKind.HOLD: {"Hold": "true", "HoldUrl": address(self.hook, "hold")},
            CommandKind.RESUME: {"Hold": "false"},
            CommandKind.MUTE: {"Muted": "true"},
            CommandKind.UNMUTE: {"Muted": "false"},
            CommandKind.MODE: _listening(leg, order.coached),
        }[kind]
        return await self._do(f"Conferences/{conference}/Participants/{label(leg)}.json", form)

    async def lines(self, call: Call) -> Sequence[CallNews]:
        """How each line stands with Twilio. Raises Unavailable."""
        news = []
        sid = sid_of(call)
        if sid is not None:
            status = await self._status(sid)
            if status in OVER or status is None:
                news.append(CallNews(kind=NewsKind.CALLER_GONE, sid=sid, call=call.id, why=status or "gone"))
        for leg in call.there:
            if leg.part is Part.CALLER and call.sid is not None:
                continue
            named = leg.sid or await self._named(call, leg)
            status = None if named is None else await self._status(named)
            if leg.mode is Mode.TOLD_FIRST and status == "in-progress":
                continue  # they are put through when they were told, and not before
            if status == "in-progress" and leg.state is LegState.DIALLING:
                news.append(CallNews(kind=NewsKind.LEG_IN, call=call.id, leg=leg.id))
            elif status is None or status in OVER:
                why = status or (UNHEARD_OF if named is None else "gone")
                news.append(CallNews(kind=NewsKind.LEG_OUT, call=call.id, leg=leg.id, why=why))
        return news

    async def _named(self, call: Call, leg: Leg) -> str | None:
        found = [one for one in await self._participants(call) if one.get("label") == label(leg)]
        return str(found[0]["call_sid"]) if found else None

    async def _status(self, sid: str) -> str | None:
        """None where Twilio knows it no more; what it refuses to say, it does not deny."""
        code, page = await self._look(f"Calls/{sid}.json")
        return None if code in _GONE else str(page.get("status"))

    async def _conference(self, call: Call) -> str | None:
        _, page = await self._look("Conferences.json", FriendlyName=call.id, Status="in-progress")
        found = page.get("conferences") or []
        return str(found[0]["sid"]) if found else None

    async def _participants(self, call: Call) -> Sequence[Page]:
        conference = await self._conference(call)
        if conference is None:
            return ()
        _, page = await self._look(f"Conferences/{conference}/Participants.json")
        return tuple(page.get("participants") or ())

    async def _look(self, path: str, **query: str) -> tuple[int, Page]:
        try:
            status, page = await self.carrier.ask("GET", path, query=query)
        except (aiohttp.ClientError, TimeoutError, ValueError) as why:
            raise Unavailable("Twilio cannot be reached.") from why
        if status >= 400 and status not in _GONE:
            raise Unavailable(errors.said(page.get("code")))
        return status, page

    async def _do(self, path: str, form: Mapping[str, str], *, gone_is_well: bool = False) -> Receipt:
        try:
            status, page = await self.carrier.ask("POST", path, form=form)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as why:
            raise Unavailable("Twilio cannot be reached.") from why
        except (aiohttp.ClientError, TimeoutError, ValueError) as why:
            raise OutcomeUnknown("Twilio fell silent after we had asked.") from why
        if status in (401, 403, 429, 503):
            raise Unavailable(errors.said(page.get("code") or errors.SLOWER))
        if status >= 500:
            raise OutcomeUnknown(errors.said(page.get("code")))
        if status in _GONE and gone_is_well:
            return Receipt(Delivery.SENT)
        if status >= 300:
            raise Undeliverable(errors.said(page.get("code"), else_=str(page.get("message") or "")))
        return Receipt(Delivery.SENT, wire_id=str(page.get("call_sid") or page.get("sid") or "") or None)


def label(leg: Leg) -> str:
    """Our name of a line within its conference."""
    return f"{CALLER}{leg.id}" if leg.part is Part.CALLER else str(leg.id)


def sid_of(call: Call) -> str | None:
    """Twilio's name of the caller's line; whom we call has one as soon as it rings."""
    caller = call.leg(Part.CALLER) or next((leg for leg in reversed(call.legs) if leg.part is Part.CALLER), None)
    return call.sid if caller is None else caller.sid


def _listening(leg: Leg, coached: Leg | None) -> dict[str, str]:
    if leg.part is not Part.SUPERVISOR:
        return {}
    if leg.mode is Mode.WHISPER and coached is not None and coached.sid is not None:
        return {"Muted": "false", "Coaching": "true", "CallSidToCoach": coached.sid}
    return {"Muted": "false" if leg.mode is Mode.JOIN else "true", "Coaching": "false"}


def _must(leg: Leg | None) -> Leg:
    if leg is None:
        raise Undeliverable("That line is gone.")
    return leg
