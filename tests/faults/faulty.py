"""A store whose n-th call fails: SQLite's own way of testing, for both databases and the folder of files.

Every statement, BEGIN, SAVEPOINT, COMMIT and every step of writing a file is a call. The desks themselves try once
more what failed before anything could stand, so the store stays broken until it is mended, but for going back.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncpg
import pytest

from crm_core.actions.desk_sqlite import SqliteDesk
from gateway import files
from tests.world import World

ANSWERED_TOO_LATE = ("COMMIT",)
"""The call that may take effect though its answer is lost."""


@dataclass
class Faults:
    """Counts calls while armed and breaks the n-th and all later ones; `late`: it breaks after it took effect."""

    dead: bool = False
    n: int = 0
    calls: int = 0
    late: str = ""
    broken: str = ""

    def arm(self, n: int) -> None:
        """Break the n-th call from now on."""
        self.n, self.calls, self.broken, self.late, self.dead = n, 0, "", "", False

    def arm_late(self, name: str) -> None:
        """Let the first call of this name take effect and lose its answer."""
        self.n, self.calls, self.broken, self.late, self.dead = 0, 0, "", name, False

    def disarm(self) -> None:
        """Mend the store."""
        self.n, self.late, self.dead = 0, "", False

    def before(self, name: str, error: Callable[[], Exception]) -> None:
        if self.dead and not name.startswith("ROLLBACK"):
            raise error()
        if not self.n:
            return
        self.calls += 1
        if self.calls == self.n:
            self.broken, self.dead = name, True
            raise error()

    def after(self, name: str, error: Callable[[], Exception]) -> None:
        if self.late and name == self.late:
            self.broken, self.late, self.dead = name, "", True
            raise error()


def install(world: World, faults: Faults, patch: pytest.MonkeyPatch) -> None:
    """From now on the world's writer, and the folder of files, break where `faults` says."""
    if isinstance(world.desk, SqliteDesk):
        world.desk._driver.raw = _Sqlite(world.desk._driver.raw, faults)  # type: ignore[assignment]
    else:
        patch.setattr(world.desk, "_writers", _Pool(world.desk._writers, faults))
    steps = ("open", "fdopen", "fsync")
    patch.setattr(files, "os", _Module(os, faults, steps))
    patch.setattr(files, "tempfile", _Module(tempfile, faults, ("mkstemp",)))
    patch.setattr(files, "Path", _path(faults))


def _io() -> Exception:
    return OSError(errno.ENOSPC, "No space left on device")


def _lite() -> Exception:
    return sqlite3.OperationalError("disk I/O error")


def _gone() -> Exception:
    error: Exception = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
    return error


class _Sqlite:
    """SQLite's connection; everything but `execute` and `executemany` is its own."""

    def __init__(self, raw: Any, faults: Faults) -> None:
        self._raw, self._faults = raw, faults

    def execute(self, sql: str, *values: Any) -> Any:
        return self._call(self._raw.execute, sql, *values)

    def executemany(self, sql: str, *values: Any) -> Any:
        return self._call(self._raw.executemany, sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def _call(self, run: Any, sql: str, *values: Any) -> Any:
        name = sql.split("(", maxsplit=1)[0][:40]
        self._faults.before(name, _lite)
        answer = run(sql, *values)
        self._faults.after(name, _lite)
        return answer


@dataclass
class _Pool:
    """asyncpg's pool, handing out connections that break."""

    pool: Any
    faults: Faults

    async def acquire(self, **more: Any) -> _Postgres:
        self.faults.before("acquire", _gone)
        return _Postgres(await self.pool.acquire(**more), self.faults)

    async def release(self, held: _Postgres) -> None:
        await self.pool.release(held.raw)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.pool, name)


@dataclass
class _Postgres:
    raw: Any
    faults: Faults

    async def fetch(self, sql: str, *values: Any) -> Any:
        self.faults.before(sql[:40], _gone)
        return await self.raw.fetch(sql, *values)

    async def execute(self, sql: str, *values: Any) -> Any:
        self.faults.before(sql[:40], _gone)
        answer = await self.raw.execute(sql, *values)
        if not self.raw.is_in_transaction():
            self.faults.after("COMMIT", _gone)
        return answer

    def transaction(self) -> _Transaction:
        return _Transaction(self.raw.transaction(), self.faults)


@dataclass
class _Transaction:
    raw: Any
    faults: Faults

    async def start(self) -> None:
        self.faults.before("BEGIN", _gone)
        await self.raw.start()

    async def commit(self) -> None:
        self.faults.before("COMMIT", _gone)
        await self.raw.commit()
        self.faults.after("COMMIT", _gone)

    async def rollback(self) -> None:
        await self.raw.rollback()


class _Module:
    """A module of the standard library; the named functions break."""

    def __init__(self, module: ModuleType, faults: Faults, names: tuple[str, ...]) -> None:
        self._module, self._faults, self._names = module, faults, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if name not in self._names:
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._faults.before(f"{self._module.__name__}.{name}", _io)
            return found(*arguments, **named)

        return call


def _path(faults: Faults) -> type[Path]:
    class Breaking(type(Path())):  # type: ignore[misc] # pathlib chooses its class by the machine
        def replace(self, target: Any) -> Any:
            faults.before("Path.replace", _io)
            return super().replace(target)

    return Breaking
