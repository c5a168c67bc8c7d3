"""`onestop erase`: forgets a person, and (`--finish`) makes sure that no byte of the database remembers them."""

import asyncio
import sys
from pathlib import Path

from config.settings import Settings
from crm_core.actions import erasing
from crm_core.model.actor import Actor
from crm_core.model.ids import CustomerId
from crm_core.model.privacy import Erasure, ErasureReason
from crm_core.queries import privacy
from gateway.files import FileStore
from gateway.wiring import AnyDesk, compact, open_record
from gateway.workers.archivist import forget_all, shred_all
from gateway.workers.teller import clear_exports

OPERATOR = Actor.worker("operator")


async def erase(settings: Settings, customer: str | None, *, reason: str, reference: str) -> int:
    """Forget somebody; without a customer, say who was forgotten and what is still to be finished."""
    async with open_record(settings) as desk:
        if customer is None:
            return await _list(desk)
        made = await desk.do(
            OPERATOR, erasing.erase, CustomerId(customer), reason=ErasureReason(reason), reference=reference
        )
        await _forget(desk, settings)
    print(f"Erasure {made.id}: no reader finds anything of {customer} any more.")
    print("Make the bytes of the database forget, too: onestop erase --finish")
    return 0


async def finish(settings: Settings) -> int:
    """Everything that was begun is ended, the database written anew, and the backups named that still remember."""
    async with open_record(settings) as desk:
        await _forget(desk, settings)
        waiting = await _unfinished(desk)
        if not waiting:
            print("There is nobody to be forgotten.")
            return 0
        await compact(settings, say=_say)
        await desk.do(OPERATOR, erasing.finish, [one.id for one in waiting])
        for one in waiting:
            print(f"Erasure {one.id} of {one.at:%Y-%m-%d}: nothing of customer {one.customer} is left in the database.")
            for backup in await desk.ask(OPERATOR, privacy.backups_since, one):
                gone = "" if await asyncio.to_thread(Path(backup.file).exists) else " (not there any more)"
                print(f"  still in the backup {backup.file} of {backup.made_at:%Y-%m-%d %H:%M}{gone}")
    return 0


async def _forget(desk: AnyDesk, settings: Settings) -> None:
    portions = await forget_all(desk, actor=OPERATOR)
    await clear_exports(desk, settings.data_dir, actor=OPERATOR)
    gone = await shred_all(desk, FileStore(settings.data_dir / "files"), actor=OPERATOR)
    if portions or gone:
        _say(f"{portions} portions forgotten, {gone} files shredded.")


async def _unfinished(desk: AnyDesk) -> list[Erasure]:
    found: list[Erasure] = []
    while more := await desk.ask(OPERATOR, privacy.unfinished, after=found[-1].id if found else ""):
        found += more
    return found


async def _list(desk: AnyDesk) -> int:
    waiting = await _unfinished(desk)
    for one in waiting:
        print(f"{one.id}  {one.at:%Y-%m-%d %H:%M}  customer {one.customer}  {one.reason}  {one.stage}")
    print(f"{len(waiting)} erasures wait for `onestop erase --finish`.")
    return 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
