"""What is known of contents, looked up by whoever keeps files and by whoever opens them."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_core.model.check import Health, Judged, Verdict
from crm_core.model.view import maybe_instant
from crm_core.store.compiled import among
from crm_core.store.tables import unchecked, verdicts
from crm_core.store.tx import Read, Row, listed

HEALTH = "virus scanner"
"""The setting under which it stands how the scanner does."""

_VERDICTS = sa.select(verdicts).where(among(verdicts.c.digest, "digests"))
_WAITS = sa.select(unchecked.c.file).where(unchecked.c.digest == sa.bindparam("digest", type_=sa.Text)).limit(1)


async def verdicts_of(read: Read, digests: Iterable[str]) -> dict[str, Verdict]:
    """What is known already of some contents; asks nothing where there are none."""
    wanted = frozenset(digests)
    if not wanted:
        return {}
    return {row["digest"]: verdict_in(row) for row in await read.all(_VERDICTS, digests=listed(wanted))}


async def waits(read: Read, digest: str) -> bool:
    """Whether a file of this content waits for the scanner."""
    return await read.one(_WAITS, digest=digest) is not None


def verdict_in(row: Row) -> Verdict:
    """From a row of `verdicts`."""
    return Verdict(row["digest"], Judged(row["judged"]), row["found"])


def written(health: Health) -> str:
    """As JSON, for the setting HEALTH."""
    times = {name: maybe_instant(getattr(health, name)) for name in ("heard_at", "since", "signatures")}
    return json.dumps({**times, "version": health.version})


def health_in(text: str) -> Health:
    """What `written` wrote."""
    said = json.loads(text)
    return Health(_at(said, "heard_at"), _at(said, "since"), said["version"], _at(said, "signatures"))


def _at(said: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(said[name]) if said[name] else None
