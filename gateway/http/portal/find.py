"""Finding a service by the words people use for it, in every language at once: the rule that files every contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm_core.model.catalogue import Index
from crm_core.model.ids import ServiceId
from crm_core.model.service import Service
from crm_core.rules import matching, text
from crm_core.rules.matching import Match

LONGEST_QUERY = 200
NEAREST = 3

_FAR_BEHIND = 12
"""A service this many times less likely than the best is left out."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first; `near` where only similar words matched."""

    services: tuple[Service, ...]
    terms: tuple[str, ...]
    near: bool = False


def search(services: Mapping[ServiceId, Service], *, index: Index, query: str) -> Found:
    """The services that these words speak for, or those whose words look like them."""
    said = query[:LONGEST_QUERY]
    terms = tuple(text.query(said))
    found = matching.begun(index, said=said)
    if found or not terms:
        return Found(_close(services, found), terms)
    near = matching.near(index, said=said)[:NEAREST]
    return Found(_close(services, near), tuple(word for one in near for word in one.words), near=True)


def _close(services: Mapping[ServiceId, Service], found: Sequence[Match]) -> tuple[Service, ...]:
    best = found[0].confidence if found else 0
    return tuple(
        services[one.service] for one in found if one.confidence * _FAR_BEHIND >= best and one.service in services
    )


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
