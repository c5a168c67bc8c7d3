"""SQLAlchemy statements compiled once and run on the bare driver.

SQLAlchemy is the language for tables and statements; executing through it costs eight
times more per select than the driver alone. A statement must live as long as the
process (built at import, or by a cached function): it is remembered by identity.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ClauseElement, ColumnElement


@dataclass(frozen=True, slots=True)
class Prepared:
    """SQL text with the names of its parameters in order, and the constants among them.

    `sizes` are those that stand in the text itself (see `_SizesInTheText`); `written` remembers the text of each.
    """

    sql: str
    order: tuple[str, ...]
    fixed: dict[str, Any]
    statement: Any
    sizes: tuple[str, ...] = ()
    written: dict[tuple[int, ...], str] = field(default_factory=dict)

    @property
    def locks(self) -> bool:
        """Whether it holds rows that it reads until the end of the transaction."""
        return "FOR UPDATE" in self.sql

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The driver's positional arguments. Raises KeyError for a value not given."""
        fixed = self.fixed
        return [values[name] if name in values else fixed[name] for name in self.order]

    def text(self, values: dict[str, Any]) -> str:
        """The SQL for these values: the same object for the same sizes. Raises KeyError for a size not given."""
        if not self.sizes:
            return self.sql
        numbers = tuple(int(values[name]) for name in self.sizes)
        made = self.written.get(numbers)
        if made is None:
            made = self.written[numbers] = _with_sizes(self.sql, dict(zip(self.sizes, numbers, strict=True)))
        return made


@dataclass(slots=True)
class Compiler:
    """Compiles for one dialect and remembers; shared by all transactions of all stores of a process."""

    dialect: Dialect
    memo: dict[int, Prepared] = field(default_factory=dict)

    def get(self, statement: Any) -> Prepared:
        """The compiled form of a statement that lives as long as the process."""
        hit = self.memo.get(id(statement))
        if hit is None:
            compiled = statement.compile(dialect=self.dialect)
            fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
            in_text = {compiled.bind_names[bind] for bind in compiled.literal_execute_params}
            sql = _with_sizes(str(compiled), {name: fixed[name] for name in in_text & fixed.keys()})
            order = tuple(name for name in compiled.positiontup or () if name not in in_text)
            hit = Prepared(sql, order, fixed, statement, tuple(sorted(in_text - fixed.keys())))
            self.memo[id(statement)] = hit
        return hit


@cache
def sqlite_compiler() -> Compiler:
    """For the standard library's `sqlite3`: one for the process, as its statements live as long."""
    return Compiler(SQLiteDialect_pysqlite(paramstyle="qmark"))


@cache
def postgres_compiler() -> Compiler:
    """For asyncpg; one for the process, too."""
    dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
    dialect.statement_compiler = _SizesInTheText
    return Compiler(dialect)


class _SizesInTheText(PGCompiler_asyncpg):
    """Writes how many rows are wanted into the statement's text.

    PostgreSQL keeps a plan only if it looks no dearer than one made anew for the values at hand. One that
    does not know how many rows are wanted reckons with a tenth of the table, so each call was planned anew:
    a supervisor's list in 33 ms, for 1.5 of walking.
    """

    def limit_clause(self, select: Any, **kw: Any) -> str:
        """`LIMIT` and `OFFSET` with their numbers."""
        clauses = (("LIMIT", select._limit_clause), ("OFFSET", select._offset_clause))  # noqa: SLF001 - SQLAlchemy has no other
        return "".join(
            f"\n {word} {self.process(_in_text(clause), **kw)}" for word, clause in clauses if clause is not None
        )


def _in_text(clause: Any) -> Any:
    return clause.render_literal_execute() if isinstance(clause, sa.BindParameter) else clause


def _with_sizes(sql: str, sizes: dict[str, int]) -> str:
    for name, number in sizes.items():
        sql = sql.replace(f"__[POSTCOMPILE_{name}]", str(int(number)))
    return sql


class Either(Executable, ClauseElement):
    """One statement in two spellings, for what each database's planner runs well."""

    inherit_cache = False

    def __init__(self, *, sqlite: Any, postgres: Any) -> None:
        self.sqlite = sqlite
        self.postgres = postgres


@compiles(Either, "sqlite")
def _either_sqlite(element: Either, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.sqlite, **kw))


@compiles(Either, "postgresql")
def _either_postgres(element: Either, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.postgres, **kw))


class among(ColumnElement[Any]):  # noqa: N801 - reads as an operator: where(among(tickets.c.queue, "queues"))
    """`column IN (the JSON list given as this parameter)`: one statement for any number of values."""

    inherit_cache = True
    type: Any = sa.types.NullType()  # a Boolean would be compared with 1 on SQLite

    def __init__(self, column: Any, name: str) -> None:
        self.column = column
        self.list = sa.bindparam(name, type_=sa.Text)


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: Any, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.list, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both were compiled by SQLAlchemy


@compiles(among, "postgresql")
def _among_postgres(element: among, compiler: Any, **kw: Any) -> str:
    listed = f"SELECT jsonb_array_elements_text(CAST({compiler.process(element.list, **kw)} AS jsonb))"
    return f"{compiler.process(element.column, **kw)} = ANY (ARRAY({listed}))"
