"""Twilio's error numbers in words, with what to do."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from crm_core.model.consent import Wish

OPTED_OUT = 21610
SLOWER = 20429


@cache
def known() -> Mapping[str, Mapping[str, str]]:
    """The words for each number, by language."""
    page = tomllib.loads(Path(__file__).with_name("errors.toml").read_text("utf-8"))
    return MappingProxyType({code: MappingProxyType(words) for code, words in page.items()})


def said(code: int | str | None, *, else_: str = "") -> str:
    """The number and what it means, for whoever sent the message; `else_` where the number is none we know."""
    if code in (None, "", 0, "0"):
        return else_ or "Twilio does not say why."
    words = known().get(str(code))
    return f"{code}: {words['en'] if words else else_ or 'Twilio refuses it. Answer another way.'}"


def wish_of(code: int | str | None) -> Wish | None:
    """What the refusal tells of the person's wish: they told Twilio, and we had not heard."""
    return Wish.STOP if str(code) == str(OPTED_OUT) else None
