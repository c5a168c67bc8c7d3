"""The test button: slips are drawn as they would be printed, and read back."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from channels.contract import Finding, Verdict
from channels.counter import slips
from channels.counter.settings import CounterSettings
from channels.paper import Slip
from channels.shared.paper import fonts, reading

_NUMBER = "ON-4F7K-2931"
_FOLLOW = "https://example.org/track?number=ON-4F7K-2931"
_ABOUT = {"en": "Resident parking permit", "zh": "居民停车证"}
_DRAWN = {
    "en": "A slip in English and in Chinese was drawn, and number and code were read back.",
    "zh": "已绘制英文和中文凭条，并读回编号和二维码。",
}
_UNREAD = {
    "en": "A slip was drawn, and its number or code could not be read back.",
    "zh": "凭条已绘制，但无法读回编号或二维码。",
}
_HAN = {
    "en": "Fonts for English and Chinese slips are here.",
    "zh": "已安装英文和中文凭条所需字体。",
}
_NO_HAN = {
    "en": f"No font with Chinese is installed: Chinese slips cannot be printed. Install {fonts.PACKAGES}.",
    "zh": f"未安装中文字体，无法打印中文凭条。请安装 {fonts.PACKAGES}。",
}


async def test(settings: CounterSettings, *, name: str) -> Sequence[Finding]:
    """In order: the fonts, then a slip."""
    return await asyncio.to_thread(_test, settings, name)


async def equipment() -> Sequence[Finding]:
    """What slips need of this machine."""
    chinese = not await asyncio.to_thread(fonts.lacking, "".join(_ABOUT.values()))
    return [Finding("ready", Verdict.WELL if chinese else Verdict.ILL, _HAN if chinese else _NO_HAN)]


def _test(settings: CounterSettings, name: str) -> list[Finding]:
    chinese = not fonts.lacking("".join(_ABOUT.values()))
    found = [] if chinese else [Finding("ready", Verdict.ILL, _NO_HAN)]
    languages = ("en", "zh") if chinese else ("en",)
    well = all(_read_back(language, settings=settings, name=name) for language in languages)
    return [*found, Finding("ready", Verdict.WELL if well else Verdict.ILL, _DRAWN if well else _UNREAD)]


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
