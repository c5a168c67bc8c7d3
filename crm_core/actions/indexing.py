"""The search index, kept behind the record: a portion and how far it brought us in one transaction.

Housekeeping: everything in it can be made again from the record. Nothing is indexed
twice, whatever runs twice; whoever was faster is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crm_core.actions.housekeeping import move_cursor
from crm_core.model.ids import TicketId
from crm_core.rules.search import Doc
from crm_core.store import words
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import cursors, messages
from crm_core.store.tx import Tx, listed
from crm_core.store.words import OF_ANY_KIND, search_docs

_text, _big = sa.Text, sa.BigInteger
_CURSOR = sa.select(cursors.c.value).where(cursors.c.name == sa.bindparam("name", type_=_text)).with_for_update()
_KNOWN = sa.select(search_docs).where(OF_ANY_KIND, among(search_docs.c.id, "ids"))
_ENDS = sa.select(
    sa.select(sa.func.min(search_docs.c.seq)).scalar_subquery(),
    sa.select(sa.func.max(search_docs.c.seq)).scalar_subquery(),
)
"""Two questions: SQLite answers each by one look, and both in one by reading all."""
_CHANGE = (
    sa.update(search_docs)
    .where(search_docs.c.seq == sa.bindparam("key_seq", type_=_big))
    .values(words=sa.bindparam("new_words", type_=_text))
)
_FOLLOW = (
    sa.update(search_docs)
    .where(search_docs.c.ticket == sa.bindparam("key_ticket", type_=_text), search_docs.c.kind == "message")
    .values(ticket=sa.select(messages.c.ticket).where(messages.c.id == search_docs.c.id).scalar_subquery())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What to index: `fresh` above everything, `past` (newest first) below, and whose messages moved.

    It holds only while the cursor still is `since`.
    """

    name: str
    since: str | None
    to: str
    fresh: Sequence[Doc]
    past: Sequence[Doc]
    merged: Sequence[TicketId] = ()


async def index_some(tx: Tx, portion: Portion) -> bool:
    """Index a portion; False, changing nothing, where the index has moved on since it was read."""
    await tx.permit(to="index")
    row = await tx.one(_CURSOR, name=portion.name)
    if (None if row is None else row[0]) != portion.since:
        return False
    fresh, past = _once(portion.fresh), _once(portion.past)
    ids = listed({id for _, id in (*fresh, *past)})
    known = {(row["kind"], row["id"]): row for row in await tx.all(_KNOWN, ids=ids)} if fresh or past else {}
    await _change(tx, [(known[key], doc) for key, doc in {**past, **fresh}.items() if key in known])
    above = [doc for key, doc in fresh.items() if key not in known]
    below = [doc for key, doc in past.items() if key not in known and key not in fresh]
    if above or below:
        await _add(tx, above, below=below)
    for ticket in portion.merged:
        await tx.change(_FOLLOW, key_ticket=ticket)
    await move_cursor(tx, portion.name, to=portion.to)
    return True


async def _change(tx: Tx, known: list[tuple[Any, Doc]]) -> None:
    """Things that are indexed and may have got other words keep their place."""
    changed = [(row, doc) for row, doc in known if doc.changes and row["words"] != doc.words]
    if not changed:
        return
    for row, doc in changed:
        await tx.change(_CHANGE, key_seq=row["seq"], new_words=doc.words)
    await tx.change(words.REMOVE, rows=words.rows((row["seq"], row["words"]) for row, _ in changed))
    await tx.change(words.ADD, rows=words.rows((row["seq"], doc.words) for row, doc in changed))


async def _add(tx: Tx, above: list[Doc], *, below: list[Doc]) -> None:
    """News on top of everything, history under everything: the order of places is the order of time."""
    ends = await tx.one(_ENDS)
    lowest, highest = (ends[0] or 0, ends[1] or 0) if ends is not None else (0, 0)
    placed = [
        *enumerate(above, start=highest + 1),
        *zip(range(lowest - 1, lowest - 1 - len(below), -1), below, strict=True),
    ]
    for seq, doc in placed:
        tx.insert(
            search_docs,
            seq=seq,
            kind=doc.kind,
            id=doc.id,
            ticket=doc.ticket,
            customer=doc.customer,
            created_at=micros(doc.created_at),
            words=doc.words if doc.changes else None,
        )
    await tx.change(words.ADD, rows=words.rows((seq, doc.words) for seq, doc in placed))


def _once(docs: Sequence[Doc]) -> dict[tuple[str, str], Doc]:
    return {(doc.kind, doc.id): doc for doc in docs}
