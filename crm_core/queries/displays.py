"""Which displays still see the board."""

from crm_core.queries.setup import setting
from crm_core.store.tx import Read

EPOCH = "wall epoch"
"""The setting that all displays are shut by: those of an earlier one see nothing."""


async def epoch(read: Read) -> int:
    """The one that counts now."""
    await read.permit(to="board")
    return int(await setting(read, EPOCH) or 1)
