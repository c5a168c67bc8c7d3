"""The same sockets with nothing behind them, as the limit to compare with: `python -m benchmarks.bare PORT`.

A text from anybody is answered to everybody with one prepared frame of 700 bytes.
"""

from __future__ import annotations

import sys

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


if __name__ == "__main__":
    web.run_app(make(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None, backlog=1024)
