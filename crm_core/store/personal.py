"""The inventory of where people's words are kept (`personal.toml`), as statements: one list for erasure, retention and export.

Whoever forgets asks `forget(…)`, whoever tells asks `told(…)`; neither names a column of
its own, so that what one finds the other finds too.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement

from crm_core.store import tables
from crm_core.store.compiled import among
from crm_core.store.maps import map_of
from crm_core.store.words import OF_ANY_KIND, search_docs

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Holding:
    """One table of the inventory; `found_by` names, for each kind of thing, the columns that lead to it."""

    table: sa.Table
    fate: str
    kept: tuple[str, ...]
    personal: tuple[str, ...] = ()
    found_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    empty: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None

    def blanks(self) -> dict[str, Any]:
        """What each personal column holds when its row is kept without the person."""
        return {name: self._blank(self.table.c[name]) for name in self.personal}

    def _blank(self, column: "sa.Column[Any]") -> Any:
        if column.name in self.empty:
            return sa.literal_column(f"'{self.empty[column.name]}'")
        return sa.null() if column.nullable else sa.literal_column("''")


@cache
def inventory() -> Mapping[str, Holding]:
    """Every table, by name."""
    path = Path(__file__).with_name("personal.toml")
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _holding(name, said) for name, said in listed.items()}


def _holding(name: str, said: dict[str, Any]) -> Holding:
    table = search_docs if name == search_docs.name else tables.metadata.tables[name]
    found_by = {by: tuple(columns) for by, columns in said.get("found_by", {}).items()}
    return Holding(
        table,
        said["fate"],
        tuple(said["kept"]),
        tuple(said.get("personal", ())),
        found_by,
        said.get("empty", {}),
        said.get("file"),
    )


@cache
def forget(table: str, by: str) -> Any:
    """The statement that takes the words out of one table, for a JSON list in the parameter `by`."""
    held = inventory()[table]
    where = sa.or_(*(_leads(held.table.c[name], by) for name in held.found_by[by]))
    if held.fate == "delete":
        return sa.delete(held.table).where(where)
    return sa.update(held.table).where(where).values(**held.blanks())


def forgotten_by(by: str, *, but: frozenset[str] = frozenset()) -> list[Any]:
    """Every statement that such a list leads to, but for tables that somebody treats with more care."""
    return [forget(name, by) for name, held in inventory().items() if by in held.found_by and name not in but]


@cache
def told(table: str, by: str) -> Any:
    """The rows that such a list leads to, whole, a portion in the order of their first column."""
    held = inventory()[table]
    first = next(iter(held.table.primary_key))
    where = sa.or_(*(_leads(held.table.c[name], by) for name in held.found_by[by]))
    after = first > sa.bindparam("after", type_=sa.Text)
    return sa.select(held.table).where(where, after).order_by(first).limit(sa.bindparam("limit", type_=sa.Integer))


def emptied(value: V) -> V:
    """A value without its personal words; whoever saves it says the rest of what changed."""
    home = map_of(type(value))
    held = inventory()[home.table.name]
    blanks = {name: _empty(getattr(value, name), nullable=home.table.c[name].nullable) for name in held.personal}
    return replace(value, **blanks)  # type: ignore[type-var]


def _empty(now: Any, *, nullable: bool | None) -> Any:
    if isinstance(now, tuple | frozenset | dict):
        return type(now)()
    return None if nullable else ""


def _leads(column: "sa.Column[Any]", by: str) -> Any:
    if by == "mentions":
        return mentions(column, by)
    if column.table is search_docs:
        return sa.and_(OF_ANY_KIND, among(column, by))
    if column.table is tables.event_words and by == "tickets":
        of = sa.select(tables.events.c.id).where(among(tables.events.c.ticket, by))
        return column.in_(of)
    return among(column, by)


class mentions(ColumnElement[Any]):  # noqa: N801 - reads as an operator, as `among` does
    """A text that holds one of the ids of a JSON list somewhere inside."""

    inherit_cache = True
    type: Any = sa.types.NullType()

    def __init__(self, column: Any, name: str) -> None:
        self.column = column
        self.list = sa.bindparam(name, type_=sa.Text)


@compiles(mentions, "sqlite")
def _mentions_sqlite(element: mentions, compiler: Any, **kw: Any) -> str:
    column, ids = compiler.process(element.column, **kw), compiler.process(element.list, **kw)
    return f"EXISTS (SELECT 1 FROM json_each({ids}) AS m WHERE instr({column}, m.value) > 0)"  # noqa: S608 - compiled


@compiles(mentions, "postgresql")
def _mentions_postgres(element: mentions, compiler: Any, **kw: Any) -> str:
    column, ids = compiler.process(element.column, **kw), compiler.process(element.list, **kw)
    listed = f"SELECT 1 FROM jsonb_array_elements_text(CAST({ids} AS jsonb)) AS m"  # noqa: S608 - compiled
    return f"EXISTS ({listed} WHERE strpos({column}, m) > 0)"
