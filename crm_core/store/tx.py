"""Transactions: all that an action or a query may await.

The same action runs on both databases: on SQLite its statements never suspend and one
writer thread drives it, on PostgreSQL they await the driver. Writes wait in memory and
leave together before the next read or at the end: on PostgreSQL as one statement.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

import sqlalchemy as sa

from crm_core.model.actor import Actor
from crm_core.model.agent import Agent
from crm_core.model.customer import Customer
from crm_core.model.errors import NotFound
from crm_core.model.event import Event
from crm_core.model.ids import CustomerId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.rules import access
from crm_core.store import beside, ledger, tables
from crm_core.store.compiled import Either
from crm_core.store.family import FAMILY, SEEN_THROUGH, seers
from crm_core.store.maps import map_of

V = TypeVar("V")
W = TypeVar("W")
X = TypeVar("X")
Y = TypeVar("Y")
Row = Any
"""A driver's row: by index and by name."""

_ALL_QUEUES = sa.select(tables.queues.c.id, tables.queues.c.team)


def _who(teams: str) -> Any:
    whose = tables.agents.c.id == sa.bindparam("id", type_=sa.Text)
    return sa.select(tables.agents, sa.literal_column(f"(SELECT {teams} FROM queues)")).where(whose)  # noqa: S608 - ours


_WHO = Either(sqlite=_who("json_group_object(id, team)"), postgres=_who("CAST(json_object_agg(id, team) AS text)"))
"""A member of staff, and which team serves each queue, in one row: asked for by each request of a person."""


class Moved(Exception):
    """Somebody else changed the row since it was read; the desk runs the action again."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What becomes other in one row; `version`: the one it was read in, where rows of this table have one."""

    table: sa.Table
    id: str
    version: int | None
    columns: dict[str, Any]

    @property
    def shape(self) -> "tuple[sa.Table, tuple[str, ...], bool]":
        """What its statement's text hangs on."""
        return self.table, tuple(self.columns), self.version is not None

    @property
    def values(self) -> list[Any]:
        """The statement's parameters in order."""
        key = [self.id] if self.version is None else [self.id, self.version]
        return [*self.columns.values(), *key]


