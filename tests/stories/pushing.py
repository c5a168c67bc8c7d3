"""Clients that push mail and write down what was answered: the oracle of the kill tests.

Each client sends one mail at a time over its own connection and resends it, the same
bytes, until it hears 250. What it heard is its journal.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field


class _Lost(Exception):
    """The connection went away, or somebody said 4xx; the mail is sent again."""


@dataclass
class Pusher:
    """`clients` connections pushing mails `k-<client>-<n>` to `to` until told to stop."""

    port: int
    to: str = "hello@larkhaven.example"
    clients: int = 8
    size: int = 2000
    acknowledged: set[str] = field(default_factory=set)
    pushed: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    resent: int = 0
    refused: list[str] = field(default_factory=list)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until `stop`; then every mail that was begun has been acknowledged."""
        await asyncio.gather(*(self._client(number) for number in range(self.clients)))

    def stop(self) -> None:
        """No new mails; what was begun is finished."""
        self._stop.set()

    async def _client(self, number: int) -> None:
        sent = 0
        connection: _Connection | None = None
        while not self._stop.is_set():
            name = f"k-{number}-{sent}"
            sent += 1
            self.pushed.add(name)
            connection = await self._until_acknowledged(name, connection)
        if connection is not None:
            connection.close()

    async def _until_acknowledged(self, name: str, connection: _Connection | None) -> _Connection:
        tries = 0
        while True:
            try:
                if connection is None:
                    connection = await _Connection.open(self.port)
                if tries:
                    self.resent += 1
                tries += 1
                await self._push(name, connection)
            except (_Lost, OSError, asyncio.IncompleteReadError, TimeoutError) as why:
                if isinstance(why, _Lost) and str(why):
                    self.refused.append(str(why))
                if connection is not None:
                    connection.close()
                connection = None
                await asyncio.sleep(0.02)
            else:
                return connection

    async def _push(self, name: str, connection: _Connection) -> None:
        await connection.say(f"MAIL FROM:<{name}@pusher.example>", "250")
        await connection.say(f"RCPT TO:<{self.to}>", "250")
        await connection.say("DATA", "354")
        self.waiting.add(name)
        try:
            await connection.say(mail(name, to=self.to, size=self.size) + "\r\n.", "250")
            self.acknowledged.add(name)
        finally:
            self.waiting.discard(name)


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int) -> _Connection:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        made = cls(reader, writer)
        await made._expect("220")
        await made.say("HELO pusher.example", "250")
        return made

    async def say(self, line: str, expected: str) -> None:
        self.writer.write(line.encode() + b"\r\n")
        await self._expect(expected)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.writer.close()

    async def _expect(self, code: str) -> None:
        while True:
            line = (await asyncio.wait_for(self.reader.readuntil(b"\n"), 20)).decode()
            if line[3:4] != "-":
                break
        if not line.startswith(code):
            raise _Lost(line.strip())


def mail(name: str, *, to: str, size: int) -> str:
    """The same bytes each time: a mail whose subject is its name."""
    body = (f"This is {name}. " * (size // 12 + 1))[:size]
    lines = "\r\n".join(body[at : at + 70] for at in range(0, len(body), 70))
    return (
        f"From: {name} <{name}@pusher.example>\r\nTo: <{to}>\r\nSubject: {name}\r\n"
        f"Message-ID: <{name}@pusher.example>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\n{lines}"
    )
