"""How many segments a short message takes, and which sign makes it dear.

3GPP TS 23.038 §6.2.1 (the GSM 7 bit alphabet and its extension table) and §4: alone a
message holds 160 septets or 70 UTF-16 units; in parts each holds 153 or 67, for the rest
is their header. A sign of two units is never cut in two.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

ALONE = {True: 160, False: 70}
"""Units of a message that is one segment, by whether it keeps to the 7 bit alphabet."""

EACH = {True: 153, False: 67}
"""Units of each part of a longer one."""

_TWICE = frozenset("\f^{}\\[~]|€")
_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " "}
)


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text takes. `dear` is the first sign that the 7 bit alphabet lacks; `parts` are the pieces as they arrive."""

    parts: tuple[str, ...]
    units: int
    dear: str | None

    @property
    def count(self) -> int:
        """Segments, each of which is paid for."""
        return len(self.parts)


def segments(text: str) -> Segments:
    """The text as it is carried. An empty one takes no segment."""
    dear = next((sign for sign in text if sign not in _alphabet() and sign not in _TWICE), None)
    cheap = dear is None
    sizes = [_size(sign, cheap=cheap) for sign in text]
    units = sum(sizes)
    if units <= ALONE[cheap]:
        return Segments((text,) if text else (), units, dear)
    return Segments(tuple(_cut(text, sizes, room=EACH[cheap])), units, dear)


def plain(text: str) -> str:
    """The same with typewriter's quotes and dashes: a curly one would more than double what a message costs."""
    return text.translate(_PLAIN)


def _size(sign: str, *, cheap: bool) -> int:
    if cheap:
        return 2 if sign in _TWICE else 1
    return 2 if ord(sign) > 0xFFFF else 1


def _cut(text: str, sizes: list[int], *, room: int) -> list[str]:
    parts, begin, used = [], 0, 0
    for at, size in enumerate(sizes):
        if used + size > room:
            parts.append(text[begin:at])
            begin, used = at, 0
        used += size
    return [*parts, text[begin:]]


@cache
def _alphabet() -> frozenset[str]:
    """The basic table; its file holds every sign once, the line's end among them."""
    signs = (Path(__file__).parent / "data" / "gsm.txt").read_text("utf-8")
    return frozenset(signs) | {"\n", "\r"}
