"""A mailbox of the city's is fetched from: what waited comes in once, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import smtplib
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

from tests.peers.dovecot import MailStore
from tests.scale import LONG, grows
from tests.stories.conftest import Install, Say
from tests.stories.counting import subjects
from tests.stories.face import HELLO, Api, token_for
from tests.stories.service import Service

WAITING, KILLS = (5_000, 20) if LONG else (300, 3)
USER = "town"


@grows
async def test_what_waited_comes_in_once_and_in_order_though_the_house_and_the_mail_server_are_killed(
    database: str, install: Install, mailstore: MailStore, record_property: Say
) -> None:
    service = install(database)
    token = await token_for(service, "ada@larkhaven.example")
    await asyncio.to_thread(_deliver, mailstore, range(WAITING))
    await asyncio.to_thread(service.start)
    async with Api.open(service, token) as ada:
        [inbox] = [one for one in (await ada.get("/inboxes"))["items"] if one["address"] == HELLO]
        url = f"imap://{USER}:{mailstore.password}@127.0.0.1:{mailstore.imap_port}/INBOX"
        answer = await ada.http.patch(f"{ada.url}/api/v1/inboxes/{inbox['id']}", json={"settings": {"mailbox": url}})
        assert answer.status == 200, await answer.text()
        assert url not in await answer.text(), "a secret came back out"
    kills = 0
    while sum((stored := await _stored(service)).values()) < WAITING and kills < KILLS:
        await asyncio.sleep(2 if LONG else 0.2)
        await asyncio.to_thread(service.kill if kills % 3 != 1 else mailstore.server.kill)
        await asyncio.to_thread(service.start if kills % 3 != 1 else mailstore.server.start)
        kills += 1
        before = sum(stored.values())
        await _until(partial(_more_than, service, before))  # it goes on: nobody waits for ever
    record_property("kills", kills)
    assert kills > 1, "it was never killed in the midst of it"
    await asyncio.to_thread(_deliver, mailstore, [WAITING])
    while (here := sum((await _stored(service)).values())) <= WAITING:
        await _until(partial(_more_than, service, here))
    assert await _stored(service) == Counter({f"w-{number}": 1 for number in range(WAITING + 1)})
    async with Api.open(service, token) as ada:
        await _until(lambda: _is_well(ada))
    await asyncio.to_thread(service.stop)


async def _more_than(service: Service, count: int) -> bool:
    return sum((await _stored(service)).values()) > count


async def _is_well(ada: Api) -> bool:
    """Whether the inbox's page says that the mailbox answers."""
    [inbox] = [one for one in (await ada.get("/inboxes"))["items"] if one["address"] == HELLO]
    return bool(inbox["source"] and inbox["source"]["heard_at"] and not inbox["source"]["trouble"])


async def _until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(90):
        while not await true():
            await asyncio.sleep(0.05)


def _deliver(store: MailStore, numbers: range | list[int]) -> None:
    with smtplib.LMTP("127.0.0.1", store.lmtp_port) as lmtp:
        for number in numbers:
            mail = f"From: Anna <anna{number % 40}@mail.example>\r\nSubject: w-{number}\r\n\r\nThe bin is full.\r\n"
            lmtp.sendmail("citizen@mail.example", [USER], mail.encode())


async def _stored(service: Service) -> Counter[str]:
    """How often each mail is a message, by its subject."""
    return Counter(subject for subject in await subjects(service) if subject.startswith("w-"))
