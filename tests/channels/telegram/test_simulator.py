"""The Bot API that we ship to try with, by python-telegram-bot's own client, and our channel against it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from channels.contract import (
    Bearings,
    Cursor,
    NoRoute,
    Opening,
    Outcome,
    OutcomeUnknown,
    Response,
    Secret,
    Unavailable,
    Undeliverable,
    Wire,
)
from channels.telegram import listening, sending
from channels.telegram.bot import close_bot, open_bot
from channels.telegram.line import Telegram
from channels.telegram.reading import FETCHED
from channels.telegram.settings import TelegramSettings
from channels.telegram.simulator import BotApi, Faults
from crm_core.model.address import Address
from crm_core.model.feedback import Question, Rated
from crm_core.model.ids import InboxId, MessageId
from crm_core.model.message import Elsewhere, File, Outbound
from gateway.examining import anything

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi().served() as found:
        yield found


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[Bot]:
    found = open_bot(TelegramSettings(token=Secret(api.token), api=api.url))
    yield found
    await close_bot(found)


@pytest.fixture
async def channel(api: BotApi) -> AsyncIterator[Telegram]:
    found = Telegram(opening(api))
    yield found
    await found.close()


def opening(api: BotApi, **settings: Any) -> Opening:
    given = {"token": Secret(api.token), "api": api.url, **settings}
    return Opening(
        InboxId("i"), None, "Bot", TelegramSettings(**given), "https://c.example", None, "https://c.example/h"
    )


def out(api: BotApi, words: str = "We come.", *, to: int = 0, files: tuple[File, ...] = ()) -> Outbound:
    whom = to or next(iter(api.people))
    number = "ON-4F7K-2931"
    return Outbound(
        MessageId("m"), InboxId("i"), Address("telegram", str(whom)), "", "", words, "w", NOW, number, files=files
    )


async def test_the_library_of_others_knows_it_as_telegram(api: BotApi, bot: Bot) -> None:
    wei = api.person("Wei", language="zh-hans")
    async with bot:
        assert bot.username == "larkhaven_bot"
        api.writes(wei, "Hello")
        api.sends_file(wei, "voice", b"ogg", name="v.ogg", type="audio/ogg")
        [text, voice] = await bot.get_updates(timeout=1)
        assert text.message is not None
        assert text.message.text == "Hello"
        assert voice.message is not None
        assert voice.message.voice is not None
        file = await bot.get_file(voice.message.voice.file_id)
        assert bytes(await file.download_as_bytearray()) == b"ogg"
        assert await bot.get_updates(offset=voice.update_id + 1) == ()
        sent = await bot.send_message(wei.id, "Hi")
        assert (await bot.edit_message_text("Hi!", chat_id=wei.id, message_id=sent.message_id)).text == "Hi!"  # type: ignore[union-attr]
        assert await bot.send_chat_action(wei.id, "typing")
        document = (await bot.send_document(wei.id, b"%PDF", filename="plan.pdf")).document
        assert document is not None
        assert api.content(document.file_id) == b"%PDF"
        await bot.set_webhook("http://127.0.0.1:1/h", secret_token="word")
        with pytest.raises(Conflict):
            await bot.get_updates()
        assert (await bot.get_webhook_info()).url == "http://127.0.0.1:1/h"
        await bot.delete_webhook()
        api.blocks(wei)
        with pytest.raises(Forbidden):
            await bot.send_message(wei.id, "Hi")
        with pytest.raises(BadRequest):
            await bot.send_message(5, "Hi")
        api.faults = Faults(limited=1.0)
        with pytest.raises(RetryAfter):
            await bot.send_message(wei.id, "Hi")
        api.faults = Faults(broken=1.0)
        with pytest.raises(NetworkError):
            await bot.send_message(wei.id, "Hi")
    stranger = open_bot(TelegramSettings(token=Secret("9:x"), api=api.url))
    with pytest.raises(InvalidToken):
        await stranger.get_me()
    await close_bot(stranger)


async def test_words_go_in_parts_then_files_by_their_kind(api: BotApi, channel: Telegram) -> None:
    wei = api.person("Wei")
    files = (
        File("a.jpg", "image/jpeg", b"jpg"),
        File("b.ogg", "audio/ogg", b"ogg"),
        File("c.pdf", "application/pdf", b"pdf"),
    )
    message = out(api, "word " * 1000, files=files)
    await channel.send(message)
    assert [one["text"] for one in wei.chat if "text" in one] == list(channel.render(message).parts)
    assert [next(kind for kind in ("photo", "voice", "document") if kind in one) for one in wei.chat[2:]] == [
        "photo", "voice", "document",
    ]  # fmt: skip
    assert api.content(wei.chat[-1]["document"]["file_id"]) == b"pdf"


async def test_each_refusal_has_its_fate(api: BotApi, channel: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LONGEST_WAIT", 0.5)
    wei = api.person("Wei")
    with pytest.raises(Undeliverable, match="Chat not found"):
        await channel.send(out(api, to=5))
    with pytest.raises(Undeliverable, match="longer than"):
        await channel.send(out(api, "x" * 30_000))
    api.faults = Faults(limited=1.0)
    with pytest.raises(Unavailable, match="slower"):
        await channel.send(out(api))
    api.faults = Faults(broken=1.0)
    with pytest.raises(OutcomeUnknown):
        await channel.send(out(api))
    api.faults = Faults(down=True)
    with pytest.raises((OutcomeUnknown, Unavailable)):
        await channel.send(out(api))
    api.faults = Faults()
    assert wei.chat == []
    api.blocks(wei)
    with pytest.raises(Undeliverable, match="blocked this bot"):
        await channel.send(out(api))
    bare = Telegram(replace(channel.opening, settings=TelegramSettings()))
    with pytest.raises(NoRoute):
        await bare.send(out(api))


async def test_a_file_is_fetched_and_of_one_that_bots_may_not_have_it_is_said(api: BotApi, channel: Telegram) -> None:
    wei = api.person("Wei")
    small = api.sends_file(wei, "document", b"%PDF", name="plan.pdf", type="application/pdf")["document"]
    large = api.sends_file(wei, "document", bytes((20 << 20) + 1), name="film.mp4", type="video/mp4")["document"]
    assert (await channel.fetch(Elsewhere("plan.pdf", "application/pdf", small["file_id"]))).content == b"%PDF"
    with pytest.raises(Undeliverable, match="too big"):
        await channel.fetch(Elsewhere("film.mp4", "video/mp4", large["file_id"]))
    api.faults.down = True
    with pytest.raises(Unavailable):
        await channel.fetch(Elsewhere("plan.pdf", "application/pdf", small["file_id"]))


async def test_what_is_not_committed_is_fetched_again_and_another_bot_begins_at_its_own_start(
    api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "POLL_SECONDS", 0)
    wei = api.person("Wei")
    for number in range(3):
        api.writes(wei, f"word {number}")
    taken: list[Wire] = []

    async def take(wire: Wire) -> Response:
        taken.append(wire)
        if len(taken) in (2, 4, 5):
            raise Unavailable("the record is away")
        return Response()

    bearings = Bearings(clock=lambda: NOW, heard=lambda: None, troubled=lambda _: None, readable=anything)
    fetcher = listening.listener(opening(api), bearings)
    begins: list[Callable[[], Cursor | None]] = [lambda: None, lambda: taken[0].cursor, lambda: Cursor(f"9:{10**9}")]
    for since in begins:
        with pytest.raises(Unavailable):
            await fetcher.listen(take, since=since())
    words = [json.loads(wire.body)["message"]["text"] for wire in taken]
    assert words == ["word 0", "word 1", "word 1", "word 2", "word 1"]


async def test_a_webhook_that_somebody_took_away_is_said(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "LOOK_SECONDS", 0.01)
    heard = asyncio.Event()
    bearings = Bearings(clock=lambda: datetime.now(UTC), heard=heard.set, troubled=lambda _: None, readable=anything)
    warden = listening.listener(opening(api, webhook=True), bearings)

    async def take(_: Wire) -> Response:
        raise AssertionError

    task = asyncio.create_task(warden.listen(take, since=None))
    await asyncio.wait_for(heard.wait(), 10)
    api.webhook["url"] = "https://elsewhere.example/h"
    with pytest.raises(Unavailable, match="took this bot's webhook"):
        await asyncio.wait_for(task, 10)


def test_faults_are_read_from_the_command_line() -> None:
    assert Faults.parsed("duplicate=0.3,limited").duplicate == 0.3
    assert Faults.parsed("all").timeout == 0.1
    with pytest.raises(ValueError, match="no fault"):
        Faults.parsed("gravity=1")


async def test_the_question_has_five_buttons_whose_press_comes_back_and_is_answered(
    api: BotApi, bot: Bot, channel: Telegram
) -> None:
    wei = api.person("Wei", language="zh-hans")
    asks = Question("How did we do?", ("1", "2", "3", "4", "5"), "a" * 51, "https://c.example/feedback/a", "More")
    await channel.send(replace(out(api, "Mended. " + "x" * 5000), asks=asks))
    first, second = wei.chat
    assert "reply_markup" not in first
    assert second["text"].endswith("ON-4F7K-2931\n\nHow did we do?")
    shown = second["reply_markup"]["inline_keyboard"]
    assert [row[0]["text"] for row in shown] == ["5", "4", "3", "2", "1", "More"]
    press = api.presses(wei, second, shown[0][0]["callback_data"])
    [update] = await bot.get_updates(timeout=1)
    wire = Wire(update.to_json().encode(), {}, "", NOW, evidence={FETCHED: "getUpdates"})
    reading = channel.read(wire)
    assert reading.parts == (Rated("a" * 51, 5, Address("telegram", str(wei.id)), press, "zh"),)
    for counts, words in ((5, "谢谢"), (None, "无法提交")):
        await listening.act(bot, channel.answer(reading, [Outcome(answer=counts)]))
        assert words in api.told[press]
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query("nobody pressed this")
    near = replace(asks, url="http://127.0.0.1:8080/feedback/a")
    await channel.send(replace(out(api), asks=near))
    assert len(wei.chat[-1]["reply_markup"]["inline_keyboard"]) == 5, "Telegram takes no link to a near address"
