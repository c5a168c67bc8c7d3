"""Frames of the live line: what is said to a screen, as JSON text, each frame with one kind of thing."""

import json
from collections.abc import Iterator

from crm_core.model.event import Stamped
from crm_core.model.view import instant

Said = tuple[str, str]
"""What kind of thing, and its JSON."""


def text_of(event: Stamped) -> str:
    """An event as the frame carries it."""
    return json.dumps(
        {
            "position": event.position,
            "id": event.id,
            "type": event.type,
            "at": instant(event.at),
            "actor": {"kind": event.actor.kind.value, "id": event.actor.id},
            "ticket": event.ticket,
            "at_version": event.at_version,
            "facts": event.facts,
            "personal": event.personal,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


_ALONE = ("hello", "reset")


def grouped(said: list[Said]) -> Iterator[tuple[str, list[str]]]:
    """What was said in order, neighbours of one kind together: each frame holds one kind."""
    at = 0
    while at < len(said):
        kind, until = said[at][0], at + 1
        while until < len(said) and said[until][0] == kind and kind not in _ALONE:
            until += 1
        yield kind, [text for _, text in said[at:until]]
        at = until


def frame(kind: str, texts: list[str]) -> bytes:
    """The frame on the wire."""
    whole = texts[0] if kind in _ALONE else f"[{','.join(texts)}]"
    return f'{{"{kind}":{whole}}}'.encode()
