"""The drop folder: a scanner writes into it, and each file that is complete becomes a letter, once.

A file is committed before it is moved to `done`, so a kill between the two finds it again,
and its content says that we have it. What cannot be read goes to `failed`, with the reason
beside it, and into quarantine.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

from channels.contract import Bearings, Cursor, Opening, Response, Take, Wire
from channels.letter.reading import NAME, SCANNED
from channels.letter.settings import LetterSettings
from channels.shared import wording
from channels.shared.scans import kinds, looking
from channels.shared.scans.scan import How, Scan

_WORDS = wording.beside(__file__)
LOOK_SECONDS = 2.0
SETTLED = 2
"""Looks in a row at which a file must be the same before it counts as complete."""

DONE, FAILED = "done", "failed"
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")


@dataclass(frozen=True, slots=True)
class Stand:
    """How a file looked; `looks` is at how many looks in a row."""

    size: int
    changed: int
    looks: int


class Dropping:
    """Watches one folder."""

    def __init__(self, opening: Opening, bearings: Bearings) -> None:
        self._settings: LetterSettings = opening.settings
        self._bearings = bearings
        self._seen: dict[str, Stand] = {}

    async def listen(self, take: Take, *, since: Cursor | None) -> None:
        """Until cancelled. Raises Unavailable where the folder cannot be had."""
        folder = Path(self._settings.drop)
        while True:
            ready = await asyncio.to_thread(self.complete, folder)
            for path in ready:
                await self._bring(take, folder, path)
            self._bearings.heard()
            await asyncio.sleep(LOOK_SECONDS)

    def complete(self, folder: Path) -> list[Path]:
        """The files that nobody writes to any more, the oldest first."""
        try:
            for name in (DONE, FAILED):
                (folder / name).mkdir(exist_ok=True)
            found = {path.name: path.stat() for path in folder.iterdir() if _counts(path)}
        except OSError as why:
            raise _WORDS.unavailable("drop_fails", folder=folder, why=why.strerror or why) from why
        stands = {name: Stand(stat.st_size, stat.st_mtime_ns, 1) for name, stat in found.items()}
        for name, now in stands.items():
            was = self._seen.get(name)
            if was is not None and (was.size, was.changed) == (now.size, now.changed):
                stands[name] = Stand(now.size, now.changed, was.looks + 1)
        self._seen = stands
        settled = [name for name, stand in stands.items() if stand.looks >= SETTLED and stand.size]
        return [folder / name for name in sorted(settled, key=lambda name: (stands[name].changed, name))]

    async def _bring(self, take: Take, folder: Path, path: Path) -> None:
        """Take it, then put it away."""
        content = await asyncio.to_thread(_content, path)
        if content is None:
            await asyncio.to_thread(
                _put_away, path, folder / FAILED, f"Larger than {kinds.LARGEST // 1024 // 1024} MB."
            )
            self._bearings.troubled(_WORDS.said("too_large", name=path.name, folder=FAILED))
            return
        if await self._bearings.readable(content):
            found = await looking.look(content, languages=self._settings.languages)
        else:
            found = Scan(How.UNCHECKED)
        response = await take(self._wire(path.name, content, found))
        if taken(response):
            await asyncio.to_thread(_put_away, path, folder / DONE, "")
        else:
            await asyncio.to_thread(_put_away, path, folder / FAILED, f"This is no {kinds.SAID}. It is in quarantine.")

    def _wire(self, name: str, content: bytes, found: Scan) -> Wire:
        said = Scan(found.how, found.pages, found.text, found.codes, found.sure)
        return Wire(
            content,
            {"Content-Type": kinds.kind_of(content) or "application/octet-stream"},
            "",
            self._bearings.clock(),
            evidence={NAME: name, SCANNED: said.write()},
            cursor=Cursor(hashlib.sha256(content).hexdigest()),
        )


def taken(response: Response) -> bool:
    """Whether it became a letter, or went into quarantine."""
    return response.status < 400


def _counts(path: Path) -> bool:
    """Hidden files and those whose name says that they are being written wait for their name."""
    hidden = path.name.startswith((".", "~"))
    return not hidden and path.suffix.lower() not in _UNFINISHED and path.is_file() and not path.is_symlink()


def _content(path: Path) -> bytes | None:
    if path.stat().st_size > kinds.LARGEST:
        return None
    return path.read_bytes()


def _put_away(path: Path, into: Path, why: str) -> None:
    """Under a name of its own; on the same disk this happens whole or not at all."""
    place = into / path.name
    number = 1
    while place.exists():
        place = into / f"{path.stem}-{number}{path.suffix}"
        number += 1
    if why:
        place.with_name(f"{place.name}.txt").write_text(f"{why}\n", encoding="utf-8")
    path.replace(place)
