"""Hundreds of slow, silent and deaf clients: they are cut at the bounds, and everybody else is served meanwhile."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.stories import impatient, slow
from tests.stories.conftest import Install
from tests.stories.face import letter, post
from tests.stories.service import Service
from tests.stories.slow import Client, Crowd

LARGEST_GROWTH = 100 * 1024 * 1024


@dataclass(frozen=True)
class Kind:
    """Clients of one kind: whether they come to the web or to the mail port."""

    client: Client
    mail: bool = False


KINDS = (
    Kind(slow.slow_head),
    Kind(slow.slow_body),
    Kind(slow.slow_command, mail=True),
    Kind(slow.slow_mail, mail=True),
    Kind(slow.half_closed),
    Kind(slow.half_closed, mail=True),
    Kind(slow.deaf),
)


async def test_fifty_of_each_are_cut_and_a_normal_client_gets_through(install: Install) -> None:
    service = install()
    service.program = impatient.__name__
    await _besieged(service, each=50, within=impatient.GRACE * 15)


@pytest.mark.long
async def test_five_hundred_at_each_port_are_cut_at_the_real_bounds(install: Install) -> None:
    await _besieged(install(), each=250, within=600)


async def _besieged(service: Service, *, each: int, within: float) -> None:
    await asyncio.to_thread(service.start)
    await _normal(service, "before")
    before = _memory(service)
    ports = {False: service.http_port, True: service.smtp_port}
    crowds = [Crowd(ports[kind.mail], each, kind.client) for kind in KINDS]
    try:
        await asyncio.gather(*(crowd.come() for crowd in crowds))
        await _normal(service, "in the middle of it")
        grown = _memory(service) - before
        async with asyncio.timeout(within):
            while any(crowd.cut < crowd.count for crowd in crowds):
                await asyncio.sleep(0.5)
                grown = max(grown, _memory(service) - before)
    except TimeoutError:
        held = {crowd.client.__name__: crowd.count - crowd.cut for crowd in crowds if crowd.cut < crowd.count}
        raise AssertionError(f"after {within} s these still hold a connection: {held}") from None
    finally:
        await asyncio.gather(*(crowd.end() for crowd in crowds))
    await _normal(service, "afterwards")
    print(f"{each} of each kind: {grown / 1024 / 1024:.0f} MB more memory")
    assert grown < LARGEST_GROWTH
    assert await asyncio.to_thread(service.stop) == 0


async def _normal(service: Service, name: str) -> None:
    """A mail, a contact and a page, each answered."""
    await post(service, letter(name, subject=name))
    body = {"service": "permit", "name": "Wei", "email": "wei@example.org", "text": name}
    async with aiohttp.ClientSession(service.url) as http:
        async with http.post("/api/v1/contacts", json=body) as answer:
            assert answer.status == 202, await answer.text()
        async with http.get("/s/permit") as page:
            assert page.status == 200


def _memory(service: Service) -> int:
    """Bytes that the server holds in memory."""
    assert service.process is not None
    pages = Path(f"/proc/{service.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
