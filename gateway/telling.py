"""The archive of everything about a person: JSON for machines, one page for people, and their files.

Written by a job, a portion of the record at a time, outside of any transaction. What other
people wrote in the same matters is left out, and colleagues stand without their names.
"""

import asyncio
import html
import json
import tempfile
import tomllib
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.privacy import Export
from crm_core.model.view import Json
from crm_core.queries import telling
from gateway.files import FileStore, opened

WITHHELD = "somebody else wrote this"
STAFF = "staff"


def place(folder: Path, id: str) -> Path:
    """Where an archive lies until it is fetched."""
    return folder / "exports" / f"{id}.zip"


async def write(desk: Desk, export: Export, *, folder: Path, files: FileStore, actor: Actor) -> int:
    """Write an archive; its size in bytes. It has its name only when it is whole."""
    path = place(folder, export.id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    with half.open("wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        half.chmod(0o600)
        await _fill(desk, export, archive, files=files, actor=actor)
    half.replace(path)
    return path.stat().st_size


async def _fill(desk: Desk, export: Export, archive: zipfile.ZipFile, *, files: FileStore, actor: Actor) -> None:
    whose = await desk.ask(actor, telling.whom, export.customer)
    own = frozenset(whose["addresses"])
    with tempfile.TemporaryFile("w+", encoding="utf-8") as page:
        page.write(_head())
        for table, by, part in telling.parts():
            page.write(f"<h2>{html.escape(' · '.join(_words()[part]))}</h2>\n")
            rows = _rows(desk, table, by=by, ids=whose[by], actor=actor)
            await _part(archive, part, (_shown(table, row, own=own) async for row in rows), page=page)
        await _files(desk, archive, whose["tickets"], own=own, files=files, actor=actor)
        page.write("</body></html>\n")
        page.seek(0)
        archive.writestr("read-me-first.html", page.read())


async def _rows(desk: Desk, table: str, *, by: str, ids: list[str], actor: Actor) -> AsyncIterator[Json]:
    after = ""
    while rows := await desk.ask(actor, telling.some, table, by=by, ids=ids, after=after):
        for row in rows:
            yield row
        after = rows[-1]["id"]


async def _part(archive: zipfile.ZipFile, part: str, rows: AsyncIterator[Json], *, page: IO[str]) -> None:
    """One table as a list in JSON and as lines of the page."""
    with archive.open(f"{part}.json", "w", force_zip64=True) as out:
        between = b"[\n"
        async for row in rows:
            out.write(between + json.dumps(row, ensure_ascii=False, indent=1).encode())
            page.write(_card(row))
            between = b",\n"
        out.write(b"\n]\n" if between != b"[\n" else b"[]\n")


def _shown(table: str, row: Json, *, own: frozenset[str]) -> Json:
    """Nothing of anybody else: what others wrote is withheld, colleagues are staff."""
    if table != "messages":
        return row
    if row["direction"] != "in":
        return {**row, "sender": STAFF, "author": STAFF}
    if row["address"] in own:
        return row
    return {"id": row["id"], "ticket": row["ticket"], "created_at": row["created_at"], "withheld": WITHHELD}


async def _files(
    desk: Desk, archive: zipfile.ZipFile, tickets: list[str], *, own: frozenset[str], files: FileStore, actor: Actor
) -> None:
    said = _rows(desk, "messages", by="tickets", ids=tickets, actor=actor)
    async for message in said:
        if message["direction"] == "in" and message["address"] not in own:
            continue
        for file in message["attachments"]:
            content = await _content(desk, file["digest"], files=files, actor=actor)
            if content is not None:
                name = f"files/{file['id']}-{_tame(file['name'])}"
                await asyncio.to_thread(archive.writestr, name, content)


async def _content(desk: Desk, digest: str, *, files: FileStore, actor: Actor) -> bytes | None:
    with suppress(Refusal, FileNotFoundError):  # its period was over: the name is all that is left
        return await opened(digest, desk=desk, actor=actor, files=files)
    return None


def _tame(name: str) -> str:
    """A name that stays in its folder wherever it is unpacked."""
    return "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in name).strip(". ")[:120] or "file"


def _head() -> str:
    title, intro = _words()["title"], _words()["intro"]
    style = "body{font:15px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}dl{border-top:1px solid #ccc;padding:.5rem 0}dt{color:#555;float:left;clear:left;width:9rem}dd{margin-left:10rem;white-space:pre-wrap;overflow-wrap:anywhere}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title[0])}</title>'
        f"<style>{style}</style></head><body><h1>{html.escape(' · '.join(title))}</h1>\n"
        + "".join(f"<p>{html.escape(line)}</p>\n" for line in intro)
    )


def _card(row: Json) -> str:
    lines = (
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(_said(value))}</dd>"
        for name, value in row.items()
        if value not in (None, "", [], {})
    )
    return f"<dl>{''.join(lines)}</dl>\n"


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@cache
def _words() -> dict[str, list[str]]:
    path = Path(__file__).with_name("telling.toml")
    found: dict[str, list[str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found
