"""What keeps at it: fetching updates, or seeing to it that Telegram's calls reach us."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from telegram import Bot, Update, WebhookInfo
from telegram.error import TelegramError

from channels.contract import Bearings, Cursor, NoRoute, Opening, Response, Take, Wire
from channels.shared import wording
from channels.telegram.bot import asking, close_bot, open_bot
from channels.telegram.reading import FETCHED
from channels.telegram.settings import TelegramSettings, hook_secret

_WORDS = wording.beside(__file__)

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
POLL_SECONDS = 25
LOOK_SECONDS = 60.0
SETTLED_SECONDS = 1.0
"""An album comes as one update for each picture, together: a moment after the last the rest is there."""

AT_ONCE = 100
CALLS_AT_ONCE = 20
RECENT = timedelta(minutes=10)


def listener(opening: Opening, bearings: Bearings) -> "Fetcher | Warden":
    """Either of the two, as the inbox's settings say."""
    return Warden(opening, bearings) if opening.settings.webhook else Fetcher(opening, bearings)


class Fetcher:
    """Fetches with `getUpdates`; an update is confirmed only when the next ones are asked for, after its commit."""

    def __init__(self, opening: Opening, bearings: Bearings) -> None:
        self._settings: TelegramSettings = opening.settings
        self._bearings = bearings

    async def listen(self, take: Take, *, since: Cursor | None) -> None:
        """Until cancelled. The cursor is the bot's number and the last update: another bot begins at its own start."""
        bot = _bot(self._settings)
        try:
            with asking():
                await bot.delete_webhook(drop_pending_updates=False)
            offset = self._offset(since)
            while True:
                for wire, last in await self._next(bot, offset):
                    await act(bot, await take(wire))
                    offset = last + 1
        finally:
            await close_bot(bot)

    async def _next(self, bot: Bot, offset: int | None) -> list[tuple[Wire, int]]:
        updates = await self._ask(bot, offset, seconds=POLL_SECONDS)
        while updates and group_of(updates[-1]) is not None and len(updates) < AT_ONCE:
            await asyncio.sleep(SETTLED_SECONDS)
            more = await self._ask(bot, offset, seconds=0)
            if len(more) <= len(updates):
                break
            updates = more
        return [(self._wire(together), together[-1].update_id) for together in gathered(updates)]

    async def _ask(self, bot: Bot, offset: int | None, *, seconds: int) -> Sequence[Update]:
        with asking():
            found = await bot.get_updates(offset=offset, limit=AT_ONCE, timeout=seconds, allowed_updates=WANTED)
        self._bearings.heard()
        return found

    def _wire(self, together: list[Update]) -> Wire:
        said = [json.loads(update.to_json()) for update in together]
        return Wire(
            json.dumps(said[0] if len(said) == 1 else said, ensure_ascii=False).encode(),
            {},
            "",
            self._bearings.clock(),
            evidence={FETCHED: "getUpdates"},
            cursor=Cursor(f"{self._settings.bot_id}:{together[-1].update_id}"),
        )

    def _offset(self, since: Cursor | None) -> int | None:
        bot, _, last = since.text.partition(":") if since is not None else ("", "", "")
        return int(last) + 1 if bot == self._settings.bot_id and last.isdecimal() else None


class Warden:
    """Telegram calls us: says where, and looks whether its calls arrive."""

    def __init__(self, opening: Opening, bearings: Bearings) -> None:
        self._opening = opening
        self._bearings = bearings

    async def listen(self, take: Take, *, since: Cursor | None) -> None:
        """Until cancelled. Raises Unavailable where Telegram does not take our address, or lost it."""
        settings: TelegramSettings = self._opening.settings
        bot = _bot(settings)
        try:
            with asking():
                await bot.set_webhook(
                    self._opening.hook_url,
                    secret_token=hook_secret(self._opening.inbox, settings),
                    allowed_updates=WANTED,
                    max_connections=CALLS_AT_ONCE,
                )
            while True:
                with asking():
                    info = await bot.get_webhook_info()
                self._judge(info)
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await close_bot(bot)

    def _judge(self, info: WebhookInfo) -> None:
        if info.url != self._opening.hook_url:
            raise _WORDS.unavailable("taken")
        failed = info.last_error_date
        if failed is not None and self._bearings.clock() - failed < RECENT and info.pending_update_count:
            self._bearings.troubled(
                _WORDS.said("not_arriving", why=info.last_error_message, waits=info.pending_update_count)
            )
        else:
            self._bearings.heard()


def group_of(update: Update) -> tuple[int, str] | None:
    """The album that it is a part of."""
    message = update.message
    return (message.chat.id, message.media_group_id) if message is not None and message.media_group_id else None


def gathered(updates: Sequence[Update]) -> list[list[Update]]:
    """One list for each message; the parts of an album are one, if nothing else came between."""
    together: list[list[Update]] = []
    for update in updates:
        group = group_of(update)
        if group is not None and together and group_of(together[-1][-1]) == group:
            together[-1].append(update)
        else:
            together.append([update])
    return together


async def act(bot: Bot, response: Response) -> None:
    """What Telegram would do with the answer to its call: a method to run. It is a courtesy; if it fails, it fails."""
    if not response.body or not response.type.startswith("application/json"):
        return
    given = json.loads(response.body)
    does: Any = {"sendMessage": bot.send_message, "answerCallbackQuery": bot.answer_callback_query}[given.pop("method")]
    with suppress(TelegramError):
        await does(**given)


def _bot(settings: TelegramSettings) -> Bot:
    try:
        return open_bot(settings)
    except NoRoute as why:
        raise _WORDS.unavailable("no_token") from why
