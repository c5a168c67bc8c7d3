"""What leaves: words in as many messages as they need, then files, one after another."""

import asyncio

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile
from telegram.error import RetryAfter, TelegramError

from channels.contract import OutcomeUnknown, Rendering, Unavailable, Undeliverable
from channels.shared import reference
from channels.telegram.bot import refused
from channels.telegram.limits import MOST, PARTS
from crm_core.model.feedback import Question
from crm_core.model.message import File, Outbound

LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_FILE = 50 * 1024 * 1024
WAITS = 3
LONGEST_WAIT = 30.0


def render(message: Outbound) -> Rendering:
    """Plain words: nothing that somebody typed is ever markup, so nothing can break or hide."""
    number = reference.line(message.ticket_number, language=message.language)
    asks = message.asks.text if message.asks else ""
    words = "\n\n".join(part for part in (message.text.rstrip(), number, asks) if part)
    return Rendering(parts=tuple(cut(words)), used=units(words), most=MOST * PARTS)


def units(text: str) -> int:
    """Length as Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str) -> list[str]:
    """At a line's end or a space where one is near; never within a sign."""
    parts = []
    while units(text) > MOST:
        end = MOST
        while (over := units(text[:end]) - MOST) > 0:
            end -= (over + 1) // 2
        for sign in ("\n", " "):
            at = text.rfind(sign, end // 2, end)
            if at > 0:
                end = at
                break
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*parts, text] if text or not parts else parts


async def send(bot: Bot, message: Outbound) -> None:
    """All of it, in order. Raises what `bot.refused` says; once a part has left, never that nothing did."""
    parts = render(message).parts
    if len(parts) > PARTS:
        raise Undeliverable(f"This is longer than {PARTS} messages of Telegram's. Say it shorter, or send a file.")
    for file in message.files:
        if len(file.content) > LARGEST_FILE:
            raise Undeliverable(f"{file.name} is larger than the 50 MB that a bot may send.")
    pieces: list[str | File] = [*(part for part in parts if part), *message.files]
    below = buttons(message.asks) if message.asks else None
    for left, piece in enumerate(pieces):
        under = below if left == len(parts) - 1 else None
        await _one(bot, int(message.to.value), piece, left=left, under=under)


def buttons(asks: Question) -> InlineKeyboardMarkup:
    """The five steps, the best first, each in its words; below them our page, where Telegram takes its address."""
    rows = [
        [InlineKeyboardButton(words, callback_data=f"{score}:{asks.token}")]
        for score, words in reversed(list(enumerate(asks.steps, 1)))
    ]
    if asks.url.startswith("https://"):
        rows.append([InlineKeyboardButton(asks.more, url=asks.url)])
    return InlineKeyboardMarkup(rows)


async def _one(bot: Bot, chat: int, piece: str | File, *, left: int, under: InlineKeyboardMarkup | None) -> None:
    for attempt in range(WAITS + 1):
        try:
            await (_words(bot, chat, piece, under=under) if isinstance(piece, str) else _file(bot, chat, piece))
            return
        except RetryAfter as why:  # it was certainly not taken
            wait = _seconds(why)
            if attempt == WAITS or wait > LONGEST_WAIT:
                _give_up(why, left=left)
            await asyncio.sleep(wait)
        except TelegramError as why:
            _give_up(why, left=left)


def _give_up(why: TelegramError, *, left: int) -> None:
    try:
        refused(why)
    except (Unavailable, Undeliverable) as refusal:
        if left:
            raise OutcomeUnknown(f"Only the first {left} parts arrived: {refusal}") from why
        raise


def _seconds(why: RetryAfter) -> float:
    after = why.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


async def _words(bot: Bot, chat: int, words: str, *, under: InlineKeyboardMarkup | None) -> None:
    await bot.send_message(chat, words, reply_markup=under)


async def _file(bot: Bot, chat: int, file: File) -> None:
    content = InputFile(file.content, filename=file.name)
    if file.type in ("image/jpeg", "image/png", "image/webp") and len(file.content) <= LARGEST_PHOTO:
        await bot.send_photo(chat, content)
    elif file.type in ("audio/ogg", "audio/opus"):
        await bot.send_voice(chat, content)
    else:
        await bot.send_document(chat, content)
