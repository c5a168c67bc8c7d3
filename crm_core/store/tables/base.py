"""What all tables share. Columns are plain text, integers and bytes, on both databases.

Times are integer microseconds since 1970 UTC, truth values are 0 or 1, lists and
mappings are JSON text: a statement compiled once then runs on either driver with no
type processing (see `WRITE_PATH` in the docs' decisions: eight times faster per select).
"""

from collections.abc import Iterable

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text_column(name: str, *, null: bool = False, key: bool = False) -> "sa.Column[str]":
    """A text, an id, or JSON."""
    return sa.Column(name, sa.Text, nullable=null, primary_key=key)


def int_column(name: str, *, null: bool = False, key: bool = False) -> "sa.Column[int]":
    """A number, a truth value, or a time in microseconds."""
    return sa.Column(name, sa.BigInteger, nullable=null, primary_key=key, autoincrement=False)


def bytes_column(name: str, *, null: bool = False) -> "sa.Column[bytes]":
    """Content as it came."""
    return sa.Column(name, sa.LargeBinary, nullable=null)


def one_of(column: "sa.Column[str]", states: Iterable[str]) -> "sa.ColumnElement[bool]":
    """One of these, said as a partial index says it: SQLite takes such an index only for its own condition, word for word."""
    return column.in_([sa.literal_column(f"'{state}'") for state in states])


def not_over(column: "sa.Column[str]", states: Iterable[str], *, end: str) -> "sa.ColumnElement[bool]":
    """Everything but the end, for rows whose indexes keep `<> end`. Whatever asks for fewer states says this too.

    PostgreSQL concludes from *queued* that it is not *done*; SQLite does not, and would read all rows there ever were.
    The states by name are what it looks up: without statistics it would rather walk the table than the whole index.
    """
    return sa.and_(column != sa.literal_column(f"'{end}'"), one_of(column, (one for one in states if one != end)))


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index of just the rows that still want something; it stays small however long the history."""
    kept = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=kept, postgresql_where=kept)
