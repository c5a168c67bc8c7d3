"""What a quotation's announcement, a mail's head and a telephone's footer look like, from the words of many programs."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Words = dict[str, list[str]]
_FIRST_IDEOGRAM = "\u2e80"


@dataclass(frozen=True, slots=True)
class Shapes:
    """Made of `data/quoting.toml`. Each looks at a line's beginning, or for a word, in linear time."""

    separators: frozenset[str]
    begins: frozenset[str]
    field: re.Pattern[str]
    fields: dict[str, str]
    opening: re.Pattern[str]
    wrote: re.Pattern[str]
    myself: re.Pattern[str]
    time: re.Pattern[str]
    year: re.Pattern[str]
    footer: re.Pattern[str]
    thing: re.Pattern[str]
    delimiter: re.Pattern[str]


@cache
def shapes() -> Shapes:
    """Made when they are first needed: it takes some milliseconds."""
    words: Words = tomllib.loads((Path(__file__).parent / "data" / "quoting.toml").read_text(encoding="utf-8"))
    names = [*words["from"], *words["subjects"], *words["fields"]]
    return Shapes(
        separators=frozenset((*words["separators"], *words["begins"])),
        begins=frozenset(words["begins"]),
        field=re.compile(r"[*\s|>]{0,9}([^\s:：|*][^:：|*]{0,15}?)[ \xa0]?[*|]?\s{0,3}[:：|]"),
        fields={name: _meant_by(name, words) for name in names},
        opening=_opening(words),
        wrote=_wrote(words),
        myself=_folded(_any(words["myself"])),
        time=re.compile(r"\d[:.h]\d\d|\d月\d|\d日"),
        year=re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)"),
        footer=_footer(words),
        thing=_thing(words),
        delimiter=re.compile(r"\s?(?:--|–|[—―─]{1,40}|_{2,80})\s*"),
    )


def _meant_by(name: str, words: Words) -> str:
    """`from`, `subject`, or the field's own name: in some languages two of them are alike."""
    return "from" if name in words["from"] else "subject" if name in words["subjects"] else name


def _opening(words: Words) -> re.Pattern[str]:
    """How "On Monday, Ana wrote:" begins: a small word, a figure, a weekday, an address, or a name before 于."""
    small = rf"(?:{_any(words['openings'])})(?:\b|(?<=[.在于於]))"
    return _folded(rf"\s{{0,6}}(?:{small}|<|\S{{0,30}}\d|\w{{2,12}}\.?,\s|\S{{1,30}}\s[于於])")


def _wrote(words: Words) -> re.Pattern[str]:
    """The verb; between blanks, where its language has them."""
    spaced = _any([one for one in words["wrote"] if one[0] < _FIRST_IDEOGRAM])
    return _folded(rf"\b(?:{spaced})(?!\w)|{_any([one for one in words['wrote'] if one[0] >= _FIRST_IDEOGRAM])}")


def _footer(words: Words) -> re.Pattern[str]:
    """Where nothing is sure at its beginning, its end decides first: it is looked for in every line."""
    known = [re.escape(one).replace(r"\*", ".{0,40}?").replace(r"\ ", r"\s?") for one in words["footers"]]
    fixed = "|".join(one for one in known if not one.startswith("."))
    open = "|".join(one for one in known if one.startswith("."))
    link = r"\s{0,3}(?:<\S{1,200}>?|\(https?:\S{1,200}\))?\s*$"
    sent = rf"(?:{_any(words['sent_from'])})\s?(?:[^,;.!?]|\.(?=\S)){{1,60}}(?:<\S{{1,80}}>?)?\.?\s*$"
    ends = r"(?=.*(?:から|より|보냄|gesendet))"
    return _folded(rf"\s{{0,3}}(?:{sent}|(?:{fixed}){link}|{ends}(?:{open}){link})")


def _thing(words: Words) -> re.Pattern[str]:
    """A telephone or a program, by its name, a capital or a figure after "my", a link, or signs without capitals."""
    named = rf"(?i:\b(?:{_any(words['things'])}))"
    mine = r"\b(?:[Mm]y|[Mm]eine[mnrs]?|mon|mi)\s+(?:[A-Z]\w*|\w*\d)"
    return re.compile(rf"{named}|{mine}|[{_FIRST_IDEOGRAM}-\uffff]|<https?:")


def _folded(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _any(words: Sequence[str]) -> str:
    """Longest first, so that a word is not taken for the beginning of another."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
