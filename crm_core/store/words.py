"""The index of words: what a search asks, spelled for each database; `rules/search.py` makes the words.

On SQLite an FTS5 table that keeps no text (to take a thing out its old words are said
again), on PostgreSQL a `tsvector` beside a GIN index, without any extension. Terms are
words already: neither database may cut, fold or stem them a second time. These tables
stand in a metadata of their own, because the FTS5 table cannot be described as columns.
"""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ClauseElement, ColumnElement

from crm_core.rules.search import ANSWER, CUSTOMER, MESSAGE, TICKET
from crm_core.store.tables.base import one_of

PREFIX = "search_"
"""How the index's tables are called; what the FTS5 table needs behind itself too."""

search_docs = sa.Table(
    "search_docs",
    sa.MetaData(),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("ticket", sa.Text),
    sa.Column("customer", sa.Text),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("words", sa.Text),
    sa.UniqueConstraint("kind", "id"),
)
"""What can be found. `seq` is its place: larger is newer. `words` are kept where they may change."""

OF_ANY_KIND = one_of(search_docs.c.kind, (ANSWER, CUSTOMER, MESSAGE, TICKET))
"""For who knows an id alone: the index begins with the kind."""

_TYPES: dict[str, Any] = {"below": sa.BigInteger, "portion": sa.BigInteger, "back": sa.BigInteger}
_SIZES = frozenset({"portion", "back"})
"""What stands in the text itself on PostgreSQL, as every limit does (`compiled._SizesInTheText`)."""


class Spelled(Executable, ClauseElement):
    """A statement that each database spells in its own way."""

    inherit_cache = False

    def __init__(self, *, sqlite: str, postgres: str, names: tuple[str, ...]) -> None:
        binds = [sa.bindparam(name, type_=_TYPES.get(name, sa.Text)) for name in names]
        self.sqlite = sa.text(sqlite).bindparams(*(bind for bind in binds if f":{bind.key}" in sqlite))
        sized = [bind.render_literal_execute() if bind.key in _SIZES else bind for bind in binds]
        self.postgres = sa.text(postgres).bindparams(*(bind for bind in sized if f":{bind.key}" in postgres))


@compiles(Spelled, "sqlite")
def _on_sqlite(element: Spelled, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.sqlite, **kw))


@compiles(Spelled, "postgresql")
def _on_postgres(element: Spelled, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.postgres, **kw))


NEWEST = Spelled(
    sqlite="SELECT rowid AS seq, 1 AS near FROM search_words"
    " WHERE search_words MATCH :fts AND rowid < :below ORDER BY rowid DESC LIMIT :portion",
    # The index of words knows no order: a frequent word is found by walking back a little, any other by the index.
    # Which is not left to the planner, whose guess may walk back to the beginning for a rare word. Each step back reads
    # the words of a thing: a thousand steps cost more than any rare word does by the index. Both `seq + 0` keep the index
    # of places out of it: a plan that is kept knows neither value, and would mark all places below one first (50 ms of a million).
    postgres="WITH recent AS MATERIALIZED (SELECT seq FROM"
    " (SELECT seq, words FROM search_words WHERE seq < :below ORDER BY seq DESC LIMIT :back) AS newest"
    " WHERE words @@ CAST(:tsquery AS tsquery) LIMIT :portion),"
    " enough AS MATERIALIZED (SELECT count(*) >= :portion AS yes FROM recent)"
    " SELECT seq, true AS near FROM recent WHERE (SELECT yes FROM enough)"
    " UNION ALL SELECT seq, false AS near FROM (SELECT seq FROM search_words WHERE words @@ CAST(:tsquery AS tsquery)"
    " AND seq + 0 < :below ORDER BY seq + 0 DESC LIMIT :portion) AS every WHERE NOT (SELECT yes FROM enough)",
    names=("fts", "tsquery", "below", "portion", "back"),
)
"""Places of the newest `portion` of what has the words (see `matching`) and stands below a place.

`back` is how many places are walked back before the index is asked, and `near` says whether that was enough.
"""

STEPS_BACK = 12
"""Steps back for each place that is wanted. Of a word that is not found so often, the next portion is not either."""


class placed(ColumnElement[Any]):  # noqa: N801 - reads as an operator: where(placed("places"))
    """A condition on `search_docs`: to stand at one of the places given as this parameter, a JSON list."""

    inherit_cache = True
    type: Any = sa.types.NullType()

    def __init__(self, name: str) -> None:
        self.list = sa.bindparam(name, type_=sa.Text)


@compiles(placed, "sqlite")
def _placed_sqlite(element: placed, compiler: Any, **kw: Any) -> str:
    places = compiler.process(element.list, **kw)
    return f"search_docs.seq IN (SELECT value FROM json_each({places}))"  # noqa: S608 - compiled by SQLAlchemy


@compiles(placed, "postgresql")
def _placed_postgres(element: placed, compiler: Any, **kw: Any) -> str:
    places = f"jsonb_array_elements_text(CAST({compiler.process(element.list, **kw)} AS jsonb))"
    return f"search_docs.seq = ANY (ARRAY(SELECT CAST({places} AS bigint)))"


ADD = Spelled(
    sqlite="INSERT INTO search_words(rowid, words)"
    " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:rows)",
    postgres="INSERT INTO search_words(seq, words)"
    " SELECT (r ->> 0)::bigint, (r ->> 1)::tsvector FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS r",
    names=("rows",),
)
REMOVE = Spelled(
    sqlite="INSERT INTO search_words(search_words, rowid, words)"
    " SELECT 'delete', json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:rows)",
    postgres="DELETE FROM search_words WHERE seq IN"
    " (SELECT (r ->> 0)::bigint FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS r)",
    names=("rows",),
)


def rows(places: Iterable[tuple[int, str]]) -> str:
    """The parameter of ADD and REMOVE: places with their words. In order, for FTS5 writes out whenever it must go back."""
    return json.dumps(sorted(places), ensure_ascii=False)


def matching(ways: Iterable[Iterable[str]], *, kind: str | None, begun: str | None) -> dict[str, str]:
    """The parameters of NEWEST: all terms of any one way, `begun` being the beginning of a word, of this kind.

    Terms hold neither quotes nor spaces nor backslashes: they are letters, digits and marks.
    """
    common = [] if kind is None else [(kind, False)]
    if begun is not None:
        common.append((begun, True))
    groups = [[*((term, False) for term in way), *common] for way in ways]
    return {
        "fts": " OR ".join("(" + " AND ".join(_fts(*term) for term in group) + ")" for group in groups),
        "tsquery": " | ".join("(" + " & ".join(_tsquery(*term) for term in group) + ")" for group in groups),
    }


def _fts(term: str, begins: bool) -> str:  # noqa: FBT001
    return f'"{term}"*' if begins else f'"{term}"'


def _tsquery(term: str, begins: bool) -> str:  # noqa: FBT001
    return f"'{term}':*" if begins else f"'{term}'"
