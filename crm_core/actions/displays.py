"""Displays on a wall: who lets one see the board's figures is on record, and all of them can be shut at once."""

from crm_core.actions.housekeeping import keep_setting
from crm_core.model.board import DISPLAY_EPOCH
from crm_core.model.errors import Forbidden
from crm_core.model.event_house import TokenMade, TokenRevoked
from crm_core.store.settings import setting
from crm_core.store.tx import Tx

WALL = "wall display"
"""What the audit calls them."""


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
    return int(await setting(tx, DISPLAY_EPOCH) or 1)
