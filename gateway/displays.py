"""Screens on a wall: without a person, without a name, and only the figures of the board.

A display shows a token that a supervisor made; it is signed, ends by itself and with all
others when somebody shuts them. What it gets is stripped here: of tickets, people's names
and their reasons nothing leaves the house this way.
"""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from typing import Any

from crm_core.model.event import Stamped
from crm_core.model.view import Json
from crm_core.rules.board import COLUMNS, HEARD, RESTAGED, STAFF, WORK, Board

LASTS = timedelta(days=180)
WAITING_MOST = 5000
"""Frames that may wait for one display; one that is slower begins anew."""

_WORK_SHOWN = (
    *("id", "queue", "channel", "live", "came_live", "state", "agent", "units", "version", "virtual_start"),
    *("entered_at", "due_at", "answered_at", "left_at", "held_at"),
)
_STAFF_SHOWN = ("agent", "duty", "duty_since", "teams", "capacity", "active", "version")
_DUTY_SHOWN = ("agent", "duty", "since", "version")
_ANEW = frozenset(
    {*RESTAGED, "queue.changed", "aims.changed", "city.loaded", "job.ended", "inbox.added", "inbox.changed"}
)


class Displays:
    """All displays of this process."""

    def __init__(self, keys: tuple[bytes, ...], *, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock
        self._lines: set[asyncio.Queue[str | None]] = set()

    def token(self, epoch: int) -> str:
        """What opens the figures until it ends: who made it stands in the audit."""
        words = f"{epoch}.{int((self._clock() + LASTS).timestamp())}"
        return f"{words}.{_signed(words, self._keys[0])}"

    def opens(self, token: str, *, epoch: int) -> bool:
        """Whether we signed it, for this epoch, and it has not ended."""
        words, _, signature = token.rpartition(".")
        if not any(compare_digest(_signed(words, key), signature) for key in self._keys):
            return False
        of, _, ends = words.partition(".")
        return int(of) == epoch and self._clock().timestamp() < int(ends)

    async def hear(self, events: list[Stamped]) -> None:
        """What moves a board goes on, stripped; what changes more than figures begins every display anew."""
        if not self._lines:
            return
        for event in events:
            if event.type in _ANEW:
                self._say(None)
            elif event.type in HEARD and (told := stripped(event)) is not None:
                self._say(json.dumps({"events": [told]}, separators=(",", ":")))

    def enter(self) -> "asyncio.Queue[str | None]":
        """From here on nothing is missed; None in it says to begin anew."""
        line: asyncio.Queue[str | None] = asyncio.Queue(WAITING_MOST)
        self._lines.add(line)
        return line

    def leave(self, line: "asyncio.Queue[str | None]") -> None:
        """It is gone."""
        self._lines.discard(line)

    def _say(self, text: str | None) -> None:
        for line in list(self._lines):
            if line.full():
                self._lines.discard(line)
                line.get_nowait()
                text = None
            line.put_nowait(text)


def stripped(event: Stamped) -> Json | None:
    """The event as a display may have it; None where it is about a confidential matter."""
    facts = event.facts
    if event.type in WORK:
        if facts["row"]["confidential"]:
            return None
        shown: Json = {"row": {"confidential": False}, "work": {**_only(facts["work"], _WORK_SHOWN), "ticket": ""}}
    elif event.type in STAFF:
        shown = {**_only(facts, _STAFF_SHOWN), "duty_reason": None}
    else:
        shown = {**_only(facts, _DUTY_SHOWN), "reason": None}
    return {"position": event.position, "type": event.type, "facts": shown}


def figures(board: Board) -> Json:
    """The board as a display may have it."""
    shown = board.shown()
    ticket = COLUMNS.index("ticket")
    for row in shown["works"]:
        row[ticket] = ""
    return {
        **shown,
        "staff": [{**desk, "reason": None} for desk in shown["staff"]],
    }


def _only(facts: Mapping[str, Any], names: tuple[str, ...]) -> Json:
    return {name: facts[name] for name in names}


def _signed(words: str, key: bytes) -> str:
    return urlsafe_b64encode(hmac(key, words.encode(), sha256).digest()).decode().rstrip("=")
