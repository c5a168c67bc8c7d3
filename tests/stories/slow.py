"""Clients as attackers and dying telephones make them: slow, silent, deaf, half gone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

Client = Callable[["Crowd", int], Awaitable[None]]
SECOND = 1.0
OPEN = 1
"""The first byte of TCP_INFO while both sides are there."""


@dataclass
class Crowd:
    """Clients of one kind at one port. `cut` are those whose connection the server ended."""

    port: int
    count: int
    client: Client
    connected: int = 0
    cut: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def come(self) -> None:
        """All of them connect; returns when all have."""
        self._tasks = [asyncio.create_task(self._one(number)) for number in range(self.count)]
        async with asyncio.timeout(60):
            while self.connected < self.count:
                await asyncio.sleep(0.02)

    async def end(self) -> None:
        """Those that are still there go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _one(self, number: int) -> None:
        with contextlib.suppress(ConnectionError):
            await self.client(self, number)
        self.cut += 1

    @asynccontextmanager
    async def line(self, *, room: int = 0) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        plain = socket.socket()
        if room:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self.port))
        self.connected += 1
        reader, writer = await asyncio.open_connection(sock=plain)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes) -> None:
    """A byte a second, until the server ends it."""
    listening = asyncio.create_task(_to_the_end(reader))
    try:
        for byte in words:
            writer.write(bytes([byte]))
            if (await asyncio.wait([listening], timeout=SECOND))[0]:
                return
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _to_the_end(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


async def slow_head(crowd: Crowd, number: int) -> None:
    """Slowloris: one more header for ever."""
    async with crowd.line() as (reader, writer):
        await _drip(reader, writer, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 1000)


async def slow_body(crowd: Crowd, number: int) -> None:
    """A form that takes a week to come in."""
    async with crowd.line() as (reader, writer):
        writer.write(b"POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        writer.write(b"Content-Length: 9000\r\n\r\n")
        await _drip(reader, writer, b" " * 9000)


async def slow_command(crowd: Crowd, number: int) -> None:
    """Mail, a letter of a command at a time."""
    async with crowd.line() as (reader, writer):
        await _drip(reader, writer, b"EHLO " + b"x" * 1000)


async def slow_mail(crowd: Crowd, number: int) -> None:
    """Mail, the words of which come at a byte a second."""
    async with crowd.line() as (reader, writer):
        await reader.readline()
        for line in (
            b"HELO slow.example",
            b"MAIL FROM:<a@slow.example>",
            b"RCPT TO:<hello@larkhaven.example>",
            b"DATA",
        ):
            writer.write(line + b"\r\n")
            await reader.readline()
        await _drip(reader, writer, b"Subject: x\r\n\r\n" + b"word " * 2000)


async def half_closed(crowd: Crowd, number: int) -> None:
    """Says half of something, closes its side, and waits."""
    async with crowd.line() as (reader, writer):
        writer.write(b"half of a line")
        writer.write_eof()
        await _to_the_end(reader)


async def deaf(crowd: Crowd, number: int) -> None:
    """Asks for much, again and again, and reads nothing; the kernel tells when the line was cut."""
    async with crowd.line(room=2048) as (_, writer):
        plain: socket.socket = writer.get_extra_info("socket")
        cast(asyncio.Transport, writer.transport).pause_reading()
        writer.write(b"GET /portal/portal.css HTTP/1.1\r\nHost: x\r\n\r\n" * 2000)
        while not writer.transport.is_closing() and plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == OPEN:
            await asyncio.sleep(0.2)
