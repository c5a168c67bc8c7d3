"""What the house wants of its live contacts, by which the board and its alerts judge."""

import json
from dataclasses import replace

from crm_core.actions.housekeeping import keep_setting
from crm_core.model.board import AIMS, Aims
from crm_core.model.errors import BadInput, Problem, Stale
from crm_core.model.event_house import AimsChanged
from crm_core.store.settings import setting
from crm_core.store.tx import Tx


async def set_aims(tx: Tx, wanted: Aims, *, seen_version: int | None = None) -> Aims:
    """From now on these hold, whatever version they say. Raises Stale where somebody else changed them meanwhile."""
    await tx.permit(to="profile")
    before = Aims.read(await setting(tx, AIMS))
    if seen_version is not None and seen_version != before.version:
        raise Stale("Somebody else changed the aims.", version=before.version)
    if wanted.longest < wanted.within:
        raise BadInput(Problem("longest", "The longest wait is not shorter than the aim.", code="longest"))
    if replace(wanted, version=before.version) == before:
        return before
    changed = replace(wanted, version=before.version + 1)
    await keep_setting(tx, AIMS, value=json.dumps(changed.shown()))
    tx.emit(AimsChanged(aims=changed))
    return changed
