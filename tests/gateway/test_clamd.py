"""The virus scanner's protocol, with the real clamd; what it never says is said by a socket of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from config.settings import Place, Socket
from gateway.clamd import Clean, Found, Scanner, ScannerAway, ScannerFailed, TooLarge
from tests.peers.clamav import NAME, STREAM_AT_MOST, Clamd, eicar
from tests.peers.kept import free_port


async def test_the_real_scanner_says_what_it_found_and_what_it_is(clamd: Clamd) -> None:
    scanner = Scanner(Place("127.0.0.1", clamd.port))
    assert await scanner.scan(b"The bin in Mill Street is full.") == Clean()
    assert await scanner.scan(b"") == Clean()
    assert await scanner.scan(eicar()) == Found(f"{NAME}.UNOFFICIAL")
    assert await scanner.scan(bytes(STREAM_AT_MOST - 1)) == Clean()
    assert await scanner.scan(bytes(8 * STREAM_AT_MOST)) == TooLarge(), "it shuts the line long before all was sent"
    version = await scanner.version()
    assert version.said.startswith("ClamAV ")
    assert version.signatures is None, "signatures of one's own have no date"
    await asyncio.to_thread(clamd.server.kill)
    with pytest.raises(ScannerAway):
        await scanner.scan(b"Hello")


@pytest.mark.parametrize(
    "answer",
    [b"stream: Can't allocate memory ERROR\0", b"HTTP/1.1 400 Bad Request\r\n\r\n\0", b"", b"x" * 10_000, b"\0"],
)
async def test_an_answer_that_says_nothing_of_the_content_is_no_verdict(answer: bytes) -> None:
    async with _saying(answer) as scanner:
        with pytest.raises(ScannerFailed):
            await scanner.scan(b"Hello")
        with pytest.raises(ScannerFailed):
            await scanner.version()


async def test_a_scanner_that_never_answers_is_given_up() -> None:
    async with _saying(None, within=0.05) as scanner:
        with pytest.raises(ScannerFailed):
            await scanner.scan(bytes(4_000_000))


async def test_the_age_of_its_signatures_is_read() -> None:
    async with _saying(b"ClamAV 1.4.3/27460/Tue Nov 19 09:40:21 2024\0") as scanner:
        version = await scanner.version()
    assert (version.said, version.signatures) == ("ClamAV 1.4.3", datetime(2024, 11, 19, 9, 40, 21, tzinfo=UTC))
    async with _saying(b"ClamAV 1.4.3/27460/yesterday\0") as scanner:
        assert (await scanner.version()).signatures is None


async def test_a_socket_that_is_not_there_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ScannerAway):
        await Scanner(Socket(tmp_path_factory.mktemp("no") / "clamd.ctl")).version()


@asynccontextmanager
async def _saying(answer: bytes | None, *, within: float = 5.0) -> AsyncIterator[Scanner]:
    """Somebody at a port who says this, whatever is asked; None: who never says anything."""
    done = asyncio.Event()

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        if answer is None:
            await done.wait()
        else:
            writer.write(answer)
        writer.close()

    port = free_port()
    async with await asyncio.start_server(answers, "127.0.0.1", port):
        yield Scanner(Place("127.0.0.1", port), answer_within=within)
        done.set()
