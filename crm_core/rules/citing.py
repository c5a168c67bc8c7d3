"""Whether words that cite an answer of the library still say what is so.

An answer is inserted at one moment and leaves at another: an hour later out of a draft,
on Monday out of a schedule. What it said then is kept as its facts; one that is another
fact by now holds the words back, as long as they still say the old one.
"""

import re
from collections.abc import Iterable, Mapping

from crm_core.model import segments
from crm_core.model.answer import Cited
from crm_core.model.errors import Moved

_SCHEME = re.compile(r"https?://")


def cited(facts: Mapping[str, str], *, text: str) -> dict[str, str]:
    """The facts that a text says."""
    return {name: value for name, value in facts.items() if says(text, value)}


def moved(was: Cited, *, facts: Mapping[str, str], texts: Iterable[str | None]) -> tuple[Moved, ...]:
    """What the words still say, and is not so any more. Words that were mended say it no longer.

    `facts` are those of now in the language of the citation; one that is not known any
    more is empty.
    """
    said = "\n".join(text for text in texts if text)
    return tuple(
        Moved(was.answer, name, value, facts.get(name, ""))
        for name, value in was.facts.items()
        if value != facts.get(name, "") and says(said, value)
    )


def says(text: str, value: str) -> bool:
    """Whether a text says this value, as any kind of door writes it: plain where each sign is paid for, spoken without a scheme."""
    kinds = dict.fromkeys((value, segments.plain(value), _SCHEME.sub("", value)))
    return any(_stands_in(text, kind.strip()) for kind in kinds)


def briefly(found: Iterable[Moved], *, untold: Iterable[str] = ()) -> str:
    """The same in no language, for a reason that is kept and read in several; `untold` are titles of answers that ended."""
    return "; ".join(
        [*(f"{title} → –" for title in untold), *(f"{one.fact}: {one.was} → {one.now or '–'}" for one in found)]
    )


def in_words(found: Iterable[Moved]) -> str:
    """For refusals: each fact with what it is and what was said."""
    return "; ".join(
        f"{one.fact} is {one.now} now, not {one.was}" if one.now else f"{one.fact} ({one.was}) is not known any more"
        for one in found
    )


def _stands_in(text: str, value: str) -> bool:
    """By itself: 5 does not stand in 15 or in 5,000."""
    if not value:
        return False
    before = r"(?<![\w])(?<![\d][.,])" if value[0].isascii() and value[0].isalnum() else ""
    after = r"(?![\w])(?![.,]\d)" if value[-1].isascii() and value[-1].isalnum() else ""
    return re.search(before + re.escape(value) + after, text, re.ASCII) is not None
