"""Nothing lost, nothing twice: whatever dies, what was acknowledged is stored, once."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import statistics
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.scale import LONG, grows
from tests.stories.conftest import Install, Say
from tests.stories.counting import subjects
from tests.stories.pushing import Pusher
from tests.stories.service import Service

KILLS = 100 if LONG else 10


@grows
async def test_kill_9_while_mail_is_pushed_loses_and_doubles_nothing(
    database: str, install: Install, record_property: Say
) -> None:
    service = install(database, durable=True)
    in_flight, pusher = await _push_and_kill(service, kills=KILLS, say=record_property)
    stored = await _stored(service)
    record_property("acknowledged", len(pusher.acknowledged))
    record_property("in flight at kills", in_flight)
    record_property("sent again", pusher.resent)
    record_property("stored", sum(stored.values()))
    assert in_flight > 0, "no mail was in flight at any kill: the test proves nothing"
    assert _faults(pusher, stored) == []


async def test_the_same_test_fails_where_250_is_said_before_the_commit(
    database: str, install: Install, record_property: Say
) -> None:
    service = install(database, durable=True)
    service.program = "tests.stories.broken.early"
    _, pusher = await _push_and_kill(service, kills=6, say=record_property)
    assert _faults(pusher, await _stored(service)) != [], "the broken variant passes: the kill test cannot fail"


@pytest.mark.parametrize("program", ["gateway", "tests.stories.broken.careless", "tests.stories.broken.early"])
async def test_every_250_is_preceded_by_the_sync_of_its_commit_and_synchronous_off_fails_this(
    program: str, install: Install, tmp_path: Path, record_property: Say
) -> None:
    trace = tmp_path / "trace"
    service = install()
    service.program = program
    service.prefix = (
        "strace",
        "-f",
        "-q",
        "-s",
        "40",
        "-e",
        "trace=fdatasync,fsync,sendto,write,writev",
        "-o",
        str(trace),
    )
    service.start()
    pusher = Pusher(service.smtp_port, clients=1)
    running = asyncio.create_task(pusher.run())
    while len(pusher.acknowledged) < 100:
        await asyncio.sleep(0.05)
    pusher.stop()
    await running
    service.stop()
    answers, unsynced = _answers_without_sync(trace.read_text(errors="replace"))
    record_property("answers without a sync before them", f"{unsynced} of {answers}")
    assert answers >= 100
    assert (unsynced == 0) == (program == "gateway"), f"{unsynced} of {answers} answers had no sync before them"


@pytest.mark.usefixtures("need_root")
async def test_a_full_disk_answers_452_loses_nothing_and_heals(tmp_path: Path, install: Install) -> None:
    with _small_disk(tmp_path / "disk", megabytes=24) as disk:
        service = install(room=disk)
        service.start()
        pusher = Pusher(service.smtp_port, clients=4, size=400_000)
        running = asyncio.create_task(pusher.run())
        await _until(lambda: len(pusher.refused) > 20)
        at_the_wall = len(pusher.acknowledged)
        assert {line[:3] for line in pusher.refused} == {"452"}
        await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,size=200m", str(disk)], check=True)
        await _until(lambda: len(pusher.acknowledged) > at_the_wall + 5)
        pusher.stop()
        await running
        service.stop()
        assert _faults(pusher, await _stored(service)) == []
        raw = sqlite3.connect(service.folder / "var" / "onestop.db")
        assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        raw.close()


async def _push_and_kill(service: Service, *, kills: int, say: Say) -> tuple[int, Pusher]:
    """Push through all kills; the number of mails in flight at them, and the journal."""
    dice = random.Random(11)
    service.start()
    pusher = Pusher(service.smtp_port)
    running = asyncio.create_task(pusher.run())
    in_flight, starts = 0, []
    for _ in range(kills):
        await asyncio.sleep(dice.uniform(0.05, 0.6))
        in_flight += len(pusher.waiting)
        await asyncio.to_thread(service.kill)
        starts.append(await asyncio.to_thread(service.start))
    await asyncio.sleep(0.5)
    pusher.stop()
    await asyncio.wait_for(running, 60)
    await asyncio.to_thread(service.stop)
    say("kills", kills)
    say("ready again (without importing), median s", f"{statistics.median(starts):.2f}")
    return in_flight, pusher


def _faults(pusher: Pusher, stored: Counter[str]) -> list[str]:
    lost = [f"lost: {name}" for name in sorted(pusher.acknowledged) if stored[name] == 0]
    twice = [f"{count} times: {name}" for name, count in stored.items() if count > 1]
    strange = [f"never sent: {name}" for name in stored if name not in pusher.pushed]
    return lost + twice + strange


async def _stored(service: Service) -> Counter[str]:
    """How often each pushed mail is a message, by its subject."""
    return Counter(subject for subject in await subjects(service) if subject.startswith("k-"))


def _answers_without_sync(trace: str) -> tuple[int, int]:
    """How many answers to DATA there were, and how many had no sync since the 354 before them."""
    answers = unsynced = 0
    synced = False
    waiting = False
    for line in trace.splitlines():
        if re.search(r"(sendto|write)\(\d+, \"354", line):
            waiting, synced = True, False
        elif re.search(r"(fdatasync|fsync)(\(\d+| resumed>)\)\s+= 0", line):  # finished, not merely begun
            synced = True
        elif waiting and re.search(r"(sendto|write)\(\d+, \"250", line):
            answers += 1
            unsynced += not synced
            waiting = False
    return answers, unsynced


@contextmanager
def _small_disk(folder: Path, *, megabytes: int) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


async def _until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)
