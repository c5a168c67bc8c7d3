"""Where in a shown text somebody's words stand, so that a screen can mark them.

Folding may change how long a text is, so it is done sign by sign and each folded sign
remembers whose it was.
"""

import re
from collections.abc import Iterable, Iterator

from crm_core.rules import text

Mark = tuple[int, int]
"""From and to in code points, the end exclusive."""

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d{6,}")


def marks(said: str, *, terms: Iterable[str], begun: str | None = None) -> tuple[Mark, ...]:
    """The places of these terms, in order and without overlap. `begun` also counts as a word's beginning."""
    folded, places = _folded(said)
    found = sorted(_found(folded, terms=terms, begun=begun))
    return tuple(_joined((places[begin], places[end - 1] + 1) for begin, end in found))


def _folded(said: str) -> tuple[str, list[int]]:
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(said):
        plain = text.fold(sign)
        signs.append(plain)
        places += [place] * len(plain)
    return "".join(signs), places


def _found(folded: str, *, terms: Iterable[str], begun: str | None) -> Iterator[Mark]:
    for term in set(terms):
        pattern = re.escape(term)
        if _WORD.fullmatch(term) and term.isascii() and not _DIGITS.fullmatch(term):
            pattern = rf"(?<![a-z0-9]){pattern}" + ("" if term == begun else r"(?![a-z0-9])")
        for hit in re.finditer(f"(?=({pattern}))", folded):
            yield hit.start(1), hit.end(1)


def _joined(found: Iterable[Mark]) -> Iterator[Mark]:
    """Marks that touch or overlap are one: the pairs of a Chinese word."""
    last: Mark | None = None
    for begin, end in found:
        if last is not None and begin <= last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last is not None:
            yield last
        last = (begin, end)
    if last is not None:
        yield last
