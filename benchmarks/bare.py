"""The same sockets with nothing behind them, as the limit to compare with: `python -m benchmarks.bare PORT`.

A text from anybody is answered to everybody with one prepared frame of 700 bytes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import WSMsgType, web

SAID = b"x" * 700


def make() -> web.Application:
    """The bare server."""
    app = web.Application()
    app.router.add_get("/", _listen)
    return app


_everybody: set[web.WebSocketResponse] = set()


async def _listen(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    _everybody.add(socket)
    async for _ in socket:
        for other in _everybody:
            await other.send_frame(SAID, WSMsgType.TEXT)
    _everybody.discard(socket)
    return socket


@contextmanager
def serving() -> Iterator[tuple[int, int]]:
    """It runs in a process of its own; its port and its process."""
    from tests.peers.kept import answers, free_port  # the server itself needs none of it

    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.bare", str(port)], cwd=Path(__file__).parents[1])
    try:
        while not answers(port)():
            time.sleep(0.02)
        yield port, server.pid
    finally:
        server.kill()
        server.wait(10)


if __name__ == "__main__":
    web.run_app(make(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None, backlog=1024)
