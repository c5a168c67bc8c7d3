"""What somebody wants, from their own words: free text to services of the catalogue, with how sure and why.

One rule for every door: a mail, the portal's search, an agent's and an admin's "Try it"
all ask here. A word counts by how few services know it (the rarer, the more it says) and
by where it stands: in a name or synonym, or only in what is said about the service. A
whole synonym of several words that comes as it stands counts once more. Confidence is the
share of the best service in all that speaks for the best three, weighed down where little
speaks at all. The same text and catalogue always give the same answer.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Final

from crm_core.model.catalogue import Index, Place
from crm_core.model.house import GENERAL
from crm_core.model.ids import PlaceId, ServiceId
from crm_core.model.service import Service
from crm_core.rules import text

SURE = 50
"""Percent from which a contact is filed under the service by itself; below it, a person looks."""

MOST_READ = 1200
"""Characters of a contact that are read: people say what they want at the beginning."""

MOST_TERMS = 160
SUGGESTED = 5
_SHOWN, _TOLD = 12, 4

_NAME, _SYNONYM, _ABOUT, _EVENT = 1.0, 1.0, 0.35, 0.2
_SUBJECT = 1.6
_PHRASE = 0.8
_LITTLE = 1.6
"""Evidence that a lone word of one service brings: with that much, the rule is half sure."""

_SINGLE_SIGN = 0.12
_PARTICLES = frozenset("的了吗呢吧们我你您请")
"""Signs that only join words: a pair with one of them is no word."""

_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "y", "e")


def _idle() -> frozenset[str]:
    lines = (Path(__file__).parent / "data" / "idle.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


_IDLE: Final = _idle()


@dataclass(frozen=True, slots=True)
class Match:
    """A service that the words speak for: how sure (percent), and the words that decided, weightiest first."""

    service: ServiceId
    confidence: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a contact is filed under. `service` is None where nothing was sure enough; `others` are for the agent."""

    service: ServiceId | None
    confidence: int
    words: tuple[str, ...]
    why: str
    others: tuple[Match, ...]


def build(services: Iterable[Service], *, places: Iterable[Place] = ()) -> Index:
    """The words of a catalogue made ready: once for each edition, read many times."""
    listed = [service for service in services if service.active]
    general = next((service.id for service in listed if service.slug == GENERAL), None)
    known = {service.id: _words_of(service) for service in listed if service.id != general}
    often = Counter(word for words in known.values() for word in words)
    postings: dict[str, list[tuple[ServiceId, float]]] = defaultdict(list)
    for id, words in known.items():
        for word, weight in words.items():
            rare = log(1 + (len(known) + 1) / often[word]) / log(2 + len(known))
            postings[word].append((id, round(weight * rare, 6)))
    return Index(
        postings={word: tuple(places) for word, places in postings.items()},
        phrases=_phrases(service for service in listed if service.id != general),
        order={service.id: number for number, service in enumerate(listed)},
        places={" ".join(text.fold(word).split()): place.id for place in places for word in _names(place)},
        general=general,
    )


def match(index: Index, *, said: str, subject: str = "") -> list[Match]:
    """The services that these words speak for, best first; none where no word is known."""
    found = _ranked(index, _terms_of(subject, said))
    telling = {stem for one in found for words in one.words for stem in words.split()}
    words = reversed(dict.fromkeys(_tokens(subject) + _tokens(said[:MOST_READ]))) if found else ()
    spoken = {stem: word for word in words if (stem := _stem(word)) in telling}
    return [replace(one, words=tuple(_as_said(word, spoken) for word in one.words)) for one in found]


def decide(index: Index, *, said: str, subject: str = "") -> Verdict:
    """What a contact is filed under, with the reason; the general service (None) where nothing is sure enough."""
    found = match(index, said=said, subject=subject)
    if not found:
        return Verdict(None, 0, (), "no word of the catalogue", ())
    best, others = found[0], tuple(found[:SUGGESTED])
    if best.confidence < SURE:
        return Verdict(None, best.confidence, best.words, "not sure enough", others)
    return Verdict(best.service, best.confidence, best.words, "the words of the service", others[1:])


