"""What is in the record, counted behind the product's back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.stories.service import Service

_INBOUND = "SELECT count(*) FROM messages WHERE direction = 'in'"
_QUARANTINED = "SELECT count(*) FROM wires WHERE state = 'quarantined'"
_IDS = "SELECT external_id FROM messages WHERE direction = 'in'"
_DIGESTS = "SELECT digest FROM wires WHERE state = 'quarantined'"
_SUBJECTS = "SELECT subject FROM messages WHERE direction = 'in'"


@dataclass(frozen=True)
class Counts:
    """How many messages came in, and how many wires could not be read."""

    messages: int
    quarantined: int


async def counts(service: Service) -> Counts:
    """Both, as the database has them."""
    [[messages], [quarantined]] = [await _rows(service, query) for query in (_INBOUND, _QUARANTINED)]
    return Counts(int(messages[0]), int(quarantined[0]))


async def subjects(service: Service) -> list[str]:
    """Those of all messages that came in."""
    return [str(row[0]) for row in await _rows(service, _SUBJECTS)]


async def external_ids(service: Service) -> set[str]:
    """Those of all messages that came in."""
    return {str(row[0]) for row in await _rows(service, _IDS)}


async def quarantined_digests(service: Service) -> set[str]:
    """SHA-256 of each wire that could not be read."""
    return {str(row[0]) for row in await _rows(service, _DIGESTS)}


async def _rows(service: Service, query: str) -> list[tuple[Any, ...]]:
    if not service.database_url:
        with closing(sqlite3.connect(service.folder / "var" / "onestop.db")) as raw:
            return list(raw.execute(query).fetchall())
    connection = await asyncpg.connect(service.database_url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()
