"""What a text can be found by, what a list shows of it, and which language it may be in.

Words for finding are one pure function for both databases, so that both find the same.
Scripts that put spaces between words give words; those that do not (Chinese, Japanese,
Korean, Thai and its neighbours) give single signs and overlapping pairs, so that a
Chinese word of two signs is found anywhere. Everything is linear in the text.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from operator import add, itemgetter
from pathlib import Path
from typing import Final

from crm_core.model.said import own_words

LONGEST_WORD = 64
"""Characters of a word that count; more is base64 or worse, and indexes have limits."""

MOST_TERMS = 24
"""Terms of a query that count."""

SNIPPET_LENGTH = 140
"""Characters of a message that lists show."""

SUBJECT_LENGTH = 250
"""Characters of a ticket's subject."""

_UNSPACED: Final = (
    "ก-๿຀-໿က-႟ក-៿"  # Thai, Lao, Burmese, Khmer
    "ᄀ-ᇿ가-힣"  # Hangul
    "々-〇぀-ヿㇰ-ㇿ㐀-䶿一-鿿"  # kana, Han
    "\U00020000-\U0003134f"
)
_MARKS: Final = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile("[a-z0-9]+")
_RUN = re.compile(rf"([{_UNSPACED}]+)|((?:[^\W_{_UNSPACED}]|[{_MARKS}])+)")
_ACCENT = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u064b-\u065f\u0670\u0640]")
_PLAIN = {
    "đ": "d",
    "ð": "d",
    "ø": "o",
    "ł": "l",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ħ": "h",
    "ŧ": "t",
}

_SNIPPET_READ = 4000  # a list needs no more, whatever somebody sends
_LANGUAGE_READ = 600
_PREFIX = re.compile(
    r"(re|fwd?|aw|wg|sv|vs|antw|tr|rv|回复|回覆|答复|转发|轉寄)(\[\d{1,3}\])?\s?[:：]\s*", re.IGNORECASE
)
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")  # bidi controls deceive in a list
_SCRIPTS = re.compile(
    "(?P<ja>[\u3041-\u30ff\u31f0-\u31ff]+)"
    "|(?P<ko>[\uac00-\ud7a3\u1100-\u11ff]+)"
    "|(?P<zh>[\u3400-\u4dbf\u4e00-\u9fff]+)"
    "|(?P<ru>[\u0400-\u04ff]+)"
    "|(?P<ar>[\u0600-\u06ff\u0750-\u077f]+)"
    "|(?P<he>[\u0590-\u05ff]+)"
    "|(?P<el>[\u0370-\u03ff]+)"
    "|(?P<hi>[\u0900-\u097f]+)"
    "|(?P<th>[\u0e00-\u0e7f]+)"
)
_NEIGHBOURS = {"ru": ("uk", re.compile("[іїєґІЇЄҐ]")), "ar": ("fa", re.compile("[پچژگ]"))}
_DENSE = frozenset({"zh", "ja", "ko"})  # one sign of theirs says as much as three letters


def _pairs_of_han() -> dict[str, str]:
    lines = (Path(__file__).parent / "data" / "han.txt").read_text("utf-8").splitlines()
    pairs = "".join(line for line in lines if not line.startswith("#"))
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


_SIMPLE: Final = _PLAIN | _pairs_of_han()
_FOLDED: Final = str.maketrans(_SIMPLE)
_UNFOLDED: Final = re.compile(f"[{''.join(_SIMPLE)}]")


def tokens(text: str) -> list[str]:
    """All that this text can be found by, in its order; the same term may come again."""
    folded = fold(text)
    if folded.isascii():
        return [word[:LONGEST_WORD] for word in _WORD.findall(folded)]
    found: list[str] = []
    for signs, word in _RUN.findall(folded):
        if word:
            found.append(word[:LONGEST_WORD])
        else:
            found += signs
            found += map(add, signs, signs[1:])
    return found


def query(text: str) -> list[str]:
    """The terms that a text must all have to match what somebody typed; each once.

    A run of unspaced signs is asked for by its pairs, a single one by itself.
    """
    wanted: dict[str, None] = {}
    for signs, word in _RUN.findall(fold(text[:1000])):
        if word:
            wanted[word[:LONGEST_WORD]] = None
        elif len(signs) == 1:
            wanted[signs] = None
        else:
            wanted.update(dict.fromkeys(one + other for one, other in pairwise(signs)))
        if len(wanted) >= MOST_TERMS:
            break
    return list(wanted)[:MOST_TERMS]


def fold(text: str) -> str:
    """Text with all that people do not mean to tell apart made one: width, case, accents, traditional signs."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not (unicodedata.is_normalized("NFD", folded) and _ACCENT.search(folded) is None):
        folded = _ACCENT.sub("", unicodedata.normalize("NFD", folded))
    plain = unicodedata.normalize("NFKC", folded)
    return plain.translate(_FOLDED) if _UNFOLDED.search(plain) else plain  # looking costs a tenth of translating


def snippet(text: str) -> str:
    """The first of a message's own words, on one line of at most 140 characters.

    What it quotes and what stands under its signature is left out, unless nothing else
    is there.
    """
    read = text[:_SNIPPET_READ]
    words = _first_words(own_words(read).splitlines()) or _first_words(read.splitlines())
    return words if len(words) <= SNIPPET_LENGTH else _cut(words)


def subject(given: str, *, said: str) -> str:
    """What a ticket is about: the subject they gave without its `Re:` and `Fwd:`, else their first words.

    Empty only where neither says anything.
    """
    words = _on_one_line([given[:_SNIPPET_READ]])
    while prefix := _PREFIX.match(words):
        words = words[prefix.end() :]
    if not words:
        first = next((line for line in said[:_SNIPPET_READ].splitlines() if line.strip(" >|")), "")
        words = snippet(first)
    return words if len(words) <= SUBJECT_LENGTH else words[: SUBJECT_LENGTH - 1].rstrip() + "…"


def language(text: str) -> str | None:
    """The language its script gives away; None for scripts that many languages share.

    Kana among Chinese signs make it Japanese. A third of the text is enough, for people
    write names, links and numbers in Latin letters everywhere.
    """
    sample = text[:_LANGUAGE_READ]
    if sample.isascii():
        return None
    counts: Counter[str] = Counter()
    for run in _SCRIPTS.finditer(sample):
        counts[run.lastgroup or ""] += len(run[0])
    if counts["ja"] * 10 >= counts["zh"] > 0 < counts["ja"]:
        counts["ja"] += counts.pop("zh")
    name, most = max(counts.items(), key=itemgetter(1), default=("", 0))
    letters = sum(map(str.isalpha, sample))
    if most == 0 or most * (3 if name in _DENSE else 1) * 2 < letters - most:
        return None
    neighbour, signs = _NEIGHBOURS.get(name, (name, None))
    return neighbour if signs and signs.search(sample) else name


def _first_words(lines: Iterable[str]) -> str:
    """Their words on one line; no more lines are read than a list shows."""
    words = ""
    for line in lines:
        words = f"{words} {_on_one_line([line])}".strip()
        if len(words) > SNIPPET_LENGTH:
            break
    return words


def _on_one_line(lines: list[str]) -> str:
    return " ".join(_UNSEEN.sub(" ", " ".join(lines)).split())


def _cut(words: str) -> str:
    """At a word's end where one is near, and never inside an accented letter."""
    end = SNIPPET_LENGTH - 1
    while end > 0 and unicodedata.combining(words[end]):
        end -= 1
    space = words.rfind(" ", end - 20, end + 1)
    return words[: space if space > 0 else end].rstrip() + "…"
