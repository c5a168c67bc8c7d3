"""Which displays still see the board."""

from crm_core.model.board import DISPLAY_EPOCH
from crm_core.store.settings import setting
from crm_core.store.tx import Read


async def epoch(read: Read) -> int:
    """The one that counts now."""
    await read.permit(to="board")
    return int(await setting(read, DISPLAY_EPOCH) or 1)
