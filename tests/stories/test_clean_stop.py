"""SIGTERM in the midst of it all: screens are told, what is on the wire lands, and nothing is lost or said twice."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import ClientWebSocketResponse, WSCloseCode

from tests.peers.smtp_sink import Delay, SmtpSink, Step
from tests.stories.conftest import Install, Say
from tests.stories.face import Api, allowed, letter, post, token_for, until
from tests.stories.pushing import Pusher

SCREENS = 200
ANSWERS = 10


async def test_sigterm_with_two_hundred_screens_and_mails_on_the_wire_both_ways_ends_well(
    database: str, install: Install, smtp_sink: SmtpSink, record_property: Say
) -> None:
    service = install(database, ONESTOP_SMTP_RELAY=smtp_sink.url)
    await asyncio.to_thread(service.start)
    token = await token_for(service)
    await post(service, *[letter(f"Letter {number}", subject=f"Ours {number}") for number in range(ANSWERS)])
    pusher = Pusher(service.smtp_port, clients=4)
    async with Api.open(service, token) as anna, AsyncExitStack() as stack:
        screens = [await stack.enter_async_context(_screen(anna)) for _ in range(SCREENS)]
        pushing = asyncio.create_task(pusher.run())
        smtp_sink.fail(Step.DATA, Delay(0.5))  # our answers are on the wire when the end comes
        answers = [str((await anna.reply(str(ticket["id"]), "Come by."))["id"]) for ticket in await _ours(anna)]
        await until(lambda: smtp_sink.connections > 0 and len(pusher.acknowledged) > 20 and len(pusher.waiting) > 0)
        in_flight, began = len(pusher.waiting), time.monotonic()
        assert await asyncio.to_thread(service.stop) == 0, service.log()[-3000:]
        took = time.monotonic() - began
        await until(lambda: all(screen.closed for screen in screens), why="a screen was not told")
        assert {screen.close_code for screen in screens} == {WSCloseCode.GOING_AWAY}
    record_property("stopped in s", f"{took:.1f}")
    record_property("mails in flight", f"{in_flight} in, {ANSWERS} out")
    smtp_sink.heal()
    await asyncio.to_thread(service.start)
    pusher.stop()
    await asyncio.wait_for(pushing, 60)
    assert took < allowed(10)
    assert in_flight > 0, "no mail was on its way in: the test proves nothing"
    assert {line[:1] for line in pusher.refused} <= {"4"}
    async with Api.open(service, token) as anna:
        taken = Counter(str(ticket["subject"]) for ticket in await anna.tickets())
        assert taken == Counter(pusher.acknowledged | {f"Ours {number}" for number in range(ANSWERS)})
        for answer in answers:
            await anna.reaches(answer, "sent")
    sent = Counter(str(mail.parsed["Message-ID"]) for mail in smtp_sink.mails)
    assert len(sent) == ANSWERS
    assert set(sent.values()) == {1}, "an answer was sent twice"


@asynccontextmanager
async def _screen(anna: Api) -> AsyncIterator[ClientWebSocketResponse]:
    """A screen that takes what comes and does not look at it: two hundred that did would be the load."""

    async def take() -> None:
        async for _ in line:
            pass

    async with anna.http.ws_connect(f"{anna.url}/api/v1/events") as line:
        await line.send_json({"topics": ["tickets"]})
        taking = asyncio.create_task(take())
        yield line
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)


async def _ours(anna: Api) -> list[dict[str, object]]:
    return [ticket for ticket in await anna.tickets() if str(ticket["subject"]).startswith("Ours ")]
