"""Our side of the Bot API, by python-telegram-bot, and what its refusals mean to us."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import httpx
from telegram import Bot
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from channels.contract import NoRoute, OutcomeUnknown, Unavailable, Undeliverable
from channels.shared import wording
from channels.telegram.settings import TelegramSettings

os.environ.setdefault("PTB_TIMEDELTA", "true")  # its own switch: spans come as timedelta, as in its next version
NO_TOKEN = "The bot's token is missing: set it at the inbox."  # noqa: S105 - words
BLOCKED = "They have blocked this bot in Telegram, so nothing reaches them there. Choose another way."
_WORDS = wording.beside(__file__)
_BEFORE_THE_WIRE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def open_bot(settings: TelegramSettings) -> Bot:
    """A client for this bot; close it with `close_bot`. Raises NoRoute without a token."""
    if not settings.token:
        raise NoRoute(NO_TOKEN)
    api = settings.api.rstrip("/")
    request = HTTPXRequest(connection_pool_size=8, read_timeout=20.0, connect_timeout=5.0, pool_timeout=5.0)
    fetching = HTTPXRequest(connection_pool_size=2, read_timeout=40.0, connect_timeout=5.0, pool_timeout=5.0)
    return Bot(
        str(settings.token),
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=request,
        get_updates_request=fetching,
    )


async def close_bot(bot: Bot) -> None:
    """Hang up."""
    for request in bot._request:  # noqa: SLF001 - its own shutdown does nothing before an initialize that asks the network
        await request.shutdown()


@contextmanager
def asking() -> Iterator[None]:
    """Around questions that may be put again. Raises Unavailable in words for the admin."""
    try:
        yield
    except TelegramError as why:
        raise unavailable(why) from why


def unavailable(why: TelegramError) -> Unavailable:
    """What is wrong, and what to do."""
    if isinstance(why, InvalidToken):
        return _WORDS.unavailable("unknown")
    if isinstance(why, Conflict):
        return _WORDS.unavailable("another")
    if isinstance(why, RetryAfter):
        return _WORDS.unavailable("slower")
    if isinstance(why, NetworkError) and not isinstance(why, BadRequest):
        return _WORDS.unavailable("unreached", why=why.message)
    return _WORDS.unavailable("refused", why=why.message)


def refused(why: TelegramError) -> NoReturn:
    """What became of something that was to be sent once. Raises Undeliverable, Unavailable or OutcomeUnknown."""
    if isinstance(why, Forbidden):
        blocked = "blocked" in why.message.casefold()
        raise Undeliverable(BLOCKED if blocked else f"Telegram refuses: {why.message}") from why
    if isinstance(why, BadRequest):
        raise Undeliverable(f"Telegram refuses: {why.message}") from why
    if isinstance(why, InvalidToken | Conflict | RetryAfter) or isinstance(why.__cause__, _BEFORE_THE_WIRE):
        raise unavailable(why) from why
    raise OutcomeUnknown(f"Telegram did not answer in time ({why.message}).") from why
