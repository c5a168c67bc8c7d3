"""The test button: who the bot is, and whether what people write reaches us."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

from telegram import User, WebhookInfo
from telegram.error import TelegramError

from channels.contract import Finding, NoRoute, Opening
from channels.shared import wording
from channels.telegram.bot import close_bot, open_bot, unavailable
from channels.telegram.settings import OFFICIAL, TelegramSettings

_WORDS = wording.beside(__file__)


def steps() -> Mapping[str, Mapping[str, str]]:
    """The token, then the way in."""
    return _WORDS.steps("bot", "way_in")


async def test(opening: Opening) -> AsyncIterator[Finding]:
    """One for each; without a bot there is no way."""
    found = await _asked(opening.settings)
    if isinstance(found, Finding):
        yield found
        return
    me, info = found
    yield _WORDS.well("bot", "known", name=me.username or me.first_name)
    yield _way_in(info, opening)


async def _asked(settings: TelegramSettings) -> tuple[User, WebhookInfo] | Finding:
    try:
        bot = open_bot(settings)
    except NoRoute:
        return _WORDS.ill("bot", "no_token")
    try:
        return await bot.get_me(), await bot.get_webhook_info()
    except TelegramError as why:
        return wording.out_of("bot", unavailable(why))
    finally:
        await close_bot(bot)


def _way_in(info: WebhookInfo, opening: Opening) -> Finding:
    settings: TelegramSettings = opening.settings
    waits = info.pending_update_count
    if not settings.webhook:
        return _WORDS.ill("way_in", "set_elsewhere") if info.url else _WORDS.well("way_in", "fetched", waits=waits)
    if urlsplit(opening.hook_url).scheme != "https" and settings.api == OFFICIAL:
        return _WORDS.ill("way_in", "no_https")
    if info.url != opening.hook_url:
        return _WORDS.ill("way_in", "set_elsewhere")
    if info.last_error_message and waits:
        return _WORDS.ill("way_in", "not_arriving", why=info.last_error_message, waits=waits)
    return _WORDS.well("way_in", "called", waits=waits)
