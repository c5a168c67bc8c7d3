"""A full disk: every door says so in its own words, nothing acknowledged is lost, and all heal by themselves."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from tests.gateway.portal.visitor import Visitor
from tests.stories.conftest import Install
from tests.stories.face import Api, letter, post, token_for
from tests.stories.pushing import Pusher
from tests.stories.service import Service

HEALS_WITHIN = 10.0
WORDS = "My permit ran out. " * 900
"""As long as a contact may be: short ones fit into what a disk still has when long mails do not."""


@dataclass
class Journal:
    """What one door acknowledged, and how it refused."""

    acknowledged: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Doors:
    """The ways by which words come into the house, each with its journal."""

    service: Service
    anna: Api
    ticket: str
    contacts: Journal = field(default_factory=Journal)
    replies: Journal = field(default_factory=Journal)
    forms: Journal = field(default_factory=Journal)

    @property
    def journals(self) -> tuple[Journal, ...]:
        return self.contacts, self.replies, self.forms

    async def knock(self) -> None:
        """Once at each."""
        await asyncio.gather(self._contact(), self._reply(), self._form())

    async def _contact(self) -> None:
        name = f"c-{len(self.contacts.acknowledged)}-{len(self.contacts.refused)}"
        body = {"service": "permit", "name": name, "email": f"{name}@example.org", "text": f"{name} {WORDS}"}
        await self._tell(self.contacts, name, "/contacts", body)

    async def _reply(self) -> None:
        name = f"r-{len(self.replies.acknowledged)}-{len(self.replies.refused)}"
        await self._tell(self.replies, name, f"/tickets/{self.ticket}/replies", {"text": f"{name} {WORDS}"})

    async def _tell(self, journal: Journal, name: str, path: str, body: dict[str, str]) -> None:
        async with self.anna.http.post(f"{self.service.url}/api/v1{path}", json=body) as answer:
            said = await answer.text()
            if answer.status < 300:
                journal.acknowledged.append(name)
            else:
                assert answer.content_type == "application/problem+json", said
                assert "Retry-After" in answer.headers
                journal.refused.append((answer.status, json.loads(said)["detail"]))

    async def _form(self) -> None:
        """The first page of a form; what is taken there is kept until it is sent."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.service.url, cookie_jar=jar) as http:
            wei = Visitor(http)
            await wei.open("/s/permit/form/1")
            name = f"f-{len(self.forms.acknowledged)}-{len(self.forms.refused)}"
            await wei.post({"own_words": f"{name} {WORDS[:4000]}"})
            if wei.status == 200:
                self.forms.acknowledged.append(name)
                await wei.open("/s/permit/form/1")
                assert name in wei.page, "a page was acknowledged and is not kept"
            else:
                title = re.search(r"<h1>([^<]*)</h1>", wei.page)
                assert title, wei.page
                self.forms.refused.append((wei.status, title[1]))


@pytest.mark.usefixtures("need_root")
async def test_a_full_disk_is_told_at_every_door_loses_nothing_and_heals(tmp_path: Path, install: Install) -> None:
    with small_disk(tmp_path / "disk", megabytes=32) as disk:
        service = install(room=disk)
        async with _opened(service) as doors:
            pusher = Pusher(service.smtp_port, clients=4, size=400_000)
            running = asyncio.create_task(pusher.run())
            await _until(lambda: len(pusher.refused) > 5)
            await asyncio.to_thread(_fill, disk)
            await _until(lambda: all(len(one.refused) > 2 for one in doors.journals), knock=doors.knock)
            assert {line[:3] for line in pusher.refused} == {"452"}
            for journal in (doors.contacts, doors.replies):
                assert {status for status, _ in journal.refused} == {507}
                assert all("full" in said or "could not be stored" in said for _, said in journal.refused)
            assert {status for status, _ in doors.forms.refused} <= {503, 507}
            before = _counts(doors, pusher)
            await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,size=400m", str(disk)], check=True)
            await _until(
                lambda: all(now > then for now, then in zip(_counts(doors, pusher), before, strict=True)),
                knock=doors.knock,
                seconds=HEALS_WITHIN,
            )
            pusher.stop()
            await running
        await asyncio.to_thread(service.stop)
        _all_there(service, doors, pusher)


NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""
FULL = "CREATE TRIGGER full_disk BEFORE INSERT ON messages FOR EACH STATEMENT EXECUTE FUNCTION no_room()"


@pytest.mark.postgres
async def test_postgresql_with_a_full_disk_is_told_at_every_door_and_heals(install: Install) -> None:
    """The server itself raises what it raises then (53100), so the driver's own error goes all the way."""
    service = install("postgres")
    async with _opened(service) as doors:
        database = await asyncpg.connect(service.database_url)
        await database.execute(NO_ROOM)
        await database.execute(FULL)
        pusher = Pusher(service.smtp_port, clients=2)
        running = asyncio.create_task(pusher.run())
        told = (doors.contacts, doors.replies)
        await _until(lambda: all(len(one.refused) > 2 for one in told) and len(pusher.refused) > 5, knock=doors.knock)
        assert {line[:3] for line in pusher.refused} == {"452"}
        for journal in told:
            assert {status for status, _ in journal.refused} == {507}
            assert journal.acknowledged == []
        assert pusher.acknowledged == set()
        await database.execute("DROP TRIGGER full_disk ON messages")
        await _until(lambda: all(one.acknowledged for one in (*told, pusher)), knock=doors.knock, seconds=HEALS_WITHIN)
        pusher.stop()
        await running
        stored = {str(row[0]) for row in await database.fetch("SELECT subject FROM messages")}
        await database.close()
        assert pusher.acknowledged <= stored
    assert await asyncio.to_thread(service.stop) == 0


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[Path]:
    """A file system of its own that soon is full."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@asynccontextmanager
async def _opened(service: Service) -> AsyncIterator[Doors]:
    """It runs, with a ticket in it that Anna can answer."""
    token = await token_for(service)
    await asyncio.to_thread(service.start)
    await post(service, letter("My permit ran out.", subject="Permit"))
    async with Api.open(service, token) as anna:
        [ticket] = await anna.tickets()
        yield Doors(service, anna, ticket["id"])


def _fill(disk: Path) -> None:
    """Take what is left, to the last byte."""
    with suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
        while ballast.write(b"\0" * 4096):
            pass


def _counts(doors: Doors, pusher: Pusher) -> list[int]:
    """How much each door has acknowledged."""
    return [*(len(one.acknowledged) for one in doors.journals), len(pusher.acknowledged)]


def _all_there(service: Service, doors: Doors, pusher: Pusher) -> None:
    """Everything that was acknowledged, once."""
    raw = sqlite3.connect(service.folder / "var" / "onestop.db")
    said = [(str(subject), str(text)) for subject, text in raw.execute("SELECT subject, text FROM messages")]
    assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    raw.close()
    for name in (*doors.contacts.acknowledged, *doors.replies.acknowledged):
        assert sum(text.startswith(f"{name} ") for _, text in said) == 1, name
    for name in pusher.acknowledged:
        assert sum(subject == name for subject, _ in said) == 1, name


async def _until(
    true: Callable[[], bool], *, knock: Callable[[], Awaitable[None]] | None = None, seconds: float = 60
) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            if knock is not None:
                await knock()
            await asyncio.sleep(0.05)
