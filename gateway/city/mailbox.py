"""The sample city's own mailbox: where answers to its made-up citizens end, instead of the world.

A real SMTP server on loopback that keeps each mail as a file; `simulate` reads them and
answers as the citizens would. Used only with `--sample` and no relay.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope


class _Keep:
    """Writes each mail as `<name>.eml`, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        await asyncio.to_thread(self._write, content)
        return "250 kept"

    def _write(self, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{secrets.token_hex(8)}"
        draft.write_bytes(content)
        draft.rename(self._folder / f"{secrets.token_hex(8)}.eml")


@asynccontextmanager
async def citizens(folder: Path) -> AsyncIterator[str]:
    """The mailbox, open; yields the relay URL that leads to it."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(_Keep(folder), hostname="citizens.larkhaven.example", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        server.close()
        await server.wait_closed()
