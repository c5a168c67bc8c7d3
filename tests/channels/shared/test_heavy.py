"""Large wires are read elsewhere, and what is too heavy is quarantined instead of stopping the house."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.contract import Ask, Reading, Unreadable, Wire
from channels.shared.heavy import LIGHT, HeavyReader
from tests.channels.shared.odd_channel import Odd

BIG = b"x" * (LIGHT + 1)


def wire(url: str = "", body: bytes = BIG) -> Wire:
    return Wire(body, {}, url, datetime.now(UTC))


@pytest.fixture
async def reader() -> AsyncIterator[HeavyReader]:
    reader = HeavyReader(seconds=2)
    await reader.open()
    yield reader
    await reader.close()


async def test_small_wires_are_read_here_and_large_ones_elsewhere(reader: HeavyReader) -> None:
    assert (await reader.read(Odd(), wire(body=b"x"))).parts == (Ask(str(os.getpid())),)
    assert (await reader.read(Odd(), wire())).parts == (Ask(str(reader._worker)),)


@pytest.mark.parametrize("url", ["sleep", "eat", "die", "refuse"])
async def test_what_is_too_heavy_is_unreadable_and_the_next_is_read(reader: HeavyReader, url: str) -> None:
    with pytest.raises(Unreadable):
        await reader.read(Odd(), wire(url))
    assert (await reader.read(Odd(), wire())).parts


@pytest.mark.parametrize("url", ["eat", "die"])
async def test_what_breaks_the_worker_takes_nobody_with_it_who_waits(reader: HeavyReader, url: str) -> None:
    broken, *read = await asyncio.gather(
        *(reader.read(Odd(), wire(one)) for one in (url, "", "")), return_exceptions=True
    )
    assert isinstance(broken, Unreadable)
    assert [isinstance(one, Reading) for one in read] == [True, True]


async def test_the_loop_goes_on_meanwhile(reader: HeavyReader) -> None:
    reading = asyncio.create_task(reader.read(Odd(), wire("sleep")))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert isinstance(reading.exception(), Unreadable)
    assert turns > 20, "the loop stood still"


_PARENT = """
import asyncio, os, signal, sys
from channels.shared.heavy import HeavyReader
async def main():
    reader = HeavyReader()
    await reader.open()
    print(reader._worker, flush=True)
    await asyncio.sleep(60)
if __name__ == "__main__":
    asyncio.run(main())
"""


def test_the_worker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    root = str(Path(__file__).parents[3])
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}
    )
    assert parent.stdout
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()
