"""The test button: slips are drawn as they would be printed, and read back."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from channels.contract import Finding
from channels.counter import slips
from channels.counter.settings import CounterSettings
from channels.paper import Slip
from channels.shared import wording
from channels.shared.paper import fonts, reading

_NUMBER = "ON-4F7K-2931"
_FOLLOW = "https://example.org/track?number=ON-4F7K-2931"
_ABOUT = {"en": "Resident parking permit", "zh": "居民停车证"}
_WORDS = wording.beside(__file__)


def steps() -> Mapping[str, Mapping[str, str]]:
    """All of it is this machine's."""
    return _WORDS.steps("ready")


async def test(settings: CounterSettings, *, name: str) -> Sequence[Finding]:
    """In order: the fonts, then a slip."""
    return await asyncio.to_thread(_test, settings, name)


async def equipment() -> Sequence[Finding]:
    """What slips need of this machine."""
    return [await asyncio.to_thread(_fonts)]


def _test(settings: CounterSettings, name: str) -> list[Finding]:
    able = _fonts()
    languages = ("en", "zh") if able.well else ("en",)
    if not all(_read_back(language, settings=settings, name=name) for language in languages):
        return [able, _WORDS.ill("ready", "unread")]
    return [able, _WORDS.well("ready", "drawn" if able.well else "drawn_in_english")]


def _fonts() -> Finding:
    if fonts.lacking("".join(_ABOUT.values())):
        return _WORDS.ill("ready", "no_fonts", packages=fonts.PACKAGES)
    return _WORDS.well("ready", "fonts")


def _read_back(language: str, *, settings: CounterSettings, name: str) -> bool:
    now = datetime.now(UTC)
    slip = Slip(
        number=_NUMBER,
        about=_ABOUT[language],
        at=now,
        promised=now,
        solved=False,
        follow=_FOLLOW,
        language=language,
    )
    pdf = slips.draw(slip, settings=settings, name=name)
    [words], [picture] = reading.words(pdf, most=1), list(reading.pictures(pdf, dpi=reading.CODE_DPI, most=1))
    return _NUMBER in words and _ABOUT[language] in words and _FOLLOW in reading.codes(picture)
