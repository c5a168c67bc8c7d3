"""Same question, same answer: whether every kind of door is told the same facts of an answer.

A rendering made from the text always has the facts as they are now; one written by hand may not: it may name an old
fee, or leave one out. A brief text may leave out as well.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm_core.model.answer import Answer, Hand, Manner, Wording
from crm_core.model.service import Service
from crm_core.rules import answers

_BRACED = re.compile(r"\{([^\W\d]\w{0,39})\}")


class Tells(StrEnum):
    """SAME: the fact as it is. OTHER: by hand, and the fact is another one now. NONE: not a word of it."""

    SAME = "same"
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Told:
    """What a kind of door says of the fact; `value` is what stands there, where anything does."""

    tells: Tells
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: the fact that it turns on, and what each kind of door says of it. `same` of `of` say it as it is."""

    answer: Answer
    language: str
    fact: str
    value: str
    doors: Mapping[Manner, Told]

    @property
    def same(self) -> int:
        """How many kinds of door tell the fact as it is."""
        return sum(told.tells is Tells.SAME for told in self.doors.values())


def line(answer: Answer, *, service: Service, public_url: str) -> Line | None:
    """What the doors say of the first fact in the answer's text; None where it turns on no fact."""
    wording = answer.wording
    language = next(iter(answers.languages(wording)), None)
    if language is None:
        return None
    facts = answers.facts(wording, service=service, language=language, public_url=public_url)
    whole = answers.made_for(wording, manner=Manner.MAIL, language=language)
    fact = next((name for name in _BRACED.findall(whole) if name in facts and name != answers.LINK), None)
    if fact is None:
        return None
    manners = [one for one in Manner if answer.public or one is not Manner.PAGE]
    doors = {one: _told(wording, manner=one, language=language, fact=fact, facts=facts) for one in manners}
    return Line(answer, language, fact, facts[fact], doors)


def _told(wording: Wording, *, manner: Manner, language: str, fact: str, facts: Mapping[str, str]) -> Told:
    """As it stands in the rendering, also where another one is said in its place until somebody looks at it."""
    hand = next(_hands(wording, manner, language), None)
    if hand is not None:
        was = hand.facts.get(fact, "")
        if was and was != facts[fact] and was in hand.text:
            return Told(Tells.OTHER, was)
        stands = f"{{{fact}}}" in hand.text or facts[fact] in hand.text
    else:
        stands = f"{{{fact}}}" in answers.made_for(wording, manner=manner, language=language)
    return Told(Tells.SAME, facts[fact]) if stands else Told(Tells.NONE, "")


def _hands(wording: Wording, manner: Manner, language: str) -> Iterator[Hand]:
    return (one for one in wording.hands if (one.manner, one.language) == (manner, language))
