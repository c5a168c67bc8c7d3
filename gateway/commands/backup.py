"""`onestop backup` and `restore`: the record and its files in one archive, without the key.

Works while `serve` runs: SQLite's own online copy, or `pg_dump`'s snapshot. Files are
content-addressed and only ever added, so copying them after the record misses none.
"""

import asyncio
import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings
from crm_core.actions.shredding import note_backup
from crm_core.model.actor import Actor
from gateway.wiring import migrate, open_record

OPERATOR = Actor.worker("operator")

_FORMAT = 1


class CannotRestore(Exception):
    """The archive or the place it would go to is not fit; the text says why."""


async def backup(settings: Settings, file: Path) -> int:
    """Write the archive; prints what is in it and what is not."""
    size = await asyncio.to_thread(_backup, settings, file)
    where = await asyncio.to_thread(file.resolve)
    async with open_record(settings) as desk:
        await desk.do(OPERATOR, note_backup, str(where))
    print(f"{file}: {size:,} bytes. The secret key is NOT in it: keep {_key_place(settings)} elsewhere.")
    print("Without that key the secrets of inboxes are asked for again; everything else works.")
    return 0


async def restore(settings: Settings, file: Path) -> int:
    """Bring an archive back into an empty place; then bring its schema up to this version."""
    await asyncio.to_thread(_restore, settings, file)
    reached = await migrate(settings)
    print(f"Restored from {file}; the schema is at {reached}. Start with `onestop serve`.")
    return 0


def _backup(settings: Settings, file: Path) -> int:
    kind = "sqlite" if settings.sqlite_path else "postgresql"
    with tempfile.TemporaryDirectory() as folder, tarfile.open(file, "w:gz") as archive:
        record = Path(folder) / "record"
        _dump(settings, record)
        manifest = {"format": _FORMAT, "record": kind, "made_at": datetime.now(UTC).isoformat()}
        _add_text(archive, "manifest.json", json.dumps(manifest))
        archive.add(record, arcname="record")
        files = settings.data_dir / "files"
        if files.exists():
            archive.add(files, arcname="files")
    return file.stat().st_size


def _dump(settings: Settings, to: Path) -> None:
    if settings.sqlite_path is None:
        _run(["pg_dump", "--format=custom", "--no-owner", f"--file={to}", _address(settings)])
        return
    if not settings.sqlite_path.exists():
        raise CannotRestore(f"There is no database at {settings.sqlite_path}.")
    source, copy = sqlite3.connect(settings.sqlite_path), sqlite3.connect(to)
    try:
        source.backup(copy, pages=1000, sleep=0.01)
    finally:
        copy.close()
        source.close()


def _restore(settings: Settings, file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(file, "r:gz") as archive:
                archive.extractall(folder, filter="data")
            manifest = json.loads((Path(folder) / "manifest.json").read_text())
        except (OSError, tarfile.TarError, ValueError) as why:
            raise CannotRestore(f"{file} is not a backup of Onestop ({why}).") from why
        kind = "sqlite" if settings.sqlite_path else "postgresql"
        if manifest["record"] != kind:
            raise CannotRestore(f"{file} holds a {manifest['record']} record; the settings name {kind}.")
        _load(settings, Path(folder) / "record")
        if (Path(folder) / "files").exists():
            shutil.copytree(Path(folder) / "files", settings.data_dir / "files", dirs_exist_ok=True)


def _load(settings: Settings, record: Path) -> None:
    path = settings.sqlite_path
    if path is None:
        _run(["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={_address(settings)}", str(record)])
        return
    if path.exists():
        raise CannotRestore(f"{path} exists already. Move it away first: nothing is overwritten.")
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(record, path)


def _run(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        raise CannotRestore(f"{command[0]} is not installed; it comes with PostgreSQL's client programs.")
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, no shell
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise CannotRestore(f"{command[0]}: {done.stderr.strip()}")


def _address(settings: Settings) -> str:
    """The database's URL as PostgreSQL's own programs read it."""
    return settings.database_url.replace("+asyncpg", "", 1)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    archive.addfile(entry, io.BytesIO(text.encode()))


def _key_place(settings: Settings) -> str:
    return "ONESTOP_SECRET_KEY" if settings.secret_key else str(settings.data_dir / "secret.key")
