"""Somebody writes to the city's bot and is answered there, by fetching and by being called, with Telegram's faults."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from channels.telegram import listening
from channels.telegram.simulator import BotApi, Faults, Person
from tests.stories.conftest import Install
from tests.stories.face import Api, Json, inside, token_for, until
from tests.stories.service import Service

PHOTO = b"\xff\xd8" + bytes(range(256)) * 4


@dataclass
class City:
    """A served installation with a bot, Anna's and Ada's programs, and Telegram."""

    service: Service
    anna: Api
    ada: Api
    telegram: BotApi
    inbox: Json

    async def said(self) -> list[str]:
        """All that came in, ticket by ticket."""
        found = [await self.anna.messages(ticket["id"]) for ticket in await self.anna.tickets()]
        return [item["text"] for items in found for item in items if item["direction"] == "in"]

    async def arrives(self, *texts: str) -> Json:
        """Its ticket, once all these are in, each once."""
        deadline = asyncio.timeout(30)
        async with deadline:
            while sorted(await self.said()) != sorted(texts):
                await asyncio.sleep(0.05)
        return (await self.anna.tickets())[0]


@pytest.fixture
async def telegram() -> AsyncIterator[BotApi]:
    async with BotApi().served() as api:
        yield api


@asynccontextmanager
async def city(house: Service, telegram: BotApi, **settings: Any) -> AsyncIterator[City]:
    ada, anna = await token_for(house, "ada@larkhaven.example"), await token_for(house)
    async with inside(house), Api.open(house, anna) as agent, Api.open(house, ada) as admin:
        yield City(house, agent, admin, telegram, await bot(admin, telegram, **settings))


async def bot(admin: Api, telegram: BotApi, **settings: Any) -> Json:
    given = {"token": telegram.token, "api": telegram.url, **settings}
    made: Json = await admin.post("/inboxes", {"channel": "telegram", "name": "Bot", "settings": given})
    return made


def shown(person: Person, telegram: BotApi) -> list[str]:
    """What the bot said to them."""
    return [message.get("text", "") for message in person.chat if message["from"]["id"] == telegram.me["id"]]


async def test_fetched_and_answered_with_files_both_ways_and_a_blocked_bot_is_told(
    database: str, install: Install, telegram: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "SETTLED_SECONDS", 0.1)
    wei = telegram.person("Wei", language="zh-hans")
    telegram.writes(wei, "路灯坏了。")  # before there was anybody to fetch it
    async with city(install(database), telegram, greeting="Welcome.") as there:
        ticket = await there.arrives("路灯坏了。")
        assert (ticket["channel"], ticket["language"]) == ("telegram", "zh")
        telegram.sends_photo(wei, PHOTO, caption="两盏", media_group_id="g1")
        telegram.sends_photo(wei, PHOTO[::-1], media_group_id="g1")
        await there.arrives("路灯坏了。", "两盏")
        assert len(await there.anna.tickets()) == 1
        album = (await there.anna.messages(ticket["id"]))[-1]
        assert len(album["attachments"]) == 2
        sent = await there.anna.reply(ticket["id"], "明天修好。")
        await there.anna.reaches(sent["id"], "sent")
        [words] = shown(wei, telegram)
        assert words.startswith("明天修好。")
        assert ticket["number"] in words
        telegram.writes(wei, "/start")
        await until(lambda: "Welcome." in shown(wei, telegram), why="no greeting")
        findings = (await there.ada.post(f"/inboxes/{there.inbox['id']}/tests", {}))["items"]
        assert {one["step"]: one["verdict"] for one in findings[-2:]} == {"bot": "well", "way_in": "well"}
        await they_say_how_it_was(there, wei, ticket)
        telegram.blocks(wei)
        await there.arrives("路灯坏了。", "两盏", "[Blocked this bot]")
        offered = (await there.anna.get(f"/tickets/{ticket['id']}/ways"))["items"]
        assert [way["bar"] for way in offered if way["channel"] == "telegram"] == ["opted_out"]
        telegram.unblocks(wei)
        await there.arrives("路灯坏了。", "两盏", "[Blocked this bot]", "[Unblocked this bot]")
        again = await there.anna.reply(ticket["id"], "修好了。")
        await there.anna.reaches(again["id"], "sent")
        wei.blocked = True  # and we have not heard of it yet
        lost = await there.anna.reply(ticket["id"], "再见。")
        failed = await there.anna.reaches(lost["id"], "failed")
        assert "blocked this bot" in failed["delivery_reason"]


async def they_say_how_it_was(there: City, wei: Person, ticket: Json) -> None:
    """The answer that solves it has five buttons; whoever was asked presses one, and another; nobody else can."""
    api = f"{there.service.url}/api/v1/inboxes/{there.inbox['id']}/asking"
    async with there.ada.http.put(api, json={"asks": True}) as answer:
        assert answer.status == 200, await answer.text()
    done = await there.anna.post(f"/tickets/{ticket['id']}/replies", {"text": "修好了！", "status": "solved"})
    await there.anna.reaches(done["id"], "sent")
    asked = wei.chat[-1]
    steps = [row[0]["callback_data"] for row in asked["reply_markup"]["inline_keyboard"]]
    mallory = there.telegram.person("Mallory")
    for whose, step, told in ((wei, steps[0], "谢谢"), (mallory, steps[4], "no answer"), (wei, steps[3], "谢谢")):
        press = there.telegram.presses(whose, asked, step)
        async with asyncio.timeout(30):
            while told not in there.telegram.told.get(press, ""):
                await asyncio.sleep(0.02)
    [said] = (await there.anna.get(f"/tickets/{ticket['id']}/feedback"))["items"]
    assert (said["score"], said["channel"]) == (2, "telegram")


async def test_called_five_times_in_parallel_and_shuffled_each_message_is_there_once_in_one_strand(
    database: str, install: Install, telegram: BotApi
) -> None:
    wei = telegram.person("Wei")
    async with city(install(database), telegram, webhook=True) as there:
        await until(lambda: telegram.webhook.get("url") == there.inbox["hook_url"], why="no webhook was set")
        secret = telegram.webhook["secret_token"]
        telegram.faults.drop = 1.0  # we bring them ourselves
        texts = [f"word {number}" for number in range(6)]
        for text in texts:
            telegram.writes(wei, text)
        calls = [update for update in telegram.pending for _ in range(5)]
        random.Random(7).shuffle(calls)
        first, rest = calls[0], calls[1:]
        async with aiohttp.ClientSession() as provider:

            async def call(update: Any, word: str | None = secret) -> int:
                headers = {} if word is None else {"X-Telegram-Bot-Api-Secret-Token": word}
                async with provider.post(there.inbox["hook_url"], json=update, headers=headers) as answer:
                    return answer.status

            forged = {"update_id": 1, "message": {**first["message"], "message_id": 1, "text": "forged"}}
            assert [await call(forged, word) for word in (None, "", secret[:-1], "é")] == [403] * 4
            assert await there.said() == []
            assert await call(first) == 200
            while rest:  # as Telegram does: what is not confirmed comes again
                answers = await asyncio.gather(*(call(update) for update in rest))
                assert set(answers) <= {200, 503}
                rest = [update for update, status in zip(rest, answers, strict=True) if status == 503]
            ticket = await there.arrives(*texts)
            parts = len(telegram.pending)
            for number in range(4):
                telegram.sends_photo(wei, PHOTO + bytes([number]), media_group_id="g1")
            rest = [update for update in telegram.pending[parts:] for _ in range(3)]
            while rest:
                answers = await asyncio.gather(*(call(update) for update in rest))
                rest = [update for update, status in zip(rest, answers, strict=True) if status == 503]
        assert len(await there.anna.tickets()) == 1
        *_, album = await there.anna.messages(ticket["id"])
        assert len(await there.anna.messages(ticket["id"])) == len(texts) + 1
        assert len({file["name"] for file in album["attachments"]}) == len(album["attachments"]) == 4


async def test_called_with_every_fault_of_the_way_nothing_is_lost_and_nothing_is_twice(
    install: Install, telegram: BotApi
) -> None:
    telegram.faults = Faults(duplicate=0.4, delay=0.3, reorder=0.3, drop=0.3, seed=5)
    wei = telegram.person("Wei")
    async with city(install(), telegram, webhook=True) as there:
        texts = [f"word {number}" for number in range(12)]
        for text in texts:
            telegram.writes(wei, text)
        ticket = await there.arrives(*texts)
        telegram.faults = Faults(limited=0.5, seed=2)
        for number in range(3):
            sent = await there.anna.reply(ticket["id"], f"answer {number}")
            await there.anna.reaches(sent["id"], "sent")
        assert [words.split("\n")[0] for words in shown(wei, telegram)] == [f"answer {number}" for number in range(3)]


async def test_killed_between_fetching_and_committing_nothing_is_lost_and_nothing_is_twice(
    database: str, install: Install, telegram: BotApi
) -> None:
    house = install(database)
    ada, anna = await token_for(house, "ada@larkhaven.example"), await token_for(house)
    wei = telegram.person("Wei")
    texts = [f"word {number}" for number in range(40)]
    await asyncio.to_thread(house.start)
    async with Api.open(house, ada) as admin, Api.open(house, anna) as agent:
        made = await bot(admin, telegram)
        there = City(house, agent, admin, telegram, made)
        for number, text in enumerate(texts):
            telegram.writes(wei, text)
            if number in (13, 27):
                await asyncio.sleep(random.uniform(0.0, 0.15))
                house.kill()
                await asyncio.to_thread(house.start)
        ticket = await there.arrives(*texts)
        assert len(await agent.tickets()) == 1
        assert len(await agent.messages(ticket["id"])) == len(texts)


async def test_a_token_that_telegram_does_not_know_is_said_at_the_inbox_and_mended_there(
    install: Install, telegram: BotApi
) -> None:
    wei = telegram.person("Wei")
    telegram.writes(wei, "Hello")
    async with city(install(), telegram, token="1:wrong") as there:

        async def source() -> Json:
            found: Json = (await there.ada.get("/inboxes"))["items"][-1]
            return dict(found["source"] or {})

        await eventually(source, lambda found: "does not know this token" in (found.get("trouble") or ""))
        [*_, finding] = (await there.ada.post(f"/inboxes/{there.inbox['id']}/tests", {}))["items"]
        assert (finding["step"], finding["verdict"], set(finding["words"])) == ("bot", "ill", {"en", "zh"})
        changed = {"settings": {"token": telegram.token}}
        async with there.ada.http.patch(
            f"{there.service.url}/api/v1/inboxes/{there.inbox['id']}", json=changed
        ) as answer:
            assert answer.status == 200
        await there.arrives("Hello")
        await eventually(source, lambda found: found.get("trouble") is None and found.get("heard_at"))


async def eventually(ask: Callable[[], Any], true: Callable[[Any], Any]) -> None:
    async with asyncio.timeout(30):
        while not true(await ask()):
            await asyncio.sleep(0.05)
