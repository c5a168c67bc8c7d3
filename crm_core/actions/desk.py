"""The Desk: the one door for changes, and its read twin `ask`.

HTTP, sockets, workers, automations, imports and the sample city all use it, so that
nothing can change without an actor, a permission, a transaction and an event.
"""

import random
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from crm_core.model.actor import Actor, ActorKind
from crm_core.model.event import Stamped
from crm_core.store.tx import Read, Tx

P = ParamSpec("P")
T = TypeVar("T")

Action = Callable[Concatenate[Tx, P], Awaitable[T]]
Query = Callable[Concatenate[Read, P], Awaitable[T]]

WAITING_AT_MOST = 2000
"""Actions that may wait to be written; beyond it callers are told to come back (451 / 429)."""

TRIES = 3
"""How often an action is run where somebody else changed the same rows at the same moment."""


class Desk(Protocol):
    """The one door to the record, whichever database stands behind it."""

    async def do(self, actor: Actor, action: Action[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an action in a transaction; returns after its durable commit.

        Cancelling the caller never cancels the action: once handed over it commits or
        fails by itself. A retry runs the action again from its first read. Raises what
        the action raises, Conflict after repeated races, Busy when too much waits,
        StoreFull or StoreDown when the record cannot take it.
        """
        ...

    async def ask(self, actor: Actor, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query; it sees everything whose `do` has returned."""
        ...

    def just_committed(self, *, after: int) -> list[Stamped]:
        """Every event after this position, where all of them were just committed here; else none: ask the record.

        For the stream alone; what it was told is not told again.
        """
        ...

    async def close(self) -> None:
        """Finish what waits, then let go of the record."""
        ...


def is_bulk(actor: Actor) -> bool:
    """Whether this waits behind live contacts: imports and recomputation do."""
    return actor.kind is ActorKind.IMPORTER or (actor.kind is ActorKind.WORKER and actor.id in _BULK_WORKERS)


_BULK_WORKERS = frozenset({"indexer", "recompute", "archivist", "teller", "steward", "examiner"})


def jitter(attempt: int) -> float:
    """Seconds to wait before trying again, so that two racers do not meet twice."""
    return random.random() * 0.02 * (attempt + 1)  # noqa: S311 - spreads retries, guards nothing
