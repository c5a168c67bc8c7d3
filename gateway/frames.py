"""Frames of the live line: what is said to a screen, as JSON text, each frame with one kind of thing."""

import json
from collections.abc import Iterator

from crm_core.model.event import Stamped
from crm_core.model.view import instant

Said = tuple[str, str]
"""What kind of thing, and its JSON."""


_HEAD = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def text_of(event: Stamped) -> str:
    """An event as the frame carries it; what it tells is passed on as it stands in the record."""
    head = _HEAD.encode(
        {
            "position": event.position,
            "id": event.id,
            "type": event.type,
            "at": instant(event.at),
            "actor": {"kind": event.actor.kind.value, "id": event.actor.id},
            "ticket": event.ticket,
            "at_version": event.at_version,
        }
    )
    return f'{head[:-1]},"facts":{event.facts_text},"personal":{event.personal_text}}}'


def told(event: Stamped) -> Said:
    """An event, to be said to many screens: one value for all, so that its frame is made once."""
    return "events", text_of(event)


_TEXT = 0x81
_ALONE = ("hello", "reset", "alerts", "pong")


def grouped(said: list[Said]) -> Iterator[tuple[str, list[str]]]:
    """What was said in order, neighbours of one kind together: each frame holds one kind."""
    at = 0
    while at < len(said):
        kind, until = said[at][0], at + 1
        while until < len(said) and said[until][0] == kind and kind not in _ALONE:
            until += 1
        yield kind, [text for _, text in said[at:until]]
        at = until


def on_the_wire(said: list[Said]) -> bytes:
    """All that was said to a screen, as whole WebSocket frames: one write, and the same bytes for many screens."""
    return b"".join(_framed(frame(kind, texts)) for kind, texts in grouped(said))


def _framed(payload: bytes) -> bytes:
    """One unmasked, uncompressed text frame (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 65_536:
        return bytes((_TEXT, 126)) + size.to_bytes(2) + payload
    return bytes((_TEXT, 127)) + size.to_bytes(8) + payload


def frame(kind: str, texts: list[str]) -> bytes:
    """What one frame holds."""
    whole = texts[0] if kind in _ALONE else f"[{','.join(texts)}]"
    return f'{{"{kind}":{whole}}}'.encode()
