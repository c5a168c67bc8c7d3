"""What wires in quarantine can be found by: kept with them, gone when they are read or forgotten."""

from collections.abc import Sequence

from crm_core.model.ids import WireId
from crm_core.store import personal
from crm_core.store.tx import Tx, listed
from crm_core.store.unread import ADD


async def keep_terms(tx: Tx, wire: WireId, *, terms: Sequence[str]) -> None:
    """In the transaction that keeps the wire."""
    await tx.change(ADD, wire=wire, terms=listed(dict.fromkeys(terms)))


async def drop_terms(tx: Tx, wire: WireId) -> None:
    """It is a message now, and is found as one."""
    await tx.change(personal.forget("wire_terms", "wires"), wires=listed([wire]))
