"""Displays on a wall: who lets one see the board's figures is on record, and all of them can be shut at once."""

import sqlalchemy as sa

from crm_core.actions.housekeeping import keep_setting
from crm_core.model.board import DISPLAY_EPOCH
from crm_core.model.errors import Forbidden
from crm_core.model.event_house import TokenMade, TokenRevoked
from crm_core.store.tables import settings
from crm_core.store.tx import Tx

WALL = "wall display"
"""What the audit calls them."""

_EPOCH = sa.select(settings.c.value).where(settings.c.name == sa.literal_column(f"'{DISPLAY_EPOCH}'"))


async def open_display(tx: Tx) -> int:
    """One more may see the figures; the epoch that its token is signed for."""
    asking = await tx.permit(to="board")
    if asking is None:
        raise Forbidden("Only a person lets a display in.")
    tx.emit(TokenMade(agent=asking.id, detail=WALL))
    return await _epoch(tx)


async def shut_displays(tx: Tx) -> None:
    """None of those that were let in until now sees anything any more."""
    asking = await tx.permit(to="board")
    if asking is None:
        raise Forbidden("Only a person shuts displays out.")
    await keep_setting(tx, DISPLAY_EPOCH, value=str(await _epoch(tx) + 1))
    tx.emit(TokenRevoked(agent=asking.id, detail=WALL))


async def _epoch(tx: Tx) -> int:
    row = await tx.one(_EPOCH)
    return 1 if row is None else int(row[0])
