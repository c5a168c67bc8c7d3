"""What an answer says at a kind of door in a language, with its facts and fields filled.

A rendering is made from the answer's text, so a changed fact changes all of them at once.
One written by hand stands until a fact or the text it was written from is another one:
then it is flagged, and the made one is said in its place. Nobody is told an old fee.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crm_core.model import segments
from crm_core.model.answer import Answer, Hand, Manner, Wording
from crm_core.model.errors import BadInput, Problem
from crm_core.model.inbox import Capabilities
from crm_core.model.service import Service
from crm_core.rules.notices import in_language

LINK = "link"
"""The fact that every answer has: where its service stands on the citizens' pages."""

FIELDS = ("name", "number", "agent")
"""What is known of every ticket: its person, its number, and who answers it."""

SHORT_ROOM = 2000
"""A door that carries at most so many characters is written to in short."""

MOST_SEGMENTS = 3
"""Segments that a short rendering may take; a longer one is flagged."""

TEXT = "text"
"""Stands for the text itself where it says what a rendering by hand is behind of."""

MOST_HANDS = 60
_BRACED = re.compile(r"\{([^\W\d]\w{0,39})\}")
_GAP = re.compile(r"⟦([^⟦⟧\n]{0,60})⟧")
_BRACKETS = {ord("⟦"): "(", ord("⟧"): ")"}
_SCHEME = re.compile(r"https?://")
_LINES = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Rendering:
    """The words for one kind of door in one language, facts filled and fields not.

    `behind` names the facts (or the text) that are others now than when it was written
    by hand; then `text` is the made one. `segments` are counted where they are paid for.
    """

    manner: Manner
    language: str
    text: str
    by_hand: bool
    behind: tuple[str, ...]
    segments: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """A rendering for one person: `gaps` are the fields nobody could fill."""

    text: str
    gaps: tuple[str, ...]


def manner(can: Capabilities) -> Manner:
    """How one writes at a door, by what it can carry."""
    if can.live:
        return Manner.SPEECH if can.starts else Manner.TALK
    if can.length is not None and can.length <= SHORT_ROOM:
        return Manner.SHORT
    if can.subject:
        return Manner.MAIL if can.threads else Manner.PAPER
    return Manner.TALK


def facts(wording: Wording, *, service: Service, language: str, public_url: str) -> dict[str, str]:
    """The facts as they are now. What the service holds comes first: it stands in one place."""
    known = {name: in_language(texts, language=language) for name, texts in (wording.facts | service.facts).items()}
    return {name: said for name, said in known.items() if said} | {LINK: f"{public_url}/s/{service.slug}"}


def languages(wording: Wording) -> tuple[str, ...]:
    """In which languages there is anything to say."""
    return tuple(language for language, said in wording.text.items() if said.strip())


def render(wording: Wording, *, manner: Manner, language: str, facts: Mapping[str, str]) -> Rendering:
    """The words for this kind of door. A language it is not written in falls back as all our texts do."""
    made = made_for(wording, manner=manner, language=language)
    hand = _hand(wording, manner=manner, language=language)
    late = () if hand is None else behind(hand, made=made, facts=facts)
    said = _with(hand.text if hand is not None and not late else made, facts)
    said = _as_spoken(said) if manner is Manner.SPEECH else segments.plain(said) if manner is Manner.SHORT else said
    count = segments.segments(said).count if manner is Manner.SHORT else None
    return Rendering(manner, language, said, hand is not None, late, count)


def made_for(wording: Wording, *, manner: Manner, language: str) -> str:
    """What stands there as long as nobody writes it by hand, its braces not yet filled."""
    whole = in_language(wording.text, language=language).strip()
    brief = in_language(wording.brief, language=language).strip()
    if manner is Manner.SHORT:
        return _LINES.sub(" ", brief or whole.split("\n\n")[0])
    if manner is Manner.TALK:
        return brief or whole
    return _LINES.sub(" ", whole) if manner is Manner.SPEECH else whole


