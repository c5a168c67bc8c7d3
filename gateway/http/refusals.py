"""Refusals in the language of whoever asks. The core says them once, in English; `refusals_zh.toml` holds them in Chinese."""

import re
import tomllib
from functools import cache
from pathlib import Path

from crm_core.model.errors import Problem

_GAP = "{}"


def said(why: str, *, language: str) -> str:
    """A refusal in this language; as it is where nobody wrote it there, so that nothing is ever left unsaid."""
    words, patterns = _words(language)
    if why in words:
        return words[why]
    for pattern, sentence in patterns:
        if found := pattern.fullmatch(why):
            return sentence.format(*(words.get(part, part) for part in found.groups()))
    return why


def of_fields(problems: tuple[Problem, ...], *, language: str) -> str:
    """What is wrong with several fields, in one line."""
    return ("；" if language == "zh" else "; ").join(said(one.why, language=language) for one in problems)


@cache
def _words(language: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Whole sentences by their English, and those with gaps as patterns, the longest first: it says most."""
    file = Path(__file__).with_name(f"refusals_{language}.toml")
    if not file.exists():
        return {}, []
    words: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
    gapped = sorted((one for one in words if _GAP in one), key=len, reverse=True)
    return words, [(_pattern(one), words[one]) for one in gapped]


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, sentence.split(_GAP))), re.DOTALL)
