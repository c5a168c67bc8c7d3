"""Slow, silent and too many connections are cut at their bounds; nobody else notices."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

import pytest
from aiohttp import web

from gateway.http import peers
from gateway.http.doors import Bounds, Doors, Site

HURRIED = Bounds(head=0.3, idle=0.3, grace=0.3, pace=1000, unread=0.3)
LARGE = 32 * 1024 * 1024


@dataclass
class Place:
    """A small server behind the doors."""

    doors: Doors
    port: int

    async def line(self, *, room: int = 0) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection; with a small `room` what is not read soon fills it."""
        plain = socket.socket()
        if room:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self.port))
        return await asyncio.open_connection(sock=plain)


@asynccontextmanager
async def place(bounds: Bounds = HURRIED, **more: object) -> AsyncIterator[Place]:
    doors = Doors(bounds=bounds, **more)  # type: ignore[arg-type]

    @web.middleware
    async def served(request: web.Request, handler: object) -> web.StreamResponse:
        with doors.serving(request):
            return await handler(request)  # type: ignore[operator, no-any-return]

    async def length(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    async def large(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(LARGE))

    app = web.Application(middlewares=[served], client_max_size=LARGE)
    app.add_routes([web.get("/", length), web.post("/", length), web.get("/large", large)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = Site(runner, doors, host="127.0.0.1", port=0)
    await site.start()
    try:
        yield Place(doors, runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def drip(writer: asyncio.StreamWriter, content: bytes) -> None:
    """A byte at a time, until the line is cut."""
    for byte in content:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def gone(reader: asyncio.StreamReader) -> bool:
    """Whether the other side cuts the line."""
    async with asyncio.timeout(20):
        try:
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass
    return True


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes = b"") -> bytes:
    writer.write(request or b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(size)
    return head.split(b" ")[1]


async def test_a_line_that_says_nothing_or_says_it_too_slowly_is_cut() -> None:
    async with place() as here:
        (silent, one), (slow, two) = await here.line(), await here.line()
        dripping = asyncio.create_task(drip(two, b"GET / HTTP/1.1\r\nX: " + b"x" * 5000))
        assert await gone(silent)
        assert await gone(slow)
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        assert len(here.doors) == 0
        one.close()
        two.close()


async def test_the_head_of_the_second_request_may_not_be_slow_either() -> None:
    async with place() as here:
        reader, writer = await here.line()
        assert await asked(reader, writer) == b"200"
        writer.write(b"GET / HTTP/1.1\r\n")
        assert await gone(reader)
        writer.close()


async def test_a_body_that_comes_too_slowly_is_cut_and_one_that_takes_its_time_is_not() -> None:
    async with place(replace(HURRIED, pace=100)) as here:
        (slow, one), (steady, two) = await here.line(), await here.line()
        one.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
        dripping = asyncio.create_task(drip(one, b"x" * 5000))
        two.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n")
        for _ in range(20):
            two.write(b"x" * 1000)
            await asyncio.sleep(0.05)
        assert (await asyncio.wait_for(steady.readline(), 20)).split()[1] == b"200"
        assert await gone(slow)
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        one.close()
        two.close()


async def test_who_does_not_read_is_cut_and_who_reads_slowly_gets_all() -> None:
    async with place() as here:
        (_, one), (slow, two) = await here.line(room=4096), await here.line(room=4096)
        for writer in (one, two):
            writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        read = 0
        while read < LARGE:
            read += len(chunk := await slow.read(4 * 1024 * 1024))
            assert chunk, f"cut after {read} bytes"
            await asyncio.sleep(0.01)
        async with asyncio.timeout(20):
            while len(here.doors) > 1:
                await asyncio.sleep(0.02)
        one.transport.abort()
        two.close()


async def test_a_line_that_is_half_closed_is_closed() -> None:
    async with place() as here:
        reader, writer = await here.line()
        writer.write(b"GET / HT")
        writer.write_eof()
        assert await gone(reader)
        writer.close()


async def test_a_near_line_may_be_idle_between_requests_and_one_from_outside_not_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with place() as here:
        reader, writer = await here.line()
        assert await asked(reader, writer) == b"200"
        await asyncio.sleep(1.0)
        assert await asked(reader, writer) == b"200"
        monkeypatch.setattr(peers, "is_near", lambda _peer: False)
        outside, writer_outside = await here.line()
        assert await asked(outside, writer_outside) == b"200"
        assert await gone(outside)
        writer.close()
        writer_outside.close()


@pytest.mark.parametrize("bounds", [Bounds(connections=2), Bounds(per_address=2)], ids=["in all", "of one address"])
async def test_one_line_too_many_is_told_to_come_back(bounds: Bounds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "is_near", lambda _peer: False)
    async with place(bounds) as here:
        lines = [await here.line() for _ in range(3)]
        assert await asked(*lines[2], b" ") == b"503"
        assert await asked(*lines[0]) == b"200"
        lines[1][1].close()
        async with asyncio.timeout(20):
            while len(here.doors) > 1:
                await asyncio.sleep(0.01)
        lines.append(await here.line())
        assert await asked(*lines[3]) == b"200"
        for _, writer in lines:
            writer.close()


async def test_near_peers_and_proxies_that_we_trust_are_not_counted_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async with place(Bounds(per_address=1)) as here:
        lines = [await here.line() for _ in range(5)]
        assert [await asked(*line) for line in lines] == [b"200"] * 5
        for _, writer in lines:
            writer.close()
    doors = Doors(trusted=(ip_network("203.0.113.0/24"),))
    assert not doors.is_outside(ip_address("203.0.113.7"))
    assert doors.is_outside(ip_address("5.6.7.8"))


def test_an_ipv6_customer_is_one_address() -> None:
    one, other = ip_address("2a00:1450:4001:80b::1"), ip_address("2a00:1450:4001:80b:ffff::2")
    assert peers.network_of(one) == peers.network_of(other)
    assert peers.network_of(ip_address("5.6.7.8")) != peers.network_of(ip_address("5.6.7.9"))
