"""A line between the product and PostgreSQL that can fall silent: nothing is closed, nothing comes back."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class HeldLine:
    """Passes everything on. `hold_after` keeps back every answer on a connection once these bytes were said on it."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._word = b""
        self._free = asyncio.Event()
        self._free.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.held = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = self._to._replace(netloc=f"{self._to.username}@127.0.0.1:{port}").geturl()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, why: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hold_after(self, word: bytes) -> None:
        """From now on; an empty word: at once, and on new connections too."""
        self._word = word
        self._free.clear()
        self.held.clear()

    def release(self) -> None:
        """What was kept back arrives."""
        self._free.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_connection(self._to.hostname, self._to.port)
        quiet = asyncio.Event()
        both = (self._ask(reader, questions, quiet), self._answer(answers, writer, quiet))
        tasks = [asyncio.create_task(one) for one in both]
        self._tasks.update(tasks)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.difference_update(tasks)
        for end in (writer, questions):
            with contextlib.suppress(OSError):
                end.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, quiet: asyncio.Event) -> None:
        while said := await reader.read(65536):
            if not self._free.is_set() and self._word in said:
                quiet.set()  # before the server hears it, so that its answer cannot slip through
                self.held.set()
            writer.write(said)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, quiet: asyncio.Event) -> None:
        while said := await reader.read(65536):
            if quiet.is_set():
                await self._free.wait()
                quiet.clear()
            writer.write(said)
            await writer.drain()
