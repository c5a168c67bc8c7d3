"""ClamAV's daemon over its own protocol: a content is streamed to it, and it says what it found.

The protocol is in clamd(8): `zINSTREAM`, then pieces with their length (four bytes, network
order) and a piece of none; the answer ends with a zero byte. Nothing of a content is named
in any message of ours.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import pack
from typing import Any

from config.settings import Place, Socket

PIECE = 64 * 1024
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 120.0
"""For one content, from the first byte to the answer; as long as clamd itself looks into one (MaxScanTime, clamd.conf(5))."""

LONGEST_ANSWER = 4096
_loop = asyncio.get_running_loop
_FOUND = re.compile(r"^stream: (.+) FOUND$")
_VERSION = re.compile(r"^ClamAV ([^/]+)(?:/(\d+)/(.+))?$")


class ScannerAway(Exception):
    """Nobody answers there; the same content is handed over again later."""


class ScannerFailed(Exception):
    """It answered, and not about this content: it is handed over again, later each time."""


@dataclass(frozen=True, slots=True)
class Clean:
    """Nothing was found."""


@dataclass(frozen=True, slots=True)
class Found:
    """The scanner's own name for what is in it."""

    name: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """More than its StreamMaxLength: nobody looked into it."""


@dataclass(frozen=True, slots=True)
class Version:
    """What it says of itself; `signatures` is when those it knows were made, None where it does not say."""

    said: str
    signatures: datetime | None


class Scanner:
    """One clamd; each question is a connection of its own, as the protocol wants it."""

    def __init__(self, at: Place | Socket, *, answer_within: float = ANSWER_SECONDS) -> None:
        self._at = at
        self._within = answer_within

    async def scan(self, content: bytes) -> Clean | Found | TooLarge:
        """What it says of a content. Raises ScannerAway, ScannerFailed."""
        async with self._line(self._within) as line:
            with suppress(BrokenPipeError, ConnectionResetError):  # what is too large it answers at once, and hangs up
                await _stream(line, content)
            return _verdict(await _answer(line))

    async def version(self) -> Version:
        """Its version and the age of its signatures. Raises ScannerAway, ScannerFailed."""
        async with self._line(CONNECT_SECONDS) as line:
            await _loop().sock_sendall(line, b"zVERSION\0")
            return _version(await _answer(line))

    @asynccontextmanager
    async def _line(self, seconds: float) -> AsyncIterator[socket.socket]:
        """A bare socket: asyncio's streams forget what was said before the other side hung up."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                line = await self._connected()
        except (OSError, TimeoutError) as why:
            raise ScannerAway(f"clamd does not answer at {self._at}") from why
        try:
            async with asyncio.timeout(seconds):
                yield line
        except TimeoutError as why:
            raise ScannerFailed(f"clamd did not answer within {seconds:.0f} seconds") from why
        except OSError as why:
            raise ScannerFailed("clamd ended the line without an answer") from why
        finally:
            line.close()

    async def _connected(self) -> socket.socket:
        if isinstance(self._at, Socket):
            return await _connected(socket.AF_UNIX, str(self._at.path))
        [(family, *_, address), *_] = await _loop().getaddrinfo(self._at.host, self._at.port, type=socket.SOCK_STREAM)
        return await _connected(family, address)


async def _connected(family: int, address: Any) -> socket.socket:
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.settimeout(0)
        await _loop().sock_connect(line, address)
    except BaseException:
        line.close()
        raise
    return line


async def _stream(line: socket.socket, content: bytes) -> None:
    await _loop().sock_sendall(line, b"zINSTREAM\0")
    for at in range(0, len(content), PIECE):
        piece = content[at : at + PIECE]
        await _loop().sock_sendall(line, pack("!L", len(piece)) + piece)
    await _loop().sock_sendall(line, pack("!L", 0))


async def _answer(line: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < LONGEST_ANSWER:
        more = await _loop().sock_recv(line, LONGEST_ANSWER)
        if not more:
            break
        answer += more
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _verdict(answer: str) -> Clean | Found | TooLarge:
    found = _FOUND.match(answer)
    if found is not None:
        return Found(found[1][:200])
    if answer == "stream: OK":
        return Clean()
    if answer.startswith("INSTREAM size limit exceeded"):
        return TooLarge()
    raise ScannerFailed("clamd could not look into it")


def _version(answer: str) -> Version:
    """As `ClamAV 1.4.3/27460/Tue Nov 19 09:40:21 2024`; one that has only own signatures says no date."""
    said = _VERSION.match(answer)
    if said is None:
        raise ScannerFailed("this is no clamd")
    return Version(f"ClamAV {said[1]}", _made(said[3]))


def _made(date: str | None) -> datetime | None:
    try:
        return None if date is None else datetime.strptime(date, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
