"""What the benchmarks themselves rest on: the same mails each time, rows that fit the tables, frames read rightly."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from benchmarks import calling, corpus, machine, pushing, rows
from gateway.commands import bench
from gateway.serve import CannotServe


def test_the_own_corpus_is_the_same_each_time_and_reads_well() -> None:
    mails = corpus._own(40)
    assert mails == corpus._own(40)
    parsed = [message_from_bytes(mail, policy=policy.default) for mail in mails]
    assert all(not mail.defects and mail["From"] and mail["Subject"] for mail in parsed)
    assert len({mail["Message-ID"] for mail in parsed}) == 40


def test_a_later_lap_of_the_corpus_is_other_messages_by_other_senders(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(corpus, "SHARED", tmp_path / "not there")
    mails = [message_from_bytes(mail) for mail in corpus.mails(2010, folder=tmp_path)]
    assert len({mail["Message-ID"] for mail in mails}) == 2010
    assert mails[2000]["From"] != mails[0]["From"]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_of_every_length_are_cut_whole_or_not_at_all(size: int) -> None:
    payload = b"x" * size
    if size < 126:
        head = bytes([0x81, size])
    elif size < 65_536:
        head = bytes([0x81, 126]) + size.to_bytes(2)
    else:
        head = bytes([0x81, 127]) + size.to_bytes(8)
    frame = head + payload
    assert calling._frame_of(frame + b"next") == (1, payload, len(frame))
    assert calling._frame_of(frame[:-1]) is None


def test_quantiles_are_of_what_was_measured() -> None:
    assert machine.milliseconds([0.001 * each for each in range(1, 101)]) == {"p50_ms": 51, "p95_ms": 96, "p99_ms": 100}
    assert machine.milliseconds([]) == {}


def test_a_contact_is_a_whole_request() -> None:
    head, _, body = pushing.contact("one", service="service-1").partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["service"] == "service-1"


def test_rows_written_straight_fit_the_tables_of_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    path.write_bytes(sqlite_template.read_bytes())
    rows.load_sqlite(path, 0, 50)
    rows.load_sqlite(path, 50, 200)
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT count(*) FROM tickets").fetchone() == (200,)
    assert raw.execute("SELECT count(*) FROM messages").fetchone() == (400,)
    raw.close()


@pytest.mark.postgres
def test_rows_written_straight_fit_the_tables_of_postgresql(fresh_database: Callable[[], str]) -> None:
    url = fresh_database()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(rows.load_postgres, url, 0, 200).result()
        assert thread.submit(asyncio.run, _count(url)).result() == 200


async def _count(url: str) -> int:
    raw = await asyncpg.connect(url)
    found: int = await raw.fetchval("SELECT count(*) FROM tickets")
    await raw.close()
    return found


def test_the_command_knows_each_script_and_refuses_others_by_name() -> None:
    assert {"intake", "lists", "recovery", "restore", "routing", "screen", "sockets", "start"} <= set(bench._names())
    with pytest.raises(CannotServe, match="intake"):
        bench._find("nothing")
