"""A channel that is fetched, for tests: a well from which notes are drawn one after another, each once it is committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from channels.contract import (
    Bearings,
    ChannelType,
    Cursor,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Take,
    Unavailable,
    Unreadable,
    Wire,
)
from crm_core.model.address import Address
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Delivery, Inbound, Outbound, Receipt


@dataclass(frozen=True, slots=True)
class WellSettings:
    """Which well; an empty name is one that is not drawn from."""

    well: str = "deep"


@dataclass
class Water:
    """What stands in one well, and who drew from it."""

    notes: list[str] = field(default_factory=list)
    dry: str | None = None
    begun: list[str | None] = field(default_factory=list)
    now: int = 0
    most: int = 0


class Well:
    """Reads and draws."""

    wells: ClassVar[dict[str, Water]] = {}

    def __init__(self, opening: Opening) -> None:
        self.opening = opening

    def read(self, wire: Wire) -> Reading:
        note = json.loads(wire.body)
        if note["words"] == "mud":
            raise Unreadable("Mud.")
        if note["words"] == "poison":
            raise RuntimeError("our reader fails")
        if note["words"] == "nothing":
            return Reading(())
        return Reading((Inbound(f"well:{note['number']}", Address("well", "w"), "W", note["words"]),))

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        return Response()

    def render(self, message: Outbound) -> Rendering:
        return Rendering(parts=(message.text,))

    async def send(self, message: Outbound) -> Receipt:
        return Receipt(Delivery.SENT)


class Bucket:
    """Draws from one well."""

    def __init__(self, water: Water, bearings: Bearings) -> None:
        self._water = water
        self._bearings = bearings

    async def listen(self, take: Take, *, since: Cursor | None) -> None:
        water, at = self._water, int(since.text) if since else 0
        water.begun.append(since.text if since else None)
        water.now += 1
        water.most = max(water.most, water.now)
        try:
            while True:
                if water.dry is not None:
                    raise Unavailable(water.dry)
                self._bearings.heard()
                for number in range(at, len(water.notes)):
                    body = json.dumps({"number": number, "words": water.notes[number]}).encode()
                    await take(Wire(body, {}, "", datetime.now(UTC), cursor=Cursor(str(number + 1))))
                    at = number + 1
                await asyncio.sleep(0.01)
        finally:
            water.now -= 1


def listener(opening: Opening, bearings: Bearings) -> Bucket | None:
    name = opening.settings.well
    return Bucket(Well.wells.setdefault(name, Water()), bearings) if name else None


WELL = ChannelType(
    "well", {"en": "Well", "zh": "井"}, Capabilities(), WellSettings, Well, address_scheme="well", listener=listener
)
