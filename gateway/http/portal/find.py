"""Finding a service by the words people use for it, in every language at once.

A few hundred services at most: each search looks at all of them, so there is no index
to keep and a changed synonym counts at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from crm_core.model.service import Service
from crm_core.rules import text

LONGEST_QUERY = 200
NEAREST = 3

_IDLE = frozenset(
    "a about an and apply are at can do does for from get have how i in is it me my need new of on or our please the"
    " there to want was we what when where who with you your 我 的 要 了 在 请 我要 请问".split()
)
_NAME, _SYNONYM, _ABOUT = 8, 6, 2


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first; `near` where only similar words matched."""

    services: tuple[Service, ...]
    terms: tuple[str, ...]
    near: bool = False


def search(services: Iterable[Service], *, query: str) -> Found:
    """The services that match most of the words that matter."""
    terms = text.query(query[:LONGEST_QUERY])
    weighty = tuple(term for term in terms if term not in _IDLE) or tuple(terms)
    known = [(service, _words_of(service)) for service in services]
    found = _ranked(known, weighty)
    if found or not weighty:
        return Found(tuple(found), weighty)
    vocabulary = sorted({word for _, words in known for word in words if len(word) > 3})
    near = tuple(
        dict.fromkeys(word for term in weighty for word in get_close_matches(term, vocabulary, n=2, cutoff=0.75))
    )
    return Found(tuple(_ranked(known, near, least=1)[:NEAREST]), near, near=True)


def _ranked(known: Sequence[tuple[Service, dict[str, int]]], terms: Sequence[str], *, least: int = 0) -> list[Service]:
    """Those with at least half of the terms, by how many and by where they stand."""
    least = least or (len(terms) + 1) // 2
    ranked = []
    for service, words in known:
        weights = [weight for term in terms if (weight := _weight(term, words))]
        if len(weights) >= max(least, 1) and max(weights) > _ABOUT:
            ranked.append((-len(weights), -sum(weights), service.order, service))
    return [service for *_, service in sorted(ranked, key=lambda entry: entry[:3])]


def _words_of(service: Service) -> dict[str, int]:
    """Each word a service can be found by, with the weight of its best place."""
    places = [(_ABOUT, service.about.values()), (_SYNONYM, service.synonyms), (_NAME, service.name.values())]
    return {word: weight for weight, texts in places for one in texts for word in text.tokens(one)}


def _weight(term: str, words: dict[str, int]) -> int:
    """A word counts whole, with another ending too; as the beginning of one (still being typed) a little less."""
    whole = words.get(term, 0)
    if whole or not term.isascii() or len(term) < 3:
        return whole
    inflected = (weight for word, weight in words.items() if _same_stem(term, word))
    begun = (weight - 1 for word, weight in words.items() if word.startswith(term))
    return max([*inflected, *begun], default=0)


def _same_stem(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) > 3 and len(longer) - len(shorter) <= 2 and longer.startswith(shorter)


def marked(name: str, *, terms: Sequence[str]) -> list[tuple[str, bool]]:
    """The name cut into pieces, each with whether the search found it."""
    folded = text.fold(name)
    if len(folded) != len(name):
        return [(name, False)]
    hit = [False] * len(name)
    for term in terms:
        at = folded.find(term)
        while at >= 0:
            if not term.isascii() or at == 0 or not folded[at - 1].isalnum():
                hit[at : at + len(term)] = [True] * len(term)
            at = folded.find(term, at + 1)
    return _pieces(name, hit)


def _pieces(name: str, hit: Sequence[bool]) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    for sign, found in zip(name, hit, strict=True):
        if pieces and pieces[-1][1] == found:
            pieces[-1] = (pieces[-1][0] + sign, found)
        else:
            pieces.append((sign, found))
    return pieces
