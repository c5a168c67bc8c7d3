"""Tables brought in: resumable, once, silent, and honest about what was left out."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from crm_core.actions import bringing as actions
from crm_core.actions import erasing, exporting
from crm_core.model.blob import Blob
from crm_core.model.bringing import Brought, Import, ImportState
from crm_core.model.errors import BadInput, Forbidden, Gone, NotAllowedNow, NotFound
from crm_core.model.ids import InboxId, TicketId
from crm_core.model.message import Delivery
from crm_core.model.privacy import ErasureReason
from crm_core.model.promise import TimerState
from crm_core.model.ticket import Status
from crm_core.queries import bringing, contents, people
from crm_core.queries import ticket as tickets
from crm_core.rules import sheets
from crm_core.rules.bringing import Setting
from crm_core.store.tables import exports, messages, timers
from gateway import telling
from gateway.files import FileStore
from gateway.workers.archivist import ARCHIVIST
from gateway.workers.importer import IMPORTER, _rows
from tests.crm_core.actions.test_erasing import found, verified
from tests.world import ADA, MAIL, SERVICES, SUE, World

TABLE = """subject;text;service;status;created;solved;name;email
Permit;It ran out;permit;closed;2025-01-02 10:00;2025-01-03 10:00;Wei Zhang;wei@example.org
Broken;What is this;rocket;closed;2025-01-02 10:00;;Omar;omar@example.org
Lamp;It is dark;repair;new;2025-02-02;;Lucia Mar;lucia@example.org
Again;Still out;permit;solved;2025-03-02;2025-03-04;W. Zhang;WEI@example.org
"""
PEOPLE = "name,email,phone\nWei Zhang,wei@example.org,+12025550142\nNobody,,\n=cmd,formula@example.org,\n,,bad\n"
BY = Setting(SERVICES, "US", "UTC")


async def test_rows_become_tickets_with_their_times_and_nobody_is_notified(world: World) -> None:
    brought = await bring(world, TABLE)
    assert (brought.kind, brought.state) == (Brought.TICKETS, ImportState.DONE)
    assert (brought.taken, brought.joined, brought.skipped) == (2, 1, 1)
    rows = await world.ask(ADA, bringing.report, brought.id, after=0)
    assert [(row.line, row.outcome.value) for row in rows] == [
        (2, "taken"),
        (3, "skipped"),
        (4, "taken"),
        (5, "joined"),
    ]
    assert rows[1].why == "That is no service of ours."
    first, last = await world.ticket(TicketId(rows[0].ticket)), await world.ticket(TicketId(rows[3].ticket))
    assert first.status is Status.CLOSED
    assert first.created_at.isoformat() == "2025-01-02T10:00:00+00:00"
    assert first.customer == last.customer
    said = await world.desk.ask(IMPORTER, _all, messages)
    assert {row["delivery"] for row in said} == {Delivery.RECEIVED.value}
    waiting = {row["state"] for row in await world.desk.ask(IMPORTER, _all, timers) if row["kind"] == "promise"}
    assert waiting <= {TimerState.PAST.value}, "a timer of the past would ring"
    await world.number()
    page = await world.ask(ADA, tickets.timeline, first.id, before=1 << 40, limit=50)
    assert len(page.items) >= 3
    await verified(world)


async def test_a_cut_off_import_goes_on_and_the_same_table_again_is_passed_over(world: World) -> None:
    brought = await bring(world, TABLE, portion=1, stop_after=2)
    assert brought.state is ImportState.RUNNING
    done = await go_on(world, TABLE, brought)
    assert (done.taken, done.joined, done.skipped) == (2, 1, 1)
    again = await bring(world, TABLE)
    assert (again.taken, again.joined, again.skipped) == (0, 0, 4)
    rows = await world.ask(ADA, bringing.report, again.id, after=0)
    assert {row.why for row in rows} == {actions.AGAIN}


async def test_people_join_whoever_has_their_address_and_everything_stays_a_claim(world: World) -> None:
    await world.mail("I am Wei.")
    brought = await bring(world, PEOPLE)
    assert (brought.taken, brought.joined, brought.skipped) == (2, 1, 1)
    found = await world.ask(SUE, people.find, "0142", limit=10, cursor=None)
    [(customer, identities)] = found.items
    assert customer.name == "Wei Zhang"
    assert not any(one.proven for one in identities)


async def test_the_table_itself_is_forgotten_when_it_is_done_or_dropped(world: World) -> None:
    brought = await bring(world, TABLE)
    with pytest.raises(Gone):
        await world.ask(ADA, contents.content, brought.digest)
    assert await found(world, "rocket") == []
    draft = await add(world, PEOPLE)
    await world.do(ADA, actions.drop_import, draft.id)
    assert await found(world, "formula@example.org") == []
    with pytest.raises(NotAllowedNow):
        await world.do(ADA, actions.begin_import, draft.id)


async def test_nothing_is_brought_in_before_the_columns_are_known_and_only_by_an_admin(world: World) -> None:
    draft = await add(world, "x,y\n1,2\n")
    with pytest.raises(BadInput, match="which column"):
        await world.do(ADA, actions.begin_import, draft.id)
    named = {"kind": Brought.PEOPLE, "inbox": None, "house": world.house}
    with pytest.raises(BadInput):
        await world.do(ADA, actions.map_import, draft.id, mapping={"name": 7}, **named)
    with pytest.raises(Forbidden):
        await world.do(SUE, actions.begin_import, draft.id)
    mapped = await world.do(ADA, actions.map_import, draft.id, mapping={"name": 0}, **named)
    assert mapped.mapping == {"name": 0}


async def test_tickets_come_by_a_door_that_somebody_names(world: World) -> None:
    draft = await add(world, TABLE)
    with pytest.raises(BadInput, match="which inbox"):
        await world.do(ADA, actions.begin_import, draft.id)
    with pytest.raises(BadInput, match="no such inbox"):
        await columns(world, draft, inbox=InboxId("nowhere"))
    brought = await bring(world, TABLE)
    [row, *_] = await world.ask(ADA, bringing.report, brought.id, after=0)
    assert (await world.ticket(TicketId(row.ticket))).channel == world.house.inboxes[MAIL].channel


async def test_an_export_holds_everything_that_an_erasure_takes_and_nothing_of_anybody_else(
    world: World, tmp_path: Path
) -> None:
    received = await world.mail("My xylophone is broken.", subject="Xylophone")
    whose = (await world.ticket(received.ticket)).customer
    archive = await exported(world, whose, tmp_path)
    told = "\n".join(archive.read(name).decode() for name in archive.namelist())
    for word in ("Wei Zhang", "wei@example.org", "My xylophone is broken.", "Xylophone"):
        assert word in told, f"{word} is kept and not told"
    assert "What is known of you" in told
    assert "我们所知的关于您的信息" in told
    assert "@larkhaven.example" not in told, "a colleague's address is nothing of theirs"


async def test_an_export_is_fetched_once_in_time_and_goes_with_its_person(world: World, tmp_path: Path) -> None:
    whose = (await world.ticket((await world.mail("Words")).ticket)).customer
    await exported(world, whose, tmp_path)
    [made] = await world.desk.ask(ARCHIVIST, _all_exports)
    with pytest.raises(NotAllowedNow):
        await world.do(ADA, exporting.ask_export, whose)
    await world.do(SUE, exporting.fetch_export, made)
    with pytest.raises(Gone):
        await world.do(SUE, exporting.fetch_export, made)
    late = await world.do(ADA, exporting.ask_export, whose)
    await world.desk.do(ARCHIVIST, exporting.export_ready, late.id, size=1)
    world.clock.pass_(days=3)
    with pytest.raises(Gone):
        await world.do(ADA, exporting.fetch_export, late.id)
    await world.do(ADA, erasing.erase, whose, reason=ErasureReason.ASKED)
    with pytest.raises(NotFound):
        await world.do(ADA, exporting.fetch_export, late.id)


async def exported(world: World, whose: str, folder: Path) -> zipfile.ZipFile:
    made = await world.do(ADA, exporting.ask_export, whose)
    files = FileStore(folder / "files")
    size = await telling.write(world.desk, made, folder=folder, files=files, actor=ARCHIVIST)
    await world.desk.do(ARCHIVIST, exporting.export_ready, made.id, size=size)
    return zipfile.ZipFile(telling.place(folder, made.id))


async def add(world: World, text: str) -> Import:
    content = text.encode()
    blob = Blob(hashlib.sha256(content).hexdigest(), len(content), content)
    made: Import = await world.do(ADA, actions.add_import, actions.File(blob, "table.csv", sheets.look(content)))
    return made


async def columns(world: World, draft: Import, *, inbox: InboxId | None) -> Import:
    """The guessed ones, with a door."""
    said = {"kind": draft.kind, "mapping": draft.mapping, "inbox": inbox, "house": world.house}
    mapped: Import = await world.do(ADA, actions.map_import, draft.id, **said)
    return mapped


async def bring(world: World, text: str, *, portion: int = 50, stop_after: int = 99) -> Import:
    draft = await add(world, text)
    if draft.kind is Brought.TICKETS:
        draft = await columns(world, draft, inbox=MAIL)
    brought = await world.do(ADA, actions.begin_import, draft.id)
    return await go_on(world, text, brought, portion=portion, stop_after=stop_after)


async def go_on(world: World, text: str, brought: Import, *, portion: int = 50, stop_after: int = 99) -> Import:
    rows: Iterator[actions.Read] = _rows(text.encode(), brought, BY, at=brought.at)
    while brought.state is ImportState.RUNNING and stop_after:
        some = list(islice(rows, portion))
        brought = await world.desk.do(IMPORTER, actions.bring_some, brought, some, house=world.house)
        stop_after -= 1
    return brought


async def _all(read: Any, table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await read.all(_SELECTS[table])]


async def _all_exports(read: Any) -> list[Any]:
    return [row[0] for row in await read.all(_EXPORTS)]


_SELECTS = {messages: messages.select(), timers: timers.select()}
_EXPORTS = exports.select()
