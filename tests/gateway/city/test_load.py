"""The city in the record: all of it, once, on both databases, and whole after a start that was cut off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crm_core.actions import intake
from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.actions.housekeeping import number_events, take_lease
from crm_core.model.actor import Actor
from crm_core.model.message import Direction, Inbound
from crm_core.model.ticket import Status
from crm_core.queries import chain
from crm_core.rules import audit
from crm_core.store import schema, tables
from crm_core.store.tx import Read
from gateway.city.load import IMPORTER, load, marked
from gateway.city.plan import City
from tests.gateway.city.conftest import KEY, NOW, AnyDesk, samples

pytestmark = pytest.mark.usefixtures("planned_before")


class CutOff(Exception):
    """The process ends here."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyDesk]:
    """The desk on an empty record, on each database in turn."""
    opened: AnyDesk
    if request.param == "sqlite":
        path = tmp_path / "onestop.db"
        schema.migrate_sqlite(path)
        opened = SqliteDesk(path, clock=lambda: datetime.now(UTC))
    else:
        make: Callable[[], str] = request.getfixturevalue("fresh_database")
        url = make()
        await schema.migrate_postgres(url)
        opened = await PostgresDesk.open(url, clock=lambda: datetime.now(UTC))
    yield opened
    await opened.close()


async def count(desk: AnyDesk, table: sa.Table) -> int:
    async def ask(read: Read) -> int:
        row = await read.one(sa.select(sa.func.count()).select_from(table))
        return int(row[0]) if row else 0

    return await desk.ask(IMPORTER, ask)


async def verified(desk: AnyDesk) -> Any:
    """What `onestop verify` finds, numbered first where the database does not do it at insert."""
    if isinstance(desk, PostgresDesk):
        relay = Actor.worker("relay")
        lease = await desk.do(relay, take_lease, "relay", holder="tests", seconds=60)
        assert lease is not None
        while await desk.do(relay, number_events, lease):
            pass
    links: list[audit.Link] = []
    while found := await desk.ask(Actor.worker("operator"), chain.links, after=len(links)):
        links += found
    return audit.verify(links)


async def test_everything_is_written_once_and_the_audit_chain_holds(loaded: AnyDesk, city: City) -> None:
    assert await count(loaded, tables.tickets) == len(city.tickets)
    assert await count(loaded, tables.messages) == len(city.messages)
    assert await count(loaded, tables.services) == len(city.house.services)
    assert await count(loaded, tables.work) == len(city.work)
    assert await count(loaded, tables.files) == sum(len(message.attachments) for message in city.messages)
    assert await load(loaded, samples(), now=NOW + timedelta(hours=1), key=KEY) is False
    found = await verified(loaded)
    assert not isinstance(found, audit.Broken)
    assert found.events == await count(loaded, tables.events)


async def test_a_start_that_was_cut_off_goes_on_where_it_was(desk: AnyDesk, city: City) -> None:
    def stop(done: int, _of: int) -> None:
        if done == 17:
            raise CutOff

    with pytest.raises(CutOff):
        await load(desk, samples(), now=NOW, key=KEY, progress=stop)
    steps: list[int] = []
    later = NOW + timedelta(hours=3)
    assert await load(desk, samples(), now=later, key=KEY, progress=lambda done, _of: steps.append(done)) is True
    assert steps[0] == 18
    mark = await marked(desk)
    assert mark is not None
    assert (mark.whole, mark.now) == (True, NOW)
    assert await count(desk, tables.tickets) == len(city.tickets)
    assert not isinstance(await verified(desk), audit.Broken)


async def test_an_answer_to_what_the_city_wrote_finds_its_ticket(loaded: AnyDesk, city: City) -> None:
    ticket = next(ticket for ticket in city.tickets if ticket.status is Status.WAITING)
    said = [message for message in city.messages if message.ticket == ticket.id]
    ours = [message for message in said if message.direction is Direction.OUT][-1]
    inbox = next(inbox for inbox in city.house.inboxes if inbox.id == ours.inbox)
    assert ours.address is not None
    assert ours.wire_id is not None
    inbound = Inbound("new", ours.address, "Somebody", "Here it is.", references=(ours.wire_id,), proven="dmarc")
    received = await loaded.do(
        Actor.inbox(inbox.id),
        intake.receive,
        intake.Contact(inbound, (), None),
        inbox=inbox,
        house=city.house.as_house(samples(), key=KEY, domain="larkhaven.example"),
        reopen_window=timedelta(days=14),
    )
    assert received.ticket == ticket.id
