"""Asked twice, done once: the answer to a keyed request is kept in the transaction that made it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from crm_core.model.errors import BadInput, Problem
from crm_core.store.maps.codec import micros
from crm_core.store.tables import allowances, files, idempotency, links, sessions
from crm_core.store.tx import Tx

T = TypeVar("T")
KEPT_FOR = timedelta(hours=24)
COUNTED_FOR = timedelta(days=2)
"""So long a counter may still say something: the longest counts for a day."""

_text, _big = sa.Text, sa.BigInteger
_KEPT = sa.select(idempotency).where(
    idempotency.c.actor == sa.bindparam("actor", type_=_text), idempotency.c.key == sa.bindparam("key", type_=_text)
)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The client's own name for a request, and a digest of what it asked."""

    key: str
    request: str


async def once(tx: Tx, key: RequestKey, act: Callable[[Tx], Awaitable[T]], *, show: Callable[[T], Any]) -> Any:
    """Act and keep what is shown; the same key again is answered from that, whatever happened since.

    A refusal is not kept: trying again may succeed. Raises BadInput where the key came
    with another request. The key is the actor's own: nobody reads another's answer by it.
    """
    row = await tx.one(_KEPT, actor=tx.actor.id, key=key.key)
    if row is not None:
        if row["request"] != key.request:
            raise BadInput(Problem("Idempotency-Key", "This key came with another request before. Use a new one."))
        return json.loads(row["answer"])
    answer = show(await act(tx))
    tx.insert(
        idempotency,
        actor=tx.actor.id,
        key=key.key,
        request=key.request,
        status=200,
        answer=json.dumps(answer, ensure_ascii=False, separators=(",", ":")),
        created_at=micros(tx.now),
    )
    return answer


_OLD_KEYS = sa.delete(idempotency).where(idempotency.c.created_at < sa.bindparam("key_before", type_=_big))
_OLD_SESSIONS = sa.delete(sessions).where(sessions.c.expires_at < sa.bindparam("key_now", type_=_big))
_OLD_LINKS = sa.delete(links).where(links.c.expires_at < sa.bindparam("key_before", type_=_big))
_OLD_UPLOADS = sa.delete(files).where(
    files.c.ticket.is_(None), files.c.created_at < sa.bindparam("key_before", type_=_big)
)
_OLD_ALLOWANCES = sa.delete(allowances).where(allowances.c.last_at < sa.bindparam("key_before", type_=_big))


async def sweep(tx: Tx) -> None:
    """Forget what has run out: answers kept for keys, sessions, links, uploads that were never sent."""
    await tx.permit(to="session")
    before = micros(tx.now - KEPT_FOR)
    await tx.change(_OLD_KEYS, key_before=before)
    await tx.change(_OLD_SESSIONS, key_now=micros(tx.now))
    await tx.change(_OLD_LINKS, key_before=before)
    await tx.change(_OLD_UPLOADS, key_before=before)
    await tx.change(_OLD_ALLOWANCES, key_before=micros(tx.now - COUNTED_FOR))
