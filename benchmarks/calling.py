"""One kept connection to the API, and screens on the live line: as thin as can be, so that they cost little themselves."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import resource
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

Heard = Callable[[bytes], None]

SPARE_FILES = 500


class Line:
    """Requests one after another over one connection, of whoever's `token` it is at the moment."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader, self._writer, self.token = reader, writer, token

    @classmethod
    async def open(cls, port: int, *, token: str = "") -> Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port), token)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON. Raises RuntimeError where it is a refusal."""
        status, answer = await self._ask(method, path, b"" if body is None else json.dumps(body).encode())
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {status} {answer[:300]!r}")
        return json.loads(answer) if answer else None

    async def took(self, path: str, *, times: int) -> list[float]:
        """Seconds that each of some equal requests took."""
        found = []
        for _ in range(times):
            began = perf_counter()
            status, answer = await self._ask("GET", path, b"")
            found.append(perf_counter() - began)
            if status >= 400:
                raise RuntimeError(f"GET {path}: {status} {answer[:300]!r}")
        return found

    async def text(self, path: str) -> str:
        """The answer as it is."""
        _, answer = await self._ask("GET", path, b"")
        return answer.decode()

    def close(self) -> None:
        self._writer.close()

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        who = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}{kind}\r\n".encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        sizes = [int(line.partition(b":")[2]) for line in head if line.lower().startswith(b"content-length:")]
        return int(head[0].split(b" ", 2)[1]), await self._reader.readexactly(sizes[0] if sizes else 0)


class Screen(asyncio.Protocol):
    """A WebSocket that reads frames and says nothing but pong and good-bye; each text frame goes to `heard`."""

    def __init__(self, path: str, token: str, heard: Heard | None) -> None:
        self._hello = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        ).encode()
        self._heard = heard
        self._rest = b""
        self._open = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if not self._open:
            head, end, rest = self._rest.partition(b"\r\n\r\n")
            if not end:
                return
            self._open, self._rest = True, rest
            self._answered(head)
        while (cut := _frame_of(self._rest)) is not None:
            opcode, payload, size = cut
            self._rest = self._rest[size:]
            if opcode == 9 and self.transport is not None:
                self.transport.write(b"\x8a\x80\0\0\0\0")
            elif opcode == 8 and self.transport is not None:
                self.transport.write(b"\x88\x80\0\0\0\0")
                self.transport.close()
            elif opcode == 1 and self._heard is not None:
                self._heard(payload)

    def say(self, text: str) -> None:
        """A short text frame, masked with zeros."""
        assert self.transport is not None
        self.transport.write(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text.encode())

    def _answered(self, head: bytes) -> None:
        if b" 101 " in head.split(b"\r\n")[0]:
            self.ready.set_result(None)
        else:
            self.ready.set_exception(RuntimeError(head.decode()))


def _frame_of(data: bytes) -> tuple[int, bytes, int] | None:
    """The first whole frame: opcode, payload, and its length with its head."""
    if len(data) < 2:
        return None
    size, at = data[1] & 127, 2
    if size == 126:
        size, at = int.from_bytes(data[2:4]), 4
    elif size == 127:
        size, at = int.from_bytes(data[2:10]), 10
    if len(data) < at or len(data) < at + size:
        return None
    return data[0] & 15, data[at : at + size], at + size


def room_for(number: int) -> int:
    """So many sockets, or what the system lets one process open; a server that is started inherits the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return number if most == resource.RLIM_INFINITY else min(number, most - SPARE_FILES)


async def screens(
    port: int, number: int, *, tokens: Sequence[str], heard: Callable[[int], Heard | None], path: str = "/api/v1/events"
) -> list[Screen]:
    """Open this many, each with the next of the tokens; returns when all are open."""
    loop, made = asyncio.get_running_loop(), []
    for first in range(0, number, 50):
        some = range(first, min(first + 50, number))
        opened = await asyncio.gather(*(_open(loop, port, path, tokens[n % len(tokens)], heard(n)) for n in some))
        await asyncio.gather(*(screen.ready for screen in opened))
        made += opened
    return made


async def _open(loop: asyncio.AbstractEventLoop, port: int, path: str, token: str, heard: Heard | None) -> Screen:
    _, screen = await loop.create_connection(lambda: Screen(path, token, heard), "127.0.0.1", port)
    return screen
