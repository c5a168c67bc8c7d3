"""The scribe: writes to screens what waits for them, all of it in one write, and waits for those who read slowly.

Where the process has all that it can do, a third of it would be writes to screens that only look on: a contact is
heard of by everybody in its queue when it comes, when it is offered and when it is accepted. Those screens then hear
of all three in one write, a moment later. Who is concerned hears at once, always.
"""

import asyncio
from collections.abc import Sequence
from itertools import takewhile
from time import monotonic, process_time

import structlog

from gateway import frames
from gateway.frames import Said
from gateway.screen import Socket

log = structlog.get_logger()

BUFFERED_MOST = 1024 * 1024
"""Bytes that may wait for one reader; beyond it what is new waits here."""

PATIENCE = 10.0
"""Seconds in which a slow reader must have caught up, else it is cut off."""

LOOK_AGAIN = 0.1
"""Seconds until a slow reader is looked at again."""

WAITING_MOST = 5000
"""Things that may wait for one reader."""

AT_ONCE = 100
"""Sockets written to before others get their turn."""

BUSY = 0.9
"""Of one processor: who takes more of it than this has all that it can do, for Python runs on one at a time."""

LOOKED = 0.5
"""Seconds over which it is looked how much this process takes."""

MOMENT = 0.1
"""Seconds that screens which only look on are told later, where the process is busy."""


class Load:
    """Whether this process has all that it can do, by how much it took of a processor lately."""

    def __init__(self) -> None:
        self._at, self._spent = monotonic(), process_time()
        self._busy = False

    def busy(self) -> bool:
        """As it was in the last half second; whoever was not asked for longer than that had nothing to tell."""
        now = monotonic()
        looked = now - self._at
        if looked >= LOOKED:
            spent = process_time()
            self._busy = looked < 2 * LOOKED and spent - self._spent > BUSY * looked
            self._at, self._spent = now, spent
        return self._busy


class Scribe:
    """What waits for the screens of this process."""

    def __init__(self) -> None:
        self._dirty: dict[Socket, None] = {}
        self._slow: dict[Socket, asyncio.TimerHandle] = {}
        self._looking_on: dict[Socket, float] = {}
        self._moment: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self.busy = Load().busy
        """Whether those who only look on should wait for a moment."""

    def say(self, sockets: Sequence[Socket], said: Sequence[Said]) -> None:
        """Have the same written to some, to each in its turn and with what waits for that screen."""
        if not sockets:
            return
        for socket in sockets:
            socket.outbox += said
        if self._looking_on:
            for socket in sockets:
                self._looking_on.pop(socket, None)
        self._dirty.update(dict.fromkeys(sockets))
        self._wake.set()

    def say_in_a_moment(self, sockets: Sequence[Socket], said: Sequence[Said]) -> None:
        """Have it written within a moment, with all that comes meanwhile."""
        if not sockets:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + MOMENT
        for socket in sockets:
            socket.outbox += said
            if socket not in self._dirty:
                self._looking_on.setdefault(socket, until)
        if self._moment is None and self._looking_on:
            self._moment = loop.call_at(until, self._moment_over)

    def forget(self, socket: Socket) -> None:
        """The line is gone."""
        self._dirty.pop(socket, None)
        self._looking_on.pop(socket, None)
        if (again := self._slow.pop(socket, None)) is not None:
            again.cancel()

    async def run(self) -> None:
        """Until cancelled: what is there in each turn of the loop, in one write a screen."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            dirty, self._dirty = self._dirty, {}
            made: dict[tuple[Said, ...], bytes] = {}
            for index, socket in enumerate(dirty):
                if index % AT_ONCE == AT_ONCE - 1:
                    await asyncio.sleep(0)
                self._write(socket, made)

    def _moment_over(self) -> None:
        """In the order in which they began to wait, so the first that has still to wait ends it."""
        loop = asyncio.get_running_loop()
        now, self._moment = loop.time(), None
        over = [socket for socket, _ in takewhile(lambda one: one[1] <= now, self._looking_on.items())]
        self.say(over, ())
        if self._looking_on:
            self._moment = loop.call_at(next(iter(self._looking_on.values())), self._moment_over)

    def _write(self, socket: Socket, made: dict[tuple[Said, ...], bytes]) -> None:
        """What waits for one screen, in one write; what many get alike is built once."""
        if socket.transport.get_write_buffer_size() > BUFFERED_MOST:
            self._wait_for(socket)
            return
        socket.full_since = None
        said, socket.outbox = socket.outbox, []
        if not said or socket.ws.closed or socket.transport.is_closing():
            return  # it has read all since, or it is gone: its reader notices and leaves
        key = tuple(said)
        whole = made.get(key)
        if whole is None:
            whole = made[key] = frames.on_the_wire(said)
        socket.transport.write(whole)

    def _wait_for(self, socket: Socket) -> None:
        """It reads more slowly than we write: let it read on for a while, then cut it off."""
        loop = asyncio.get_running_loop()
        socket.full_since = socket.full_since or loop.time()
        if loop.time() - socket.full_since > PATIENCE or len(socket.outbox) > WAITING_MOST:
            log.warning("socket too slow", agent=socket.agent)
            socket.outbox.clear()
            socket.transport.abort()
        elif socket not in self._slow:
            self._slow[socket] = loop.call_later(LOOK_AGAIN, self._look_again, socket)

    def _look_again(self, socket: Socket) -> None:
        del self._slow[socket]
        self._dirty[socket] = None
        self._wake.set()