def place(index: Index, *, said: str) -> PlaceId | None:
    """The place that these words name, by the longest of its words; None where they name none."""
    if not index.places:
        return None
    folded = text.fold(said[:MOST_READ])
    words = _PLAIN_WORD.findall(folded)
    runs = (" ".join(words[at : at + long]) for long in (4, 3, 2, 1) for at in range(len(words) - long + 1))
    named = next((index.places[run] for run in runs if run in index.places), None)
    if named is not None or folded.isascii():
        return named
    signs = sorted(
        (word for word in index.places if not word.isascii() and word in folded), key=lambda word: (-len(word), word)
    )
    return index.places[signs[0]] if signs else None


def near(index: Index, *, said: str) -> list[Match]:
    """The services whose words look like these, where none is the same: a typing mistake in a search."""
    vocabulary = sorted(word for word in index.postings if len(word) > 3)
    alike = [
        word for term in _terms_of("", said[:200]) for word in get_close_matches(term, vocabulary, n=2, cutoff=0.75)
    ]
    return _ranked(index, dict.fromkeys(alike, 1.0))


def suggest(index: Index, *, subject: str, said: str, service: ServiceId) -> str | None:
    """The words of a contact that the right service does not know yet; None where it says nothing new.

    The first run of telling words: up to three, or six Chinese signs. Digits and addresses
    are left out: they name somebody, not something.
    """
    for source in (subject, said[:MOST_READ]):
        for run in _runs(source):
            known = [any(id == service for id, _ in index.postings.get(word, ())) for word in _stems(run)]
            if known and not all(known):
                return run
    return None


def begun(index: Index, *, said: str) -> list[Match]:
    """As `match`, the last word taken as the beginning of one: for a search while somebody types."""
    terms = _terms_of("", said)
    typed = text.tokens(said[-text.LONGEST_WORD :])
    last = typed[-1] if typed else ""
    if len(last) >= 3 and last.isascii() and _stem(last) not in index.postings:
        terms |= {word: 0.7 for word in index.postings if word.startswith(last)}
    return _ranked(index, terms)


def _ranked(index: Index, terms: dict[str, float]) -> list[Match]:
    scores: dict[ServiceId, float] = defaultdict(float)
    worth: dict[ServiceId, dict[str, float]] = defaultdict(dict)
    for term in [term for term in terms if term in index.postings]:
        for service, weight in index.postings[term]:
            worth[service][term] = terms[term] * weight
            scores[service] += terms[term] * weight
    whole = _said_whole(index, terms)
    for service in whole:
        scores[service] += _PHRASE
    order = sorted(scores, key=lambda id: (-scores[id], index.order.get(id, 0)))[:_SHOWN]
    rivals = sum(scores[id] ** 2 for id in order[:3])
    said = {id: _telling(worth[id], whole=whole.get(id, ())) for id in order}
    return [Match(id, _sure(scores[id], rivals=rivals), said[id]) for id in order]


def _sure(score: float, *, rivals: float) -> int:
    """The square lets a clear winner win; the little is what one common word would bring."""
    share = score**2 / rivals
    weighty = score / (score + _LITTLE / 4)
    return round(100 * share * weighty)


def _telling(worth: dict[str, float], *, whole: tuple[str, ...]) -> tuple[str, ...]:
    """The words that spoke for a service, weightiest first; a pair inside a longer one is not said twice."""
    seen = {" ".join(whole): None} if whole else {}
    for word in sorted((one for one in worth if worth[one] > 0), key=lambda one: (-worth[one], one)):
        if len(word) > 1 and not any(word in other for other in seen):
            seen[word] = None
    return tuple(list(seen)[:_TOLD])


def _as_said(words: str, spoken: dict[str, str]) -> str:
    return " ".join(spoken.get(word, word) for word in words.split())


def _terms_of(subject: str, said: str) -> dict[str, float]:
    """Each term with its weight: those of the subject first, and by the subject's weight wherever they stand."""
    terms = _weighed(subject, _SUBJECT)
    return terms if len(terms) >= MOST_TERMS else terms | _weighed(said[:MOST_READ], 1.0) | terms


def _weighed(source: str, weight: float) -> dict[str, float]:
    single = weight * _SINGLE_SIGN
    stems = dict.fromkeys(map(_told, dict.fromkeys(_tokens(source))))
    return {stem: single if len(stem) == 1 else weight for stem in stems if stem}


