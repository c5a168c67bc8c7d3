"""The whole record as it is, and what must be true of it whatever failed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crm_core.model.actor import Actor
from crm_core.queries import chain
from crm_core.rules import audit
from crm_core.rules.audit import Broken
from crm_core.store.tables import metadata
from gateway.files import FileStore
from tests.world import IMPORTER, World

OPERATOR = Actor.worker("operator")
_ROWS = {table.name: sa.select(table) for table in metadata.sorted_tables}

_NEVER = {
    "a ticket without a message, unless it was merged": (
        "SELECT id FROM tickets t WHERE related IS NULL AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.ticket = t.id)"
    ),
    "a ticket without a strand, unless it was merged": (
        "SELECT id FROM tickets t WHERE related IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.ticket = t.id)"
    ),
    "a message from outside without its raw wire": (
        "SELECT id FROM messages m WHERE direction = 'in'"
        " AND NOT EXISTS (SELECT 1 FROM wires w WHERE w.id = m.wire AND w.state = 'read')"
    ),
    "a message of no ticket": (
        "SELECT id FROM messages m WHERE NOT EXISTS (SELECT 1 FROM tickets t WHERE t.id = m.ticket)"
    ),
    "a customer whom nobody can reach": (
        "SELECT id FROM customers c WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.customer = c.id)"
    ),
    "a file without its content": (
        "SELECT id FROM files f WHERE NOT EXISTS (SELECT 1 FROM blobs b WHERE b.digest = f.digest)"
    ),
    "work for no ticket": "SELECT id FROM work w WHERE NOT EXISTS (SELECT 1 FROM tickets t WHERE t.id = w.ticket)",
    "a change that no event tells of": (
        "SELECT id FROM tickets t WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.ticket = t.id)"
    ),
    "the same mail twice": (
        "SELECT external_id FROM messages WHERE external_id IS NOT NULL GROUP BY external_id HAVING count(*) > 1"
    ),
}
_QUESTIONS = {what: sa.text(sql) for what, sql in _NEVER.items()}
_AS_FILES = sa.text("SELECT digest FROM blobs WHERE stored_as_file = 1")


async def whole(world: World) -> dict[str, list[str]]:
    """Every row of every table."""

    async def read(tx: Any) -> dict[str, list[str]]:
        return {name: sorted(str(tuple(row)) for row in await tx.all(rows)) for name, rows in _ROWS.items()}

    return await world.desk.ask(IMPORTER, read)


async def faults(world: World, files: FileStore) -> list[str]:
    """What is wrong with the record, in words; nothing, after whatever failed."""

    async def read(tx: Any) -> list[str]:
        found = [f"{what}: {row[0]}" for what, sql in _QUESTIONS.items() for row in await tx.all(sql)]
        lost = [row[0] for row in await tx.all(_AS_FILES) if not files.path(row[0]).exists()]
        return found + [f"a content that is nowhere: {digest}" for digest in lost]

    await world.number()
    broken = audit.verify(iter(await world.desk.ask(OPERATOR, chain.links, after=0, limit=100_000)), anchor=None)
    return await world.desk.ask(IMPORTER, read) + ([str(broken)] if isinstance(broken, Broken) else [])
