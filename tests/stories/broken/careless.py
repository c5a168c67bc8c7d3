"""Commits without a sync (`synchronous=OFF`): a power cut loses what was acknowledged."""

import sqlite3
from pathlib import Path
from typing import Any

from crm_core.actions import desk_sqlite
from crm_core.store import sqlite
from gateway.__main__ import main

_careful = sqlite.connect


def _connect(path: Path, **more: Any) -> sqlite3.Connection:
    raw = _careful(path, **more)
    raw.execute("PRAGMA synchronous = OFF")
    return raw


setattr(desk_sqlite, "connect", _connect)  # noqa: B010 - the name that the desk looks up
main(["serve"])