def _stems(source: str) -> tuple[str, ...]:
    """The telling terms of a text in order: words without their endings, Chinese signs and pairs."""
    return tuple(stem for term in _tokens(source) if (stem := _told(term)))


@lru_cache(maxsize=64)
def _tokens(source: str) -> tuple[str, ...]:
    """A contact's words are wanted three times: for its terms, its phrases, and as they were said."""
    return tuple(text.tokens(source))


@lru_cache(maxsize=16_384)
def _told(term: str) -> str:
    """The stem of a telling term; empty for one that tells nothing. A city has few words, and says them often."""
    if term in _IDLE or term.isdigit() or not (term.isascii() or _PARTICLES.isdisjoint(term)):
        return ""
    return _stem(term)


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    """Without its English ending: `permits`, `permit`; `collected`, `collection`. Other scripts stay."""
    if len(word) < 4 or not word.isascii():
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            bare = word.removesuffix(ending)
            return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] else bare.removesuffix("i")
    return word


def _words_of(service: Service) -> dict[str, float]:
    """Each term of a service with the weight of its best place."""
    places: list[tuple[float, Iterable[str]]] = [
        (_ABOUT, service.about.values()),
        (_SYNONYM, (word for words in service.synonyms.values() for word in words)),
        (_NAME, service.name.values()),
    ]
    found: dict[str, float] = {}
    for weight, texts in places:
        for one in texts:
            for term in _stems(one):
                single = _SINGLE_SIGN if len(term) == 1 else 1.0
                found[term] = max(found.get(term, 0.0), weight * single)
    return found


def _names(place: Place) -> tuple[str, ...]:
    return (*place.name.values(), *place.words)


def _phrases(services: Iterable[Service]) -> dict[str, tuple[tuple[tuple[str, ...], ServiceId], ...]]:
    """Names and synonyms of several words, by the first of them."""
    found: dict[str, list[tuple[tuple[str, ...], ServiceId]]] = defaultdict(list)
    for service in services:
        words = [*service.name.values(), *(word for words in service.synonyms.values() for word in words)]
        for phrase in {tuple(term for term in _stems(word) if len(term) > 1) for word in words}:
            if len(phrase) > 1:
                found[phrase[0]].append((phrase, service.id))
    return {first: tuple(sorted(phrases)) for first, phrases in found.items()}


def _said_whole(index: Index, terms: dict[str, float]) -> dict[ServiceId, tuple[str, ...]]:
    """The longest phrase of each service whose words all came, one after the other."""
    if index.phrases.keys().isdisjoint(terms):
        return {}
    place = {term: at for at, term in enumerate(term for term in terms if len(term) > 1)}
    best: dict[ServiceId, tuple[str, ...]] = {}
    for term in place:
        for phrase, service in index.phrases.get(term, ()):
            spots = [place.get(word) for word in phrase]
            inside = all(a is not None and b is not None and 0 < b - a <= 2 for a, b in pairwise(spots))
            if inside and len(phrase) > len(best.get(service, ())):
                best[service] = phrase
    return best


_PLAIN_WORD = re.compile("[a-z0-9]+")
_RUN = re.compile(r"(?<![\w@.-])[a-z][a-z'-]*[a-z](?![\w@.-]*[\d@])|[\u4e00-\u9fff]+")
_MOST_WORDS, _MOST_SIGNS = 3, 6
_IDLE_SIGNS = re.compile(
    "|".join(
        sorted(
            (word for word in _IDLE | _PARTICLES if not word.isascii() and (len(word) > 1 or word in _PARTICLES)),
            key=len,
            reverse=True,
        )
    )
)


def _runs(source: str) -> Iterable[str]:
    """Stretches of telling words, as they were written side by side."""
    run: list[str] = []
    for word in _RUN.findall(text.fold(source)):
        if not word.isascii():
            yield from (part[:_MOST_SIGNS] for part in _IDLE_SIGNS.split(word) if len(part) > 1)
        elif word in _IDLE:
            yield from _joined(run)
            run = []
        else:
            run.append(word)
    yield from _joined(run)


def _joined(run: Sequence[str]) -> Iterable[str]:
    if run:
        yield " ".join(run[:_MOST_WORDS])
