"""From a citizen's form, without script, to the agent's screen and back by mail, by the real doors, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from io import BytesIO

import pytest
from aiohttp import ClientSession, CookieJar, FormData

from config.settings import load
from crm_core.actions import importing
from crm_core.model.service import Field, FieldKind
from gateway.wiring import open_record
from tests.gateway.portal.visitor import Visitor
from tests.peers.smtp_sink import SmtpSink
from tests.stories.conftest import Install
from tests.stories.face import Api, Json, inside, token_for
from tests.stories.service import Service
from tests.world import IMPORTER, PARKING, service

PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8 * 1024  # 2 MB: more than a body without files may have
WORDS = "The lamp at the corner is out.\nIt has been dark for a week."
WAY = {"your_name": "Wei Zhang", "your_email": "wei@example.org"}
READING = 3.2
"""Seconds: nobody reads and sends a form in less than three."""

LAMP = replace(
    service("lamp", PARKING, order=9),
    name={"en": "Report a street lamp", "zh": "路灯报修"},
    fields=(
        Field("words", FieldKind.LONG, {"en": "What is wrong?", "zh": "有什么问题？"}, {}, required=True),
        Field("photo", FieldKind.FILE, {"en": "A photo", "zh": "照片"}, {}, required=False),
    ),
)


@dataclass
class Town:
    """A served installation with a form in it, Anna's program, and the far end of outgoing mail."""

    service: Service
    anna: Api
    sink: SmtpSink


@pytest.fixture
async def town(database: str, install: Install, smtp_sink: SmtpSink) -> AsyncIterator[Town]:
    house = install(database, ONESTOP_SMTP_RELAY=smtp_sink.url)
    token = await token_for(house)
    async with open_record(load(house.environment)) as desk:
        await desk.do(IMPORTER, importing.import_values, [LAMP])
    async with inside(house), Api.open(house, token) as anna:
        yield Town(house, anna, smtp_sink)


@asynccontextmanager
async def browser(town: Town) -> AsyncIterator[Visitor]:
    """A browser without script; it keeps cookies."""
    async with ClientSession(town.service.url, cookie_jar=CookieJar(unsafe=True)) as http:
        yield Visitor(http)


async def fill_in(wei: Visitor) -> None:
    """From the first page to the one that checks the answers, by what the pages themselves offer."""
    assert "/s/lamp" in await wei.open("/?q=street lamp")
    assert "/s/lamp/form/1" in await wei.open("/s/lamp")
    await wei.open("/s/lamp/form/1")
    await wei.post({"words": WORDS})
    data = FormData([*wei.hidden()], quote_fields=False)
    data.add_field("photo", BytesIO(PHOTO), filename="lamp.png", content_type="image/png")
    await wei.post_raw(data)
    await wei.post(WAY)
    assert (wei.status, wei.path) == (200, "/s/lamp/check"), wei.page
    assert "lamp.png" in wei.page
    await asyncio.sleep(READING)


async def test_a_form_with_a_large_file_is_seen_live_and_answered_by_mail(town: Town) -> None:
    async with town.anna.screen() as screen, browser(town) as wei:
        await fill_in(wei)
        await wei.post()
        assert wei.status == 200
        seen = await screen.sees(lambda event: event["type"] == "message.received")
        [ticket] = await town.anna.tickets()
        assert wei.path == f"/done/{ticket['number']}"
        assert ticket["number"] in wei.page
        assert (ticket["id"], ticket["subject"]) == (seen["ticket"], "Report a street lamp")
        [message] = await town.anna.messages(ticket["id"])
        assert WORDS in message["text"]
        assert await _download(town, message) == PHOTO
        made = await town.anna.reply(ticket["id"], "It is mended.")
        [mail] = await town.sink.wait_for(1, seconds=20)
        assert mail.recipients == ("wei@example.org",)
        assert mail.parsed.get_content().splitlines()[0] == "It is mended."
        await town.anna.reaches(made["id"], "sent")


async def test_a_form_sent_again_or_twice_at_once_is_one_ticket(town: Town) -> None:
    async with browser(town) as wei:
        await fill_in(wei)
        fields = dict(wei.hidden())
        await asyncio.gather(*(_press(wei, fields) for _ in range(3)))
        await wei.post(fields, to="/s/lamp/check")
        [ticket] = await town.anna.tickets()
        assert wei.path == f"/done/{ticket['number']}"
        assert len(await town.anna.messages(ticket["id"])) == 1


async def test_what_was_sent_is_shown_only_to_the_browser_that_sent_it(town: Town) -> None:
    async with browser(town) as wei, browser(town) as stranger:
        await fill_in(wei)
        await wei.post()
        assert wei.path.startswith("/done/ON-")
        await stranger.open(wei.path)
        assert stranger.status == 404


async def _press(wei: Visitor, fields: dict[str, str]) -> None:
    async with wei.client.post("/s/lamp/check", data=fields, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"][:9]) == (303, "/done/ON-")


async def _download(town: Town, message: Json) -> bytes:
    [file] = message["attachments"]
    async with town.anna.http.get(f"{town.service.url}/api/v1/files/{file['id']}") as answer:
        assert answer.status == 200
        return await answer.read()
