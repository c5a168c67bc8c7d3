"""Reading the data of one mail in large pieces."""

import asyncio
from collections.abc import Callable

from channels.email.limits import Gate, Refused

_END = b"\r\n.\r\n"
_CHUNK = 65_536
_PATIENCE = 4
"""Times the size limit that is read and thrown away, so that the reply is understood; then the line is cut."""


class Data:
    """The data of one mail, up to CR LF dot CR LF and nothing else (RFC 5321 §4.1.1.4).

    The buffer begins with a CR LF of ours, so that a dot on the very first line ends it too.
    Whatever a client sent after the end is left for the next command.
    """

    def __init__(self, reader: asyncio.StreamReader, gate: Gate) -> None:
        self._reader = reader
        self._gate = gate
        self._buffer = bytearray(b"\r\n")
        self._held = 0
        self._seen = 0

    async def read(self, *, hurry: Callable[[float], None]) -> bytes:
        """The mail, its transparency undone. Raises Refused, after the end was seen; cancelled if the client leaves.

        `hurry` sets the seconds until the connection is cut; they grow with what has come.
        """
        refused, clock = "", asyncio.get_running_loop().time
        begun = clock()
        while True:
            left = begun + self._allowed() - clock()
            if left <= 0:
                raise Refused("421 4.4.2 Too slow")
            hurry(left)
            chunk = await self._reader.read(_CHUNK)
            if not chunk:
                raise asyncio.CancelledError("the client left in the middle")
            end = self._append(chunk)
            if end >= 0:
                break
            refused = self._too_much() or refused
            if refused:
                self._forget()
        refused = self._too_much() or refused
        self._give_back(end + len(_END))
        if refused:
            raise Refused(refused)
        return self._mail(end + 2)

    def release(self) -> None:
        """What was held in memory no longer counts."""
        self._gate.bytes -= self._held
        self._held = 0

    def _append(self, chunk: bytes) -> int:
        """Where the end begins in the buffer, or -1."""
        start = max(0, len(self._buffer) - len(_END) + 1)
        self._buffer += chunk
        self._seen += len(chunk)
        self._held += len(chunk)
        self._gate.bytes += len(chunk)
        return self._buffer.find(_END, start)

    def _allowed(self) -> float:
        limits = self._gate.limits
        grace = limits.hurried if self._gate.crowded else limits.grace
        return grace + self._seen / limits.pace

    def _too_much(self) -> str:
        limits = self._gate.limits
        if self._seen > limits.size * _PATIENCE:
            raise asyncio.CancelledError("far too large")
        if self._seen > limits.size + len(_END):
            return f"552 5.3.4 Larger than {limits.size} bytes"
        if self._gate.bytes > limits.memory:
            return "452 4.3.1 Too much at once, try again later"
        return ""

    def _forget(self) -> None:
        """Only what may be the beginning of the end is kept."""
        del self._buffer[: -len(_END) + 1]
        self.release()

    def _give_back(self, after: int) -> None:
        rest = bytes(self._buffer[after:])
        if rest:
            self._reader._buffer[:0] = rest  # type: ignore[attr-defined]  # noqa: SLF001  there is no public way
            self._seen -= len(rest)

    def _mail(self, end: int) -> bytes:
        data = bytes(memoryview(self._buffer)[:end])
        return data.replace(b"\r\n.", b"\r\n")[2:] if b"\r\n." in data else data[2:]
