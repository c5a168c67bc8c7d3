"""The importer: brings the rows of a table in, behind everything live, and goes on where it was cut off."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from time import perf_counter

from crm_core.actions import bringing as actions
from crm_core.actions.bringing import PORTION
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.bringing import Brought, Import, ImportState
from crm_core.model.event import Stamped
from crm_core.queries import bringing
from crm_core.rules import bringing as rule
from crm_core.rules import sheets
from crm_core.rules.bringing import Setting
from crm_core.rules.sheets import Look
from gateway.files import FileStore, opened
from gateway.house import HouseKeeper
from gateway.workers.leading import Leadership

LEADER = Actor.worker("importer")
IMPORTER = Actor.importer("table")
LEASE_SECONDS = 6.0
LOOK_SECONDS = 30.0


class Importer:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, keeper: HouseKeeper, *, files: FileStore, country: str, holder: str) -> None:
        self._desk = desk
        self._keeper = keeper
        self._files = files
        self._country = country
        self.leadership = Leadership(desk, LEADER, holder=holder, seconds=LEASE_SECONDS)

    async def hear(self, events: list[Stamped]) -> None:
        """Somebody says: bring it in."""
        if any(event.type == "import.begun" for event in events):
            self.leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self.leadership.sought():
            await self.leadership.rounds(self.work, look=LOOK_SECONDS)

    async def work(self) -> None:
        """Every table that is under way, to its end."""
        while (brought := await self._desk.ask(IMPORTER, bringing.running)) is not None:
            await self._bring(brought)

    async def _bring(self, brought: Import) -> None:
        content = await read_content(self._desk, brought, files=self._files)
        rows = _rows(content, brought, setting(self._keeper, country=self._country), at=brought.at)
        while brought.state is ImportState.RUNNING:
            began = perf_counter()
            some = await asyncio.to_thread(lambda: list(islice(rows, PORTION)))
            brought = await self._desk.do(IMPORTER, actions.bring_some, brought, some, house=self._keeper.house)
            await asyncio.sleep(perf_counter() - began)


def setting(keeper: HouseKeeper, *, country: str) -> Setting:
    """What rows are read by, as the house is now."""
    zone = next((one.zone for one in keeper.house.calendars.values()), "UTC")
    return Setting([one for one in keeper.setup.services if one.active], country, zone)


def read_row(
    row: tuple[str, ...], brought: Import, by: Setting, *, at: datetime
) -> rule.PersonRow | rule.TicketRow | rule.Wrong:
    """What a row says, or what is wrong with it."""
    if brought.kind is Brought.PEOPLE:
        return rule.person(row, mapping=brought.mapping, setting=by)
    return rule.ticket(row, mapping=brought.mapping, setting=by, at=at)


async def read_content(desk: Desk, brought: Import, *, files: FileStore) -> bytes:
    """The table as it was uploaded."""
    return await opened(brought.digest, desk=desk, actor=IMPORTER, files=files)


def _rows(content: bytes, brought: Import, by: Setting, *, at: datetime) -> Iterator[actions.Read]:
    """What is left to be brought in."""
    look = Look(brought.encoding, brought.separator, brought.headings)
    for line, row in sheets.rows(content, look):
        if line > brought.line:
            digest = rule.digest(brought.digest, line=line, row=row)
            yield actions.Read(line, digest, read_row(row, brought, by, at=at))
