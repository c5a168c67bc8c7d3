"""A client that sends exactly the bytes it is told, and a receiver that keeps what it is given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from channels.contract import Response, Wire
from channels.email.smtp import Receiver, Way


@dataclass(slots=True)
class Taken:
    """Takes mail for two mailboxes; `fails` is raised instead, `before` is awaited first."""

    wires: list[Wire] = field(default_factory=list)
    inboxes: list[str] = field(default_factory=list)
    fails: Exception | None = None
    before: asyncio.Event | None = None
    response: Response = field(default_factory=lambda: Response(body=b"ON-4F7K-2931"))

    def way_for(self, address: str) -> Way | None:
        name = address.partition("@")[0].partition("+")[0]
        if name not in ("hello", "parks"):
            return None

        async def take(wire: Wire) -> Response:
            if self.before:
                await self.before.wait()
            if self.fails:
                raise self.fails
            self.wires.append(wire)
            self.inboxes.append(name)
            return self.response

        return Way(name, take)


@asynccontextmanager
async def receiving(taken: Taken, **kwargs: Any) -> AsyncIterator[Receiver]:
    receiver = Receiver(taken.way_for, port=0, hostname="mx.larkhaven.example", **kwargs)
    await receiver.open()
    try:
        yield receiver
    finally:
        await receiver.close()


class Client:
    """One connection; `say` sends a line and returns the reply's last line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, receiver: Receiver) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", receiver.port))

    async def reply(self) -> str:
        async with asyncio.timeout(10):
            while True:
                line = (await self.reader.readline()).decode()
                if line[3:4] != "-":
                    return line.rstrip()

    async def say(self, line: str | bytes) -> str:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        await self.writer.drain()
        return await self.reply()

    async def greet(self) -> None:
        assert (await self.reply()).startswith("220")
        assert (await self.say("EHLO client.example")).startswith("250")

    async def envelope(self, *recipients: str, sender: str = "ana@example.org") -> None:
        assert (await self.say(f"MAIL FROM:<{sender}>")).startswith("250")
        for recipient in recipients or ("hello@larkhaven.example",):
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250")
        assert (await self.say("DATA")).startswith("354")

    async def send(self, data: bytes, *recipients: str) -> str:
        """A whole mail; `data` without the final dot."""
        await self.envelope(*recipients)
        return await self.say(data + b"\r\n.")

    async def rest(self) -> str:
        """All that still comes until the other side hangs up."""
        async with asyncio.timeout(10):
            return (await self.reader.read()).decode()

    def close(self) -> None:
        self.writer.close()


@asynccontextmanager
async def greeted(receiver: Receiver) -> AsyncIterator[Client]:
    client = await Client.to(receiver)
    await client.greet()
    try:
        yield client
    finally:
        client.close()
