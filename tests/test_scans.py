"""Whoever reads a growing table from end to end is found (`tests/scans.py`)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.scans import read_whole


@pytest.mark.parametrize(
    ("asked", "whole"),
    [
        ("SELECT * FROM work WHERE state = 'queued'", ["work"]),
        ("SELECT * FROM work WHERE state <> 'done' AND state = 'queued'", []),
        ("SELECT * FROM work WHERE state = 'queued' ORDER BY id", ["work"]),
        ("SELECT min(id), max(id) FROM tickets", ["tickets"]),
        ("SELECT min(id) FROM tickets", []),
        ("SELECT rowid FROM search_words WHERE search_words MATCH 'bin'", []),
        (
            "SELECT * FROM messages JOIN tickets ON tickets.id = messages.ticket WHERE tickets.status = 'new'",
            ["tickets"],
        ),
        ("DELETE FROM offers WHERE agent = 'anna'", ["offers"]),
    ],
)
def test_a_question_says_which_tables_it_reads_whole(sqlite_template: Path, asked: str, whole: list[str]) -> None:
    raw = sqlite3.connect(sqlite_template)
    assert read_whole(raw, asked, []) == whole
    raw.close()
