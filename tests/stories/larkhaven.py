"""The sample city, loaded once for the run on each database: whoever wants it begins with a copy."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.queries import indexing
from gateway.wiring import utc_now
from gateway.workers.indexer import INDEXER
from tests.peers.kept import made_once
from tests.peers.postgres import Postgres
from tests.stories.fleet import all_numbered
from tests.stories.service import Service
from tests.world import _apart

SAMPLE = ("serve", "--sample")
LOADED_WITHIN = 300.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """A data directory, and on PostgreSQL the database that goes with it, to be cloned."""

    var: Path
    template: str = ""

    def into(self, folder: Path) -> None:
        """A copy of the data directory, as the `var` of `folder`."""
        shutil.copytree(self.var, folder / "var", dirs_exist_ok=True)


def loaded(room: Path, postgres: Postgres | None = None) -> Loaded:
    """By `serve --sample` itself, the first time anybody asks. `room` is the folder that all workers share."""

    def make() -> dict[str, Any]:
        url = postgres.fresh() if postgres else ""
        service = Service(Path(tempfile.mkdtemp(prefix="larkhaven-", dir=room)), url, arguments=SAMPLE)
        service.ready_within = LOADED_WITHIN
        service.start()
        _apart(lambda: _settled(service))
        service.stop()
        var = service.folder / "var"
        var.mkdir(exist_ok=True)  # with PostgreSQL nothing may have been put there
        return {"var": str(var), "template": url.rpartition("/")[2]}

    made = made_once(room, "larkhaven-on-postgres" if postgres else "larkhaven", make)
    return Loaded(Path(made["var"]), made["template"])


async def _settled(service: Service) -> None:
    """Until nothing is left to be numbered and indexed: every copy would begin by doing that again."""
    if service.database_url:
        await all_numbered(service.database_url, seconds=LOADED_WITHIN)
        desk: SqliteDesk | PostgresDesk = await PostgresDesk.open(service.database_url, clock=utc_now)
    else:
        desk = SqliteDesk(service.folder / "var" / "onestop.db", clock=utc_now)
    async with asyncio.timeout(LOADED_WITHIN):
        while await desk.ask(INDEXER, indexing.news) is not None:
            await asyncio.sleep(0.2)
    await desk.close()
