"""Connections that come slowly, do not read or are too many are cut, so that nobody can hold the web for ever.

aiohttp waits an hour for the head of a request and for ever for its body and for a reader. A
`Line` stands between the transport and aiohttp's protocol and knows no more of it than asyncio
does; the web tells it when a request begins and when it is over.
"""

import asyncio
import resource
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import StreamReader, web

from config.settings import Network
from gateway.http import peers
from gateway.http.peers import Peer

log = structlog.get_logger()

_FILES_FOR_OTHERS = 2048
_AT_ONCE = struct.pack("ii", 1, 0)

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 5\r\n"
    b"Content-Length: 47\r\nConnection: close\r\n\r\nToo many connections. Try again in five seconds"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds, bytes a second, and connections.

    head: until the whole head of a request has come. idle: without a request, for outside peers only: a proxy of ours
    keeps its lines. grace and pace: a body may begin slowly, then it comes at `pace` or is cut. unread: in which somebody
    who does not read must take something. per_address holds for outside peers; an office or a mobile network shares one.
    """

    connections: int = 20_000
    per_address: int = 500
    head: float = 20.0
    idle: float = 75.0
    grace: float = 30.0
    pace: int = 512
    unread: float = 30.0


class Doors:
    """Counts the lines of one server, and finds a request's line."""

    def __init__(self, *, trusted: tuple[Network, ...] = (), bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._most = min(self.bounds.connections, _room_for_lines())
        self._trusted = trusted
        self._lines: dict[Any, Line] = {}
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._lines)

    def guarded(self, make: Callable[[], asyncio.Protocol]) -> "Callable[[], Line]":
        """A protocol factory for `loop.create_server`; `make` is aiohttp's own."""
        return lambda: Line(self, make)

    @contextmanager
    def serving(self, request: web.Request) -> Iterator[None]:
        """A request of one of our lines is under way."""
        line = self._lines.get(request.transport)
        if line is None:  # served by something else: a test's own server
            yield
            return
        line.begun(request.content)
        try:
            yield
        finally:
            line.over()

    def enter(self, line: "Line", transport: asyncio.Transport) -> bool:
        """Let a line in, unless it would be one too many."""
        name = self._named(line.peer)
        if len(self._lines) >= self._most or (name and self._of[name] >= self.bounds.per_address):
            return False
        self._lines[transport] = line
        self._of[name] += 1
        return True

    def leave(self, line: "Line", transport: asyncio.Transport) -> None:
        """It is gone."""
        del self._lines[transport]
        name = self._named(line.peer)
        self._of[name] -= 1
        if not self._of[name]:
            del self._of[name]

    def is_outside(self, peer: Peer | None) -> bool:
        """Whether it is neither near nor a proxy of ours."""
        return bool(self._named(peer))

    def _named(self, peer: Peer | None) -> str:
        """By what a peer is counted; empty for those that are not."""
        near = peer is None or peers.is_near(peer) or peers.is_within(peer, self._trusted)
        return "" if near else peers.network_of(peer)


def _room_for_lines() -> int:
    """As many as leave files for the record, mail and everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(soft - _FILES_FOR_OTHERS, soft // 2)


class Site(web.BaseSite):
    """A port of a runner's application, behind the doors."""

    def __init__(self, runner: web.AppRunner, doors: Doors, *, host: str, port: int) -> None:
        super().__init__(runner, backlog=1024)
        self._doors = doors
        self._host = host
        self._port = port

    @property
    def name(self) -> str:
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        await super().start()
        make = self._runner.server
        assert make is not None
        loop = asyncio.get_running_loop()
        factory = self._doors.guarded(make)
        self._server = await loop.create_server(factory, self._host, self._port, backlog=self._backlog)


class Line(asyncio.Protocol):
    """One connection, in front of aiohttp's own protocol."""

    def __init__(self, doors: Doors, make: Callable[[], asyncio.Protocol]) -> None:
        self._doors = doors
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._inner: asyncio.Protocol | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._content: StreamReader | None = None
        self._is_idle = False
        self._came = 0
        self.peer: Peer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        name = transport.get_extra_info("peername")
        self.peer = peers.address(str(name[0])) if isinstance(name, tuple) else None
        if not self._doors.enter(self, transport):
            transport.write(_FULL)
            transport.close()
            return
        self._inner = self._make()
        self._within(self._doors.bounds.head, self._cut)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._inner is None:
            return
        self._came += len(data)
        if self._is_idle:
            self._is_idle = False
            self._within(self._doors.bounds.head, self._cut)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._inner is None else self._inner.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        if self._inner is None:
            return
        for timer in (self._timer, self._unread):
            if timer is not None:
                timer.cancel()
        self._doors.leave(self, self._transport)
        self._inner.connection_lost(error)

    def pause_writing(self) -> None:
        """It reads more slowly than we write."""
        if self._inner is not None:
            self._look_at_reader(None)
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
        if self._inner is not None:
            self._inner.resume_writing()

    def begun(self, content: StreamReader) -> None:
        """The head of a request is there; its body must come at a pace."""
        self._is_idle = False
        self._content, self._came = content, 0
        if self._timer is not None:
            self._timer.cancel()
        if not content.is_eof():
            self._within(self._doors.bounds.grace, self._look_at_body, 0)

    def over(self) -> None:
        """The request is answered; the next may take its time."""
        self._content, self._is_idle = None, True
        if self._timer is not None:
            self._timer.cancel()
        if self._doors.is_outside(self.peer):
            self._within(self._doors.bounds.idle, self._cut)

    def _look_at_body(self, came: int) -> None:
        """Cut it where less came since the last look than must have; while we do not read ourselves, we wait."""
        bounds = self._doors.bounds
        if self._content is None or self._content.is_eof():
            return
        if self._transport.is_reading() and self._came - came < bounds.pace * bounds.grace:
            self._cut()
        else:
            self._within(bounds.grace, self._look_at_body, self._came)

    def _look_at_reader(self, before: int | None) -> None:
        """Cut it where it took nothing since the last look."""
        waits = self._transport.get_write_buffer_size()
        if before is not None and waits >= before:
            self._cut()
        else:
            self._unread = self._loop.call_later(self._doors.bounds.unread, self._look_at_reader, waits)

    def _within(self, seconds: float, then: Callable[..., None], *given: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, then, *given)

    def _cut(self) -> None:
        """End it with a reset: what a deaf reader left in the kernel's buffer would be kept for minutes."""
        log.info("connection cut", why="too slow")
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._transport.abort()