class Driver(Protocol):
    """What a database adds: one way to fetch, to run, and to write what waits."""

    statements: int

    async def fetch(self, statement: Any, values: dict[str, Any]) -> list[Row]:
        """Rows of a select."""
        ...

    async def run(self, statement: Any, values: dict[str, Any]) -> int:
        """How many rows an update or delete touched."""
        ...

    async def run_alone(self, statement: Any, values: dict[str, Any]) -> int:
        """The same, where this is all that the transaction does."""
        ...

    async def update(self, changed: "Changed") -> None:
        """Change one row. Raises Moved, now or with the next statement, where it is not as it was read."""
        ...

    async def write(self, rows: "list[tuple[sa.Table, dict[str, Any]]]") -> None:
        """Insert rows in order, in the midst of a transaction."""
        ...

    async def finish(self, rows: "list[tuple[sa.Table, dict[str, Any]]]", events: list[dict[str, Any]]) -> None:
        """Insert the last rows and then the events; where one writer holds the database, they are numbered here."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Who is asking, as things are now: the member of staff behind the actor, and their scope."""

    agent: Agent | None
    scope: frozenset[str]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody we serve: the survivor of their merges, all their records (it first), and the keys of who sees them."""

    customer: Customer
    records: tuple[Customer, ...]
    seers: frozenset[str]

    @property
    def ids(self) -> str:
        """Their records, for a parameter of `among`."""
        return listed(one.id for one in self.records)


class Read:
    """A read: the one door from queries to the record."""

    def __init__(self, driver: Driver, actor: Actor, now: datetime) -> None:
        self.driver = driver
        self.actor = actor
        self.now = now
        self._standing: Standing | None = None

    async def all(self, statement: Any, **values: Any) -> list[Row]:
        """Rows of a select."""
        return await self.driver.fetch(statement, values)

    async def one(self, statement: Any, **values: Any) -> Row | None:
        """The first row of a select, or None."""
        rows = await self.all(statement, **values)
        return rows[0] if rows else None

    async def find(self, kind: type[V], id: str) -> V | None:
        """The value with this id, or None; no permission is checked."""
        home = map_of(kind)
        row = await self.one(home.by_id, id=id)
        return None if row is None else home.value(row)

    async def get(self, kind: type[V], id: str) -> V:
        """The value with this id. Raises NotFound; no permission is checked."""
        found = await self.find(kind, id)
        if found is None:
            raise NotFound
        return found

    async def values(self, kind: type[V], statement: Any, **values: Any) -> list[V]:
        """The values that a `select(table)` finds."""
        home = map_of(kind)
        return [home.value(row) for row in await self.all(statement, **values)]

    async def value(self, kind: type[V], statement: Any, **values: Any) -> V | None:
        """The first value that a `select(table)` finds, or None."""
        found = await self.values(kind, statement, **values)
        return found[0] if found else None

    async def standing(self) -> Standing:
        """The actor's own account and scope, read once and fresh: a lost role counts at once."""
        if self._standing is None:
            self._standing = await self._read_standing()
        return self._standing

    async def ticket(self, id: TicketId, *, to: str) -> Ticket:
        """The ticket, if the actor may do this to it. Raises NotFound or Forbidden."""
        standing = await self.standing()
        ticket = await self.find(Ticket, id)
        if ticket is None:
            raise NotFound
        access.permit(self.actor, to=to, agent=standing.agent, scope=standing.scope, audience=access.audience(ticket))
        return ticket

    async def person(self, id: CustomerId, *, to: str) -> "Person":
        """All records of one person, if the actor may do this to them. Raises NotFound or Forbidden.

        Whoever sees one of their tickets sees them; somebody without a ticket is seen by all staff.
        """
        standing = await self.standing()
        person = await self.records(id)
        if person is None:
            raise NotFound
        access.permit(self.actor, to=to, agent=standing.agent, scope=standing.scope, audience=person.seers)
        return person

    async def records(self, id: CustomerId) -> "Person | None":
        """All records of one person, or None; no permission is checked."""
        records = await self.values(Customer, FAMILY, customer=id)
        if not records:
            return None
        keys = seers(await self.all(SEEN_THROUGH, customers=listed(one.id for one in records)))
        return Person(records[0], tuple(records), keys)

    async def permit(self, *, to: str) -> Agent | None:
        """Check a right that is about no ticket; the member of staff who asks. Raises Forbidden."""
        standing = await self.standing()
        access.permit(self.actor, to=to, agent=standing.agent, scope=standing.scope, audience=None)
        return standing.agent

    async def _read_standing(self) -> Standing:
        if not self.actor.is_person:
            return Standing(None, frozenset())
        row = await self.one(_WHO, id=self.actor.id)
        if row is None:
            return Standing(None, frozenset())
        agent = self._seen(map_of(Agent).value(row[:-1]))
        if not agent.active:
            return Standing(None, frozenset())
        return Standing(agent, access.scope_among(agent, json.loads(row[-1] or "{}").items()))

    async def scope_of(self, agent: Agent) -> frozenset[str]:
        """The keys of this member of staff, by the teams and role that the value says."""
        return access.scope_among(agent, await self.all(_ALL_QUEUES))

    def _seen(self, value: V) -> V:
        """What a read found, as whoever reads knows it."""
        return value


