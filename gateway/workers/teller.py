"""The teller: writes down for people what is known of them, and takes away what was fetched or is over.

A worker of its own, because who asked waits for it: a sweep over years of messages, in the
archivist's hands, may take hours.
"""

import asyncio
from pathlib import Path

import structlog

from crm_core.actions import exporting
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.event import Stamped
from crm_core.queries import telling
from gateway import telling as archive
from gateway.files import FileStore
from gateway.workers.leading import Leadership

log = structlog.get_logger()

TELLER = Actor.worker("teller")
LEASE_SECONDS = 6.0
LOOK_SECONDS = 60.0
_WAKES = frozenset({"export.asked", "export.fetched", "export.gone", "person.erased", "erasure.moved"})


class Teller:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, *, files: FileStore, folder: Path, holder: str) -> None:
        self._desk = desk
        self._files = files
        self._folder = folder
        self._leadership = Leadership(desk, TELLER, holder=holder, seconds=LEASE_SECONDS)

    async def hear(self, events: list[Stamped]) -> None:
        """Somebody asked, or something is over."""
        if any(event.type in _WAKES for event in events):
            self._leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self._leadership.sought():
            await self._leadership.rounds(self._round, look=LOOK_SECONDS)

    async def _round(self) -> None:
        while (export := await self._desk.ask(TELLER, telling.asked_export)) is not None:
            try:
                size = await archive.write(self._desk, export, folder=self._folder, files=self._files, actor=TELLER)
                await self._desk.do(TELLER, exporting.export_ready, export.id, size=size)
            except OSError:  # no room, say: who asked hears it, and nothing half-written is left
                log.exception("export failed")
                await self._desk.do(TELLER, exporting.drop_export, export.id)
        for over in await self._desk.ask(TELLER, telling.exports_over):
            await self._desk.do(TELLER, exporting.drop_export, over)
        await clear_exports(self._desk, self._folder, actor=TELLER)


async def clear_exports(desk: Desk, folder: Path, *, actor: Actor) -> None:
    """Take away every archive that nobody may fetch: fetched, over, or of somebody who was forgotten."""
    await asyncio.to_thread(_clear, folder, await desk.ask(actor, telling.exports_ready))


def _clear(folder: Path, ready: set[str]) -> None:
    """Archives that nobody may fetch any more; one that is being sent goes with its last reader."""
    for path in archive.place(folder, "any").parent.glob("*"):
        if path.stem not in ready or path.suffix != ".zip":
            path.unlink(missing_ok=True)
