"""TwiML as Twilio carries it out, verb by verb, for one line at a time.

https://www.twilio.com/docs/voice/twiml. A verb that takes over (`Redirect`, `Enqueue`, an action that
answers) ends the document; where a document ends, the line is hung up. What is not well-formed, or holds
verbs that do not exist, is error 12100 or 12200: the caller hears an apology.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Protocol
from xml.etree import ElementTree as ET

from channels.shared.twilio.simulator.lines import Line

VERBS = frozenset(
    {"Say", "Play", "Pause", "Gather", "Enqueue", "Dial", "Record", "Redirect", "Reject", "Hangup", "Leave"}
)
IN_LINE = frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Leave", "Hangup"})
"""All that may stand in the document that is heard while waiting."""

LETTERS_A_SECOND = 15


class Wrong(Exception):
    """A document that Twilio would not carry out, by its error number."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code


class Left(Exception):
    """`Leave`: out of the line."""


class HungUp(Exception):
    """Nobody is on the line any more."""


class Stage(Protocol):
    """What a document is played on."""

    async def pass_(self, seconds: float) -> None: ...
    async def document(self, line: Line, url: str, more: Mapping[str, str]) -> str: ...
    def heard(self, line: Line, words: str) -> None: ...
    async def pressed(self, line: Line, *, seconds: float) -> str: ...
    async def queued(self, line: Line, name: str, hears: Awaitable[None]) -> str: ...
    async def confer(self, line: Line, noun: ET.Element) -> None: ...
    async def record(self, line: Line, verb: ET.Element) -> str | None: ...


@dataclass(frozen=True)
class Player:
    """Plays documents to one line."""

    exchange: Stage
    line: Line

    async def play(self, url: str) -> None:
        """From this address on, until nothing is left to do."""
        next_: str | None = url
        more: dict[str, str] = {}
        while next_ is not None:
            document = await self.exchange.document(self.line, next_, more)
            following = await self._all(parsed(document, allowed=VERBS), at=next_)
            next_, more = (None, {}) if following is None else following

    async def _all(self, document: ET.Element, *, at: str) -> "tuple[str, dict[str, str]] | None":
        for verb in document:
            found = await self._one(verb, at=at)
            if found is not None:
                return found
        return None

    async def _one(self, verb: ET.Element, *, at: str) -> "tuple[str, dict[str, str]] | None":
        match verb.tag:
            case "Say" | "Play" | "Pause":
                await self._heard(verb)
            case "Redirect":
                return (verb.text or at).strip(), {}
            case "Gather":
                return await self._gather(verb, at=at)
            case "Enqueue":
                return await self._enqueue(verb, at=at)
            case "Dial":
                return await self._dial(verb, at=at)
            case "Record":
                return await self._record(verb, at=at)
            case "Leave":
                raise Left
            case "Reject":
                self.line.status = "busy" if verb.get("reason") == "busy" else "failed"
                raise HungUp
            case _:
                raise HungUp
        return None

    async def _heard(self, verb: ET.Element) -> None:
        words = (verb.text or "").strip()
        if verb.tag == "Say":
            self.exchange.heard(self.line, words)
        seconds = float(verb.get("length", "1")) if verb.tag == "Pause" else len(words) / LETTERS_A_SECOND
        await self.exchange.pass_(seconds)

    async def _gather(self, verb: ET.Element, *, at: str) -> "tuple[str, dict[str, str]] | None":
        """What stands inside is heard until a key is pressed; without one the next verb follows."""
        for inner in verb:
            await self._heard(inner)
        digits = await self.exchange.pressed(self.line, seconds=float(verb.get("timeout", "5")))
        return (verb.get("action", at), {"Digits": digits}) if digits else None

    async def _enqueue(self, verb: ET.Element, *, at: str) -> "tuple[str, dict[str, str]] | None":
        result = await self.exchange.queued(self.line, (verb.text or "").strip(), self._wait(verb.get("waitUrl", "")))
        action = verb.get("action")
        return (action, {"QueueResult": result}) if action else None if result != "leave" else (at, {})

    async def _wait(self, url: str) -> None:
        """The waiting document, again and again, until `Leave` or `Hangup`."""
        next_, more = url, dict[str, str]()
        while True:
            document = parsed(await self.exchange.document(self.line, next_, more), allowed=IN_LINE)
            following = await self._all(document, at=next_)
            next_, more = (url, {}) if following is None else following
            await self.exchange.pass_(0.1)

    async def _dial(self, verb: ET.Element, *, at: str) -> "tuple[str, dict[str, str]] | None":
        noun = next(iter(verb), None)
        if noun is None or noun.tag != "Conference":
            raise Wrong(12200, "only conferences are dialled here")
        await self.exchange.confer(self.line, noun)
        action = verb.get("action")
        return (action, {"DialCallStatus": "answered"}) if action else None

    async def _record(self, verb: ET.Element, *, at: str) -> "tuple[str, dict[str, str]] | None":
        url = await self.exchange.record(self.line, verb)
        return None if url is None else (verb.get("action", at), {"RecordingUrl": url, "Digits": "#"})


def parsed(document: str, *, allowed: frozenset[str]) -> ET.Element:
    """The verbs of a document. Raises Wrong."""
    try:
        root = ET.fromstring(document)  # noqa: S314 - it reads what we ourselves answered
    except ET.ParseError as why:
        raise Wrong(12100, f"Document parse failure: {why}") from why
    if root.tag != "Response":
        raise Wrong(12100, "The document is no Response")
    for verb in root:
        if verb.tag not in allowed:
            raise Wrong(12200, f"Schema validation warning: {verb.tag} does not belong here")
    return root
