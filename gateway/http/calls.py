"""How it stands with providers that call us: when each inbox was last called well, and whether somebody called who is not who they say.

It is noted beside what the calls bring, at most every half minute for each inbox.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from channels.contract import Wire
from crm_core.actions import app_keys, housekeeping
from crm_core.model.errors import Refusal
from crm_core.model.ids import AppKeyId, InboxId
from crm_core.model.inbox import Source
from gateway.house import GATEWAY, Door
from gateway.http.surroundings import Surroundings
from gateway.http.who import digest

NOTED_EVERY = timedelta(seconds=30)
USED_EVERY = timedelta(minutes=1)

_FORGED = {
    "en": "A call was refused: it was not signed by the provider. If it was theirs, the secret set here is not the one that they sign with.",
    "zh": "拒绝了一次呼叫：签名不是服务商的。如果确实来自服务商，说明此处的密钥与其签名所用的不一致。",
}


class Calls:
    """What this process noted last of each inbox."""

    def __init__(self) -> None:
        self._noted: dict[tuple[InboxId, bool], datetime] = {}
        self._used: dict[AppKeyId, datetime] = {}

    async def well(self, door: Door, house: Surroundings) -> None:
        """Its provider called, and was believed."""
        if self._is_news(door, house, well=True):
            with suppress(Refusal):
                await house.desk.do(GATEWAY, housekeeping.note_source, door.inbox.id, Source(heard_at=house.clock()))

    async def refused(self, door: Door, house: Surroundings) -> None:
        """Somebody called, and was not."""
        if self._is_news(door, house, well=False):
            with suppress(Refusal):
                await house.desk.do(GATEWAY, housekeeping.note_refused, door.inbox.id, _FORGED)

    async def used(self, door: Door, wire: Wire, house: Surroundings) -> None:
        """A program of others filed with its key."""
        brought = door.type.key_of(wire) if door.type.key_of is not None else ""
        key = door.opening.keys.get(digest(brought)) if brought else None
        at, now = self._used.get(key) if key is not None else None, house.clock()
        if key is None or (at is not None and now - at < USED_EVERY):
            return
        self._used[key] = now
        with suppress(Refusal):
            await house.desk.do(GATEWAY, app_keys.touch_key, key)

    def _is_news(self, door: Door, house: Surroundings, *, well: bool) -> bool:
        """Where a listener looks after the inbox, it says how it stands."""
        if door.type.listener is not None:
            return False
        at, now = self._noted.get((door.inbox.id, well)), house.clock()
        if at is not None and now - at < NOTED_EVERY:
            return False
        self._noted[door.inbox.id, well] = now
        if not well:
            self._noted.pop((door.inbox.id, True), None)  # the next good call is news again
        return True
