"""A visitor keeps talking while servers are killed, and across two of them: each word once, in order, and every answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import ClientError, ClientSession

from tests.gateway.http.visitor import Page, fresh_id, line
from tests.peers.redis import RedisServer
from tests.stories.conftest import Install
from tests.stories.face import Api, token_for
from tests.stories.fleet import Fleet, launch
from tests.stories.service import Service

WORDS = [f"word {number}" for number in range(12)]


async def chat_at(service: Service) -> str:
    token = await token_for(service, "ada@larkhaven.example")
    async with Api.open(service, token) as ada:
        made = await ada.post("/inboxes", {"channel": "chat", "name": "Chat", "queue": "parking", "settings": {}})
    return str(made["id"])


async def keeps_saying(where: str, page: Page) -> None:
    """Say all the words, each until it was taken, over as many lines as it takes."""
    left = [(fresh_id(), text) for text in WORDS]
    while left:
        with suppress(ClientError, OSError, TimeoutError, AssertionError):
            async with ClientSession() as http, line(http, where, page) as talk:
                while left:
                    await talk.ws.send_json({"say": {"id": left[0][0], "text": left[0][1]}})
                    said = await talk.until(lambda: "taken" in page.heard[-1] or "later" in page.heard[-1])
                    if "taken" in said:
                        left.pop(0)
                    await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_killed_servers_lose_and_double_no_word(install: Install, database: str) -> None:
    service = install(database)
    await asyncio.to_thread(service.start)
    inbox, page = await chat_at(service), Page()
    where = f"{service.url}/w/{inbox}/line"
    talking = asyncio.create_task(keeps_saying(where, page))
    for _ in range(2):
        await asyncio.sleep(0.7)
        await asyncio.to_thread(service.kill)
        await asyncio.to_thread(service.start)
    await talking
    fresh = Page(secret=page.secret)
    async with ClientSession() as http, line(http, where, fresh), line(http, where, page) as back:
        assert fresh.texts == WORDS
        if page.texts != WORDS:  # what was just committed may not have its number yet: it comes when it has
            await back.until(lambda: page.texts == WORDS)


@pytest.fixture
async def fleet(install: Install, redis_server: RedisServer) -> AsyncIterator[Fleet]:
    made = await launch(install("postgres", ONESTOP_REDIS_URL=redis_server.url))
    yield made
    for one in (*made.doors, made.worker):
        one.end()


@pytest.mark.postgres
@pytest.mark.redis
async def test_a_visitor_at_one_process_and_the_agent_at_another_hear_each_other(fleet: Fleet) -> None:
    async with fleet.screens() as (anna, (screen, _)):
        inbox, page = await chat_at(fleet.doors[0]), Page()
        await asyncio.sleep(1)  # the other process hears of the new inbox
        async with ClientSession() as http, line(http, f"{fleet.doors[1].url}/w/{inbox}/line", page) as talk:
            taken = await talk.say("Is somebody there?")
            event = await screen.sees(lambda event: event["type"] == "message.received")
            assert event["facts"]["row"]["number"] == taken["taken"]["number"]
            await anna.reply(event["ticket"], "Yes.")
            await talk.until(lambda: "Yes." in page.texts)
            [answer] = [one for one in page.messages.values() if not one["mine"]]
            await talk.ws.send_json({"read": [answer["id"]]})
            await screen.sees(lambda event: event["facts"].get("delivery") == "read")
            async with line(http, f"{fleet.doors[0].url}/w/{inbox}/line", Page(secret=page.secret)) as other:
                assert other.page.texts == page.texts
