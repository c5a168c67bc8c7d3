"""What one webhook means, and what one order asks of Twilio, where a slip would be heard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from multidict import MultiDict

from channels.contract import Wire
from channels.voice import reading
from channels.voice.orders import Operator
from crm_core.model.call import (
    Call,
    CallCommand,
    CallDirection,
    CallOrder,
    CallState,
    CommandKind,
    CommandState,
    Leg,
    LegState,
    Mode,
    NewsKind,
    Part,
)
from crm_core.model.ids import CallId, CommandId, InboxId, LegId

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
AGENT = Leg(LegId("l-agent"), Part.AGENT, LegState.IN, sid="CA1")


@pytest.mark.parametrize("key", ["1", "2", "7", "#", ""])
def test_a_key_that_chooses_a_language_never_asks_for_a_callback_or_leaves_a_message(key: str) -> None:
    """It may come twice, and then the caller stands in line, where these keys mean something else."""
    wire = Wire(b"", {}, "https://city.example/hooks/voice/1?step=language&call=c", NOW)
    news = reading.read(MultiDict({"CallSid": "CA1", "Digits": key, "From": "+15550142001"}), wire).news
    assert news is not None
    assert (news.kind, news.pressed, news.language) == (NewsKind.PRESSED, "", reading.LANGUAGES.get(key))


@pytest.mark.parametrize(
    ("step", "seconds", "told"),
    [("message", "0", False), ("message", "1", True), ("message", None, True), ("tape", "0", True)],
)
def test_a_message_of_no_seconds_is_none_and_a_recording_of_a_short_talk_is_one(
    step: str, seconds: str | None, told: bool
) -> None:
    """Whoever hangs up at the tone left nothing to listen to."""
    wire = Wire(b"", {}, f"https://city.example/hooks/voice/1?step={step}&call=c", NOW)
    form = {"CallSid": "CA1", "RecordingUrl": "https://api.twilio.com/RE1", "RecordingStatus": "completed"}
    news = reading.read(MultiDict(form if seconds is None else {**form, "RecordingDuration": seconds}), wire).news
    assert (news is not None) == told


class Twilio:
    """It says that the conference goes on, and notes what it was asked for."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []

    async def ask(self, method: str, _path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        if method == "POST":
            self.forms.append(more["form"])
        return 200, {"conferences": [{"sid": "CF1"}], "sid": "CA1"}


@pytest.mark.parametrize("kind", [CommandKind.RING, CommandKind.MODE])
@pytest.mark.parametrize("mode", [Mode.LISTEN, Mode.WHISPER, Mode.JOIN])
@pytest.mark.parametrize("agent", [AGENT, None])
async def test_a_supervisor_who_does_not_join_is_never_heard_by_the_caller(
    kind: CommandKind, mode: Mode, agent: Leg | None
) -> None:
    leg = Leg(LegId("l-sue"), Part.SUPERVISOR, LegState.IN, number="+15550140001", mode=mode)
    call = Call(CallId("c"), InboxId("i"), CallDirection.IN, CallState.TALKING, NOW, legs=(leg,))
    command = CallCommand(CommandId("o"), call.id, call.inbox, kind, leg.id, CommandState.SENDING, NOW, NOW)
    twilio = Twilio()
    operator = Operator(twilio, "+15550140911", "https://city.example/hook")  # type: ignore[arg-type]
    await operator.carry_out(CallOrder(command, call, leg, agent))
    [form] = twilio.forms
    heard_by_all = (form["Muted"], form["Coaching"]) == ("false", "false")
    assert heard_by_all == (mode is Mode.JOIN)
