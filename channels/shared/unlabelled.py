"""Which of a few languages bytes speak that say no charset: Korean and Russian, where nearly any bytes are valid Chinese.

A raw header has a few words at most, too few for a guess by statistics. What tells them
apart are a language's most frequent signs, and how it writes capitals.
"""

import re

READ = 1024
"""Bytes that are looked at."""

_PAIRS = re.compile(rb"[\x80-\xff].?", re.DOTALL)
_HANGUL = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")
_WORDS = re.compile(rb"[A-Za-z\x80-\xff]+")
_LETTERS = re.compile(rb"[\xa3\xa8\xb3\xb8\xc0-\xff]+")
_KOREAN = frozenset(
    "이다는을의에가를은하고지한서기도로사인어아그시나자해리대있습니까요안녕주차문합드립과증장등신정일보수부전구제성생동세민김박최여청원허갱오라마"
)
_CHINESE = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于下自之年过发后作里用道行所然家事成方多么去法学如都同现没动面起看定天分"
    "还进好小部其些主理心本前开但因只从想日者意无力它与长把机民公此已工使情明性全关点高间很并物更加己价该改费单停车证路灯件户房居"
)
_FREQUENT, _VOWELS = frozenset("оеаинтсрвлк"), frozenset("аеёиоуыэюя")
_LIKE_RUSSIAN = 0.5
_FEWEST_LETTERS = 5


def codec_of(data: bytes) -> str | None:
    """The codec of a language that these bytes speak beyond doubt; None where nothing tells."""
    data = data[:READ]
    return "cp949" if _is_korean(data) else _russian(data)


def _is_korean(data: bytes) -> bool:
    """Every pair is a syllable, and more of them are everyday Korean than everyday Chinese."""
    pairs = _PAIRS.findall(data)
    if len(pairs) < 2 or not all(_HANGUL.fullmatch(pair) for pair in pairs):
        return False
    return _everyday(pairs, "cp949", _KOREAN) > _everyday(pairs, "gb18030", _CHINESE)


def _russian(data: bytes) -> str | None:
    """KOI8-R or Windows-1251: the one in which words are written small, with a capital at most in front, or all large."""
    words = [word for word in _WORDS.findall(data) if not word.isascii()]
    letters = b"".join(words)
    if len(letters) < _FEWEST_LETTERS or not all(_LETTERS.fullmatch(word) for word in words):
        return None
    pairs = _PAIRS.findall(data)
    if 2 * _everyday(pairs, "gb18030", _CHINESE) >= len(pairs):
        return None
    found = {codec: [word.decode(codec) for word in words] for codec in ("koi8_r", "cp1251")}
    likely = [codec for codec, read in found.items() if _is_russian(read)]
    return max(likely, key=lambda codec: _likeness(found[codec]), default=None)


def _is_russian(words: list[str]) -> bool:
    well_written = all(word.islower() or word.isupper() or word[1:].islower() for word in words)
    speaks = all(_VOWELS & set(word.lower()) for word in words if len(word) > 2)
    return well_written and speaks and _likeness(words) >= _LIKE_RUSSIAN


def _likeness(words: list[str]) -> float:
    text = "".join(words).lower()
    return sum(1 for sign in text if sign in _FREQUENT) / len(text)


def _everyday(pairs: list[bytes], codec: str, signs: frozenset[str]) -> int:
    return sum(1 for pair in pairs if pair.decode(codec, "replace") in signs)