class Tx(Read):
    """A transaction: what it wrote and emitted becomes durable together, or not at all."""

    def __init__(self, driver: Driver, actor: Actor, now: datetime, *, cause: str | None = None) -> None:
        super().__init__(driver, actor, now)
        self.cause = cause
        self._known: dict[tuple[type, str], Any] = {}
        self._waiting: list[tuple[sa.Table, dict[str, Any]]] = []
        self._added: set[tuple[type, str]] = set()
        self._beside: list[tuple[sa.Table, dict[str, Any]]] = []
        self._events: list[tuple[Event, datetime]] = []

    async def all(self, statement: Any, **values: Any) -> list[Row]:
        """Rows of a select; what waits is written first, so that a read sees it."""
        await self._flush()
        return await self.driver.fetch(statement, values)

    async def find(self, kind: type[V], id: str) -> V | None:
        """The value with this id as this transaction last saw or wrote it, or None."""
        known = self._known.get((kind, id))
        if known is not None:
            return cast(V, known)
        found = await super().find(kind, id)
        if found is not None:
            self._known[kind, id] = found
        return found

    def _seen(self, value: V) -> V:
        return cast(V, self._known.setdefault((type(value), _id(value)), value))

    async def values(self, kind: type[V], statement: Any, **values: Any) -> list[V]:
        """The values that a `select(table)` finds, remembered for `save`."""
        found = await super().values(kind, statement, **values)
        for value in found:
            self._known[kind, _id(value)] = value
        return found

    async def pair(self, kinds: tuple[type[V], type[W]], statement: Any, **values: Any) -> tuple[V, W] | None:
        """The first two values that a `select(table, other table)` finds together, remembered for `save`."""
        return cast("tuple[V, W] | None", await self._together(kinds, statement, values))

    async def three(
        self, kinds: tuple[type[V], type[W], type[X]], statement: Any, **values: Any
    ) -> tuple[V, W, X] | None:
        """The same of three tables."""
        return cast("tuple[V, W, X] | None", await self._together(kinds, statement, values))

    async def four(
        self, kinds: tuple[type[V], type[W], type[X], type[Y]], statement: Any, **values: Any
    ) -> tuple[V, W, X, Y] | None:
        """The same of four tables."""
        return cast("tuple[V, W, X, Y] | None", await self._together(kinds, statement, values))

    async def _together(
        self, kinds: tuple[type, ...], statement: Any, values: dict[str, Any]
    ) -> tuple[Any, ...] | None:
        row = await self.one(statement, **values)
        if row is None:
            return None
        found, at = [], 0
        for kind in kinds:
            home: Any = map_of(kind)
            found.append(home.value(row[at : at + len(home.names)]))
            at += len(home.names)
        self._known.update({(type(value), _id(value)): value for value in found})
        return tuple(found)

    def add(self, value: Any) -> None:
        """Insert a new value, and what is kept beside it."""
        value = beside.completed(value)
        home = map_of(type(value))
        self._keep_beside(None, value)
        self._known[type(value), _id(value)] = value
        self._added.add((type(value), _id(value)))
        self._waiting.append((home.table, home.row(value)))

    def insert(self, table: "sa.Table", **values: Any) -> None:
        """Insert a row of a table that has no word of its own (raw wires, sessions, …)."""
        self._waiting.append((table, values))

    async def save(self, value: V) -> V:
        """Write what changed of a value that this transaction read. Raises Moved on a race, at the latest at the end."""
        value = beside.completed(value)
        home = map_of(type(value))
        key = (type(value), _id(value))
        changed = home.changed(self._known[key], value)
        if changed:
            if key in self._added:  # a statement cannot change what it inserts itself
                await self._flush()
            version = self._known[key].version if home.versioned else None
            await self.driver.update(Changed(home.table, key[1], version, changed))
            self._keep_beside(self._known[key], value)
            self._known[key] = value
        return value

    async def change(self, statement: Any, **values: Any) -> int:
        """Run an update or delete; how many rows it touched (0: somebody was faster)."""
        await self._flush()
        return await self.driver.run(statement, values)

    async def change_alone(self, statement: Any, **values: Any) -> int:
        """Run an update or delete that is all this transaction does: it commits by itself."""
        await self._flush()
        return await self.driver.run_alone(statement, values)

    def emit(self, *events: Event) -> None:
        """Say what happened; it is written in the same transaction as the change itself."""
        self._events.extend((event, self.now) for event in events)

    def recall(self, event: Event, *, at: datetime) -> None:
        """Say what happened before our time, as an import tells it: the actor is whoever imports."""
        self._events.append((event, at))

    async def finish(self) -> None:
        """Write what still waits, the events last. The desk calls this before it commits."""
        self.emitted = bool(self._events)
        salts = ledger.salts(len(self._events))
        stamped = [
            ledger.stamp(event, actor=self.actor, at=at, cause=self.cause, salt=salt)
            for (event, at), salt in zip(self._events, salts, strict=True)
        ]
        self._waiting.extend((tables.event_words, words) for _, words in stamped if words)
        rows = self._waiting + sorted(self._beside, key=lambda row: row[0].name)
        self._waiting, self._beside, self._events = [], [], []
        await self.driver.finish(rows, [row for row, _ in stamped])

    def _keep_beside(self, before: V | None, after: V) -> None:
        """They are written last, neighbours of one table together: no read of the same action wants them."""
        for value in beside.of(before, after, actor=self.actor, now=self.now):
            home = map_of(type(value))
            self._beside.append((home.table, home.row(value)))

    async def _flush(self) -> None:
        if self._waiting:
            rows, self._waiting = self._waiting, []
            self._added.clear()
            await self.driver.write(rows)


def _id(value: Any) -> str:
    return cast(str, value.id)


def listed(values: Iterable[str]) -> str:
    """Values for a parameter of `among`."""
    return json.dumps(sorted(values))
