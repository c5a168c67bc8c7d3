"""Same question, same answer: whether every kind of door is told the same facts of an answer.

A rendering made from the text always has the facts as they are now. One written by hand may not: it may name an old
fee, one that never was, or none at all; a brief text may leave out as well. What counts is what was approved to be
said there, also where another wording is said in its place until somebody has looked at it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm_core.model.answer import Answer, Manner, Wording
from crm_core.model.service import Service
from crm_core.rules import answers

_BRACED = re.compile(r"\{([^\W\d]\w{0,39})\}")
_FIGURE = re.compile(r"(?P<money>[$€£¥])\s?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*\s?(?P<unit>[^\W\d_])?")
"""A figure with what says of what it is: a sign of money before it, or else the letter that its unit begins with."""


class Tells(StrEnum):
    """SAME: the fact as it is. OTHER: something else in its place. NONE: not a word of it."""

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
    """One fact of an answer in one language, and what each kind of door says of it."""

    answer: Answer
    language: str
    fact: str
    value: str
    doors: Mapping[Manner, Told]

    @property
    def same(self) -> int:
        """How many kinds of door tell the fact as it is."""
        return sum(told.tells is Tells.SAME for told in self.doors.values())

    @property
    def wrong(self) -> int:
        """How many say something else."""
        return sum(told.tells is Tells.OTHER for told in self.doors.values())


def lines(answer: Answer, *, wording: Wording, service: Service) -> Iterator[Line]:
    """Every fact that the answer's text turns on, in each language it is written in; fields of a person are none."""
    manners = [one for one in Manner if answer.public or one is not Manner.PAGE]
    for language in answers.languages(wording):
        facts = answers.facts(wording, service=service, language=language, public_url="")
        whole = answers.made_for(wording, manner=Manner.MAIL, language=language)
        for fact in dict.fromkeys(_BRACED.findall(whole)):
            if fact in facts and fact != answers.LINK:
                said = {one: _told(wording, manner=one, language=language, fact=fact, facts=facts) for one in manners}
                yield Line(answer, language, fact, facts[fact], said)


def share(found: Iterable[Line]) -> float | None:
    """The share of facts that are told as they are, over all kinds of door; None where there is nothing to tell."""
    same = of = 0
    for line in found:
        same, of = same + line.same, of + len(line.doors)
    return same / of if of else None


def _told(wording: Wording, *, manner: Manner, language: str, fact: str, facts: Mapping[str, str]) -> Told:
    hand = next((one for one in wording.hands if (one.manner, one.language) == (manner, language)), None)
    made = answers.made_for(wording, manner=manner, language=language)
    text = made if hand is None else hand.text
    if f"{{{fact}}}" in text:
        return Told(Tells.SAME, facts[fact])
    was = "" if hand is None else hand.facts.get(fact, "")
    stands = _stands(text, facts=facts, fact=fact, was=was)
    if stands is None:
        return Told(Tells.NONE, "")
    return Told(Tells.SAME if stands == facts[fact] else Tells.OTHER, stands)


def _stands(text: str, *, facts: Mapping[str, str], fact: str, was: str) -> str | None:
    """What a text without the brace says of the fact: as it is, as it was, or a figure of the same kind."""
    value = facts[fact]
    if value in text:
        return value
    if was and was in text:
        return was
    figure = _FIGURE.search(value)
    if figure is None:
        return None
    others = {one[0] for name, said in facts.items() if name != fact and (one := _FIGURE.search(said))}
    said = [one[0] for one in _FIGURE.finditer(text) if _kind(one) == _kind(figure)]
    if figure[0] in said:
        return value
    return next((one for one in said if one not in others), None)


def _kind(figure: re.Match[str]) -> str:
    """Money is told by its sign alone; anything else by how its unit begins: days are no months."""
    return (figure["money"] or figure["unit"] or "").casefold()
