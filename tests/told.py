"""What changes is told: whichever test an action runs in, a ticket that it wrote is told of as it wrote it last.

A screen folds events; of a change without one it knows nothing until it loads anew. So each transaction is looked at
as it ends: the newest version of a ticket that an action saved must stand in one of its events.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TypeVar
from weakref import WeakKeyDictionary

import pytest

from crm_core.model.actor import ActorKind
from crm_core.model.event import Event
from crm_core.model.ticket import Ticket
from crm_core.store.tx import Tx
from tests.stories.service import ROOT

ACTIONS = str(ROOT / "crm_core/actions")
V = TypeVar("V")


def untold(saved: dict[str, Ticket], events: list[Event]) -> list[str]:
    """The tickets of which the last that was written is not told."""
    told: dict[str, int] = {}
    for event in events:
        about = event.about()
        if isinstance(about, Ticket) and "row" in event.facts():
            told[about.id] = max(about.version, told.get(about.id, 0))
    return [
        f"{ticket.number} was written as version {ticket.version} and told as {told.get(id, 'nothing')}"
        for id, ticket in saved.items()
        if told.get(id, 0) < ticket.version
    ]


@pytest.fixture(scope="session", autouse=True)
def listened_to() -> Iterator[list[str]]:
    """Every transaction of this process; what was found and not yet said."""
    found: list[str] = []
    written: WeakKeyDictionary[Tx, dict[str, Ticket]] = WeakKeyDictionary()
    save, finish = Tx.save, Tx.finish

    async def kept(tx: Tx, value: V) -> V:
        by = sys._getframe(1).f_code
        before = tx._known.get((Ticket, value.id)) if isinstance(value, Ticket) else None
        after = await save(tx, value)
        grown = isinstance(after, Ticket) and isinstance(before, Ticket) and after.version > before.version
        if grown and by.co_filename.startswith(ACTIONS):
            written.setdefault(tx, {})[after.id] = after  # type: ignore[attr-defined,assignment]
        return after

    async def finished(tx: Tx) -> None:
        if tx.actor.kind is not ActorKind.IMPORTER:  # history is told once, as a whole
            found.extend(untold(written.pop(tx, {}), [event for event, _ in tx._events]))
        await finish(tx)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tx, "save", kept)
        patch.setattr(Tx, "finish", finished)
        yield found


@pytest.fixture(autouse=True)
def what_changes_is_told(listened_to: list[str]) -> Iterator[None]:
    """Said by the test in which it was done."""
    yield
    if listened_to:
        said = "\n".join(listened_to)
        listened_to.clear()
        pytest.fail(said, pytrace=False)
