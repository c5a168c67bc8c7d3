"""What a scanner writes into the drop folder comes in once, whatever is killed when; what is no letter is put aside with the reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.letter import dropping
from channels.letter.channel import CHANNEL
from config import settings as configuration
from config.settings import Place
from crm_core.actions import inboxes
from crm_core.queries import quarantine, ticket
from crm_core.rules import signs
from gateway.clamd import Scanner
from gateway.examining import readable
from gateway.files import FileStore
from gateway.house import HouseKeeper
from gateway.intake import Reception
from gateway.keys import Keys
from gateway.workers import listeners
from gateway.workers.listeners import Listeners
from tests.channels.letter.paper import printed
from tests.gateway.workers.test_listeners import received, until
from tests.peers.clamav import STREAM_AT_MOST, Clamd, eicar
from tests.world import ADA, PARKING, World

FIRST, SECOND = "Dear City Hall, my bin was not emptied on Monday.", "The street light in Canal Street is out again."


class Mailroom:
    """A house that watches a folder."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder / "scans"
        self.folder.mkdir()
        settings = configuration.load({"ONESTOP_DATA_DIR": str(folder)})
        keys = Keys((b"a secret for tests",))
        self.keeper = HouseKeeper(world.desk, types={"letter": CHANNEL}, keys=keys, settings=settings, relay="")
        files = FileStore(folder / "files")
        self.reception = Reception(world.desk, self.keeper, files=files, reopen_window=timedelta(days=14))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """One life of the process; leaving it is a kill."""
        await self.keeper.refresh()
        worker = Listeners(self.world.desk, self.keeper, self.reception, holder="one", now=self.world.clock)
        task = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def drop(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def left(self) -> set[str]:
        return {path.name for path in self.folder.iterdir() if path.is_file()}

    def put_away(self, where: str) -> set[str]:
        return {path.name for path in (self.folder / where).glob("*")}


@pytest.fixture
async def mailroom(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    monkeypatch.setattr(dropping, "LOOK_SECONDS", 0.05)
    for name, span in (("FIRST_PAUSE", 0.01), ("LONGEST_PAUSE", 0.05), ("LOOK_SECONDS", 0.02)):
        monkeypatch.setattr(listeners, name, span)
    made = Mailroom(world, tmp_path)
    await world.do(
        ADA,
        inboxes.add_inbox,
        channel="letter",
        name="Mailroom",
        queue=PARKING,
        address=None,
        settings={"drop": str(made.folder)},
    )
    return made


async def test_a_letter_that_the_virus_scanner_did_not_pass_is_kept_and_read_by_nobody(
    mailroom: Mailroom, clamd: Clamd
) -> None:
    mailroom.reception.readable = readable(mailroom.world.desk, Scanner(Place("127.0.0.1", clamd.port)))
    letter = printed(FIRST)
    mailroom.drop("bad.pdf", b"%PDF-1.4 " + bytes(2 * STREAM_AT_MOST))
    mailroom.drop("good.pdf", letter)
    async with mailroom.watching():
        await until(lambda: len(mailroom.put_away("done")) == 2)
    assert sorted(words.splitlines()[:1] for words in await received(mailroom.world)) == [[], [FIRST]]
    assert await mailroom.reception.readable(letter)
    assert not await mailroom.reception.readable(eicar())
    await asyncio.to_thread(clamd.server.kill)
    assert await mailroom.reception.readable(letter), "what is known is asked of nobody"
    assert not await mailroom.reception.readable(printed(SECOND))


async def test_a_kill_between_the_commit_and_the_move_loses_nothing_and_doubles_nothing(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailroom.drop("a.pdf", printed(FIRST))
    mailroom.drop("b.pdf", printed(SECOND))
    mailroom.drop("c.pdf.part", printed("Half of it"))
    mailroom.drop(".hidden", b"%PDF-")
    killed: list[str] = []
    put_away = dropping._put_away

    def die(path: Path, into: Path, why: str) -> None:
        killed.append(path.name)
        raise asyncio.CancelledError

    monkeypatch.setattr(dropping, "_put_away", die)
    async with mailroom.watching():
        await until(lambda: killed)
    assert mailroom.left() == {"a.pdf", "b.pdf", "c.pdf.part", ".hidden"}
    monkeypatch.setattr(dropping, "_put_away", put_away)
    async with mailroom.watching():
        await until(lambda: len(mailroom.put_away("done")) == 2)
    assert mailroom.left() == {"c.pdf.part", ".hidden"}
    assert [words.splitlines()[0] for words in await received(mailroom.world)] == [FIRST, SECOND]

    # The same scan again, under another name: it is the letter that we have.
    mailroom.drop("copy-of-a.pdf", printed(FIRST))
    mailroom.drop("notes.pdf", b"\x7fELF no letter")
    async with mailroom.watching():
        await until(lambda: mailroom.left() == {"c.pdf.part", ".hidden"})
    assert len(await received(mailroom.world)) == 2
    assert mailroom.put_away("failed") == {"notes.pdf", "notes.pdf.txt"}
    assert "quarantine" in (mailroom.folder / "failed" / "notes.pdf.txt").read_text()
    [kept] = await mailroom.world.ask(ADA, quarantine.page, at=1 << 62, id="~", limit=10)
    assert "PDF, JPEG" in kept.why


def test_a_file_that_still_grows_is_left_alone(tmp_path: Path) -> None:
    watched: Any = dropping.Dropping.__new__(dropping.Dropping)
    watched._seen = {}
    page = tmp_path / "scan.pdf"
    page.write_bytes(b"%PDF-1")
    assert watched.complete(tmp_path) == []
    page.write_bytes(b"%PDF-1.7 more")
    assert watched.complete(tmp_path) == []
    assert watched.complete(tmp_path) == [page]
    (tmp_path / "link.pdf").symlink_to("/etc/hostname")
    (tmp_path / "empty.pdf").touch()
    assert [watched.complete(tmp_path) for _ in range(3)][-1] == [page]


async def test_our_own_code_leads_it_back_and_a_number_alone_only_hints(mailroom: Mailroom) -> None:
    world = mailroom.world
    mailed = await world.mail("My permit ran out.")
    await mailroom.keeper.refresh()
    [strand] = (await world.ask(ADA, ticket.whole, mailed.ticket)).strands
    token = signs.sign_token(mailroom.keeper.house.keys[0], strand.id)
    number = (await world.ticket(mailed.ticket)).number
    track = f"https://larkhaven.example/track?number={number}"
    forged = f"{track}#c={token[:-1]}{'0' if token[-1] != '0' else '1'}"
    mailroom.drop("1.pdf", printed(f"My reply to {number}, with your letter.", code=f"{track}#c={token}"))
    mailroom.drop("2.pdf", printed(f"I am somebody else and write of {number}.", code=forged))
    async with mailroom.watching():
        await until(lambda: len(mailroom.put_away("done")) == 2)
    came = [event for event in await world.events() if event.type == "message.received"][1:]
    back, hint = came
    assert (back.ticket, back.personal["message"]["text"][:8]) == (mailed.ticket, "My reply")
    assert "signed token" in back.facts["why"]
    assert hint.ticket is not None
    other = await world.ticket(hint.ticket)
    assert other.related == mailed.ticket
    assert "anybody may know" in hint.facts["why"]
    assert other.customer != (await world.ticket(mailed.ticket)).customer