def behind(hand: Hand, *, made: str, facts: Mapping[str, str]) -> tuple[str, ...]:
    """Which facts are others than when this was written; a fact that stands in braces follows by itself."""
    spoken_of, by_itself = set(_BRACED.findall(hand.of)), set(_BRACED.findall(hand.text))
    late = [
        name
        for name, was in hand.facts.items()
        if was != facts.get(name, "") and (was in hand.text or name in spoken_of - by_itself)
    ]
    return (*late, TEXT) if hand.of != made else tuple(late)


def write(wording: Wording, *, manner: Manner, language: str, text: str, facts: Mapping[str, str]) -> Wording:
    """With one rendering written by hand; an empty text gives it back to the rule."""
    others = tuple(one for one in wording.hands if (one.manner, one.language) != (manner, language))
    if not text.strip():
        return replace(wording, hands=others)
    of = made_for(wording, manner=manner, language=language)
    return replace(wording, hands=(*others, Hand(manner, language, text.strip(), of, dict(facts))))


def fill(text: str, *, fields: Mapping[str, str]) -> Said:
    """The words for one person. What nobody knows becomes a gap that cannot be overlooked, nor sent."""
    known = {name: value.translate(_BRACKETS) for name, value in fields.items() if value}
    said = _BRACED.sub(lambda found: known.get(found[1], f"⟦{found[1]}⟧"), text)
    return Said(said, gaps(said))


def gaps(*texts: str | None) -> tuple[str, ...]:
    """The fields that are still to be filled, each once, in their order."""
    return tuple(dict.fromkeys(name for text in texts if text for name in _GAP.findall(text)))


def must_be_filled(*texts: str | None) -> None:
    """Nothing leaves the house with a gap in it. Raises BadInput, in words for whoever writes."""
    empty = gaps(*texts)
    if empty:
        raise BadInput(Problem("text", f"Fill in first: {', '.join(empty)}."))


def check(answer: Answer, *, wording: Wording, service: Service) -> None:
    """Fit to be approved. Raises BadInput."""
    problems = list(_problems(answer, wording, service))
    if problems:
        raise BadInput(*problems)


def due(answer: Answer, *, at: datetime) -> bool:
    """Whether its owner was to look at it again by now."""
    return answer.stands(at) and answer.review_at is not None and answer.review_at <= at


def _problems(answer: Answer, wording: Wording, service: Service) -> Iterator[Problem]:
    if not any(title.strip() for title in wording.title.values()):
        yield Problem("title", "Give it a title in people's words.")
    if not languages(wording):
        yield Problem("text", "Write what it says.")
    if len(wording.hands) > MOST_HANDS:
        yield Problem("renderings", f"At most {MOST_HANDS} written by hand.")
    for name in sorted(wording.facts.keys() & ({LINK, *FIELDS} | service.facts.keys())):
        yield Problem(f"facts.{name}", f"{name} is known already; it stands in one place.")
    if answer.public:
        yield from _on_the_page(wording, known={LINK} | wording.facts.keys() | service.facts.keys())


def _on_the_page(wording: Wording, *, known: set[str]) -> Iterator[Problem]:
    """A page is for everybody: it can ask nobody's name."""
    for language in languages(wording):
        hand = _hand(wording, manner=Manner.PAGE, language=language)
        text = hand.text if hand else made_for(wording, manner=Manner.PAGE, language=language)
        for name in sorted(set(_BRACED.findall(text)) - known):
            yield Problem(f"text.{language}", f"A public page cannot fill {{{name}}}: it is for everybody.")


def _hand(wording: Wording, *, manner: Manner, language: str) -> Hand | None:
    return next((one for one in wording.hands if one.manner is manner and one.language == language), None)


def _with(text: str, values: Mapping[str, str]) -> str:
    """What stands in braces and is known is filled; the rest stays. Values are never read again for braces."""
    return _BRACED.sub(lambda found: values.get(found[1], found[0]), text)


def _as_spoken(text: str) -> str:
    """Nobody reads out `https://`."""
    return _SCHEME.sub("", text)
