"""The words by which people ask for no more messages, for messages again, or for help."""

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from crm_core.model.consent import Wish

HELP: Final = "help"
LONGEST = 20


@dataclass(frozen=True, slots=True)
class Keyword:
    """A whole message that is one such word: what it asks for (None: help), in which language, and what we say to it.

    `handled`: Twilio answers it itself, where the number has no rules of its own.
    """

    wish: Wish | None
    language: str
    answer: str
    handled: bool


_ASKED = (("stop", Wish.STOP, "stopped"), ("start", Wish.START, "started"), (HELP, None, "helped"))


def keyword(text: str) -> Keyword | None:
    """The word that this message is, whole; None where it says more, or something else."""
    return _known().get(_folded(text)) if len(text) <= LONGEST else None


def decided(kind: str, *, text: str) -> Keyword | None:
    """What Twilio says it took the message for, by the rules of the messaging service; it has answered it already."""
    said = keyword(text)
    for name, wish, answer in _ASKED:
        if kind.casefold() == name:
            return Keyword(wish, said.language if said else "en", answer, handled=True)
    return None


def answer_to(word: Keyword, *, name: str) -> str:
    """What we say to it, in its language."""
    said: str = next(page for page in _page()["language"] if page["code"] == word.language)[word.answer]
    return said.format(name=name)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().strip(" \t\r\n.!。！\"'“”").split())


@cache
def _page() -> dict[str, list[dict[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("keywords.toml").read_text("utf-8"))


@cache
def _known() -> dict[str, Keyword]:
    handled = {_folded(str(word)) for word in _page()["handled"]}
    found: dict[str, Keyword] = {}
    for page in _page()["language"]:
        for name, wish, answer in _ASKED:
            for word in page[name]:
                folded = _folded(word)
                found.setdefault(folded, Keyword(wish, page["code"], answer, folded in handled))
    return found
