"""What a webhook of Twilio's says of a call.

Every address that we name carries the step it belongs to, and our names of the call and the
line; Twilio's signature covers it. Fields: https://www.twilio.com/docs/voice/twiml#request-parameters,
https://www.twilio.com/docs/voice/twiml/enqueue, https://www.twilio.com/docs/voice/api/conference-participant-resource.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qs, urlencode, urlsplit

from channels.contract import Reading, Unreadable, Wire
from channels.shared.charset import storable
from channels.shared.twilio.signature import Form
from crm_core.model.call import CallNews, NewsKind
from crm_core.model.ids import CallId, LegId

CALLER = "caller-"
"""Before the label of the line that is the caller's: when they are moved out of a conference, nobody hung up."""

NOBODY = frozenset({"+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253", "+464"})
"""What Twilio writes for numbers that are withheld: `anonymous`, `restricted` … on the keys of a telephone."""

LANGUAGES = MappingProxyType({"1": "en", "2": "zh"})
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})

_NUMBER = re.compile(r"\+[1-9][0-9]{5,14}")


@dataclass(frozen=True, slots=True)
class Heard(Reading):
    """What was read, and at which step: it says what kind of document the caller's line is at."""

    step: str = ""
    news: CallNews | None = None


def address(hook: str, step: str, **named: object) -> str:
    """Where Twilio is to call us at a step."""
    said = {name: str(value) for name, value in named.items() if value is not None}
    return f"{hook}?{urlencode({'step': step, **said})}"


def read(form: Form, wire: Wire) -> Heard:
    """One piece of news, or none. Raises Unreadable for what no step of ours is."""
    named = {name: values[0] for name, values in parse_qs(urlsplit(wire.url).query).items()}
    step = named.get("step", "")
    if not form.get("CallSid") and step not in ("conference", "words", "tape", "message"):
        raise Unreadable("It says of no call.")
    if not step:
        step = "arrived" if "ErrorCode" not in form and form.get("CallStatus") not in OVER else "fault"
        step = "status" if form.get("CallStatus") in OVER else step
    kind = _STEPS.get(step)
    if kind is None:
        raise Unreadable("It belongs to no step of ours.")
    found = kind(form, named)
    return Heard(() if found is None else (found,), step, found)


def number_of(form: Form) -> str | None:
    """Who calls; None where they withhold it."""
    said = storable(form.get("From", "")).strip()
    return said if _NUMBER.fullmatch(said) and said not in NOBODY else None


def _news(kind: NewsKind, form: Form, named: Mapping[str, str], **more: object) -> CallNews:
    told = named.get("told", "")
    return CallNews(
        kind=kind,
        sid=storable(form.get("CallSid", ""))[:64],
        call=CallId(storable(named["call"])) if named.get("call") else None,
        leg=LegId(storable(named["leg"])) if named.get("leg") else None,
        number=number_of(form),
        told=int(told) if told.isdecimal() and len(told) < 3 else None,
        **more,  # type: ignore[arg-type]
    )


def _plain(kind: NewsKind) -> "_Step":
    return lambda form, named: _news(kind, form, named)


def _silent(_form: Form, _named: Mapping[str, str]) -> None:
    """Nothing to be known: they hear music, or their message is over."""


def _pressed(form: Form, named: Mapping[str, str]) -> CallNews:
    return _news(NewsKind.PRESSED, form, named, pressed=storable(form.get("Digits", ""))[:8])


def _consent(form: Form, named: Mapping[str, str]) -> CallNews:
    return _news(NewsKind.CONSENTS, form, named, pressed=storable(form.get("Digits", ""))[:8])


def _language(form: Form, named: Mapping[str, str]) -> CallNews:
    """A key that chooses a language is no other wish, also where it comes twice, or late."""
    return _news(NewsKind.PRESSED, form, named, language=LANGUAGES.get(storable(form.get("Digits", ""))[:1]))


def _left(form: Form, named: Mapping[str, str]) -> CallNews:
    return _news(NewsKind.LEFT_LINE, form, named, why=storable(form.get("QueueResult", ""))[:40])


def _leg(form: Form, named: Mapping[str, str]) -> CallNews | None:
    status = form.get("CallStatus", "")
    if status == "in-progress":
        return _news(NewsKind.LEG_IN, form, named)
    return _news(NewsKind.LEG_OUT, form, named, why=storable(status)) if status in OVER else None


def _conference(form: Form, named: Mapping[str, str]) -> CallNews | None:
    label, event = storable(form.get("ParticipantLabel", "")), form.get("StatusCallbackEvent", "")
    if not label or label.startswith(CALLER):
        return None
    kinds = {"participant-join": NewsKind.LEG_IN, "participant-leave": NewsKind.LEG_OUT}
    kind = kinds.get(event)
    return None if kind is None else _news(kind, form, {**named, "leg": label}, why="left")


def _message(form: Form, named: Mapping[str, str]) -> CallNews | None:
    """A message of no seconds is none: nobody said a word, and nobody is asked to listen to it."""
    return None if form.get("RecordingDuration") == "0" else _tape(form, named)


def _tape(form: Form, named: Mapping[str, str]) -> CallNews | None:
    url, seconds = storable(form.get("RecordingUrl", "")), form.get("RecordingDuration", "")
    if form.get("RecordingStatus", "completed") != "completed" or not url:
        return None
    return _news(
        NewsKind.RECORDED,
        form,
        named,
        recording=url if url.endswith((".mp3", ".wav")) else f"{url}.mp3",
        seconds=int(seconds) if seconds.isdecimal() else 0,
    )


def _words(form: Form, named: Mapping[str, str]) -> CallNews | None:
    text = storable(form.get("TranscriptionText", "")).strip()
    return _news(NewsKind.TRANSCRIBED, form, named, text=text[:20_000]) if text else None


def _gone(form: Form, named: Mapping[str, str]) -> CallNews:
    return _news(NewsKind.CALLER_GONE, form, named, why=storable(form.get("CallStatus", "")))


_Step = Callable[[Form, Mapping[str, str]], CallNews | None]
_STEPS: Mapping[str, _Step] = MappingProxyType(
    {
        "arrived": _plain(NewsKind.ARRIVED),
        "fault": _plain(NewsKind.FAULT),
        "status": _gone,
        "language": _language,
        "consent": _consent,
        "wait": _plain(NewsKind.WAITS),
        "pressed": _pressed,
        "left": _left,
        "join": _plain(NewsKind.JOINS),
        "line": _plain(NewsKind.JOINS),
        "after": _plain(NewsKind.JOINS),
        "speak": _plain(NewsKind.SPEAKS),
        "answered": _plain(NewsKind.ANSWERED),
        "told": _plain(NewsKind.TOLD),
        "leg": _leg,
        "conference": _conference,
        "message": _message,
        "tape": _tape,
        "words": _words,
        "hold": _silent,
        "bye": _silent,
    }
)
