"""Pigeons: short plain words to and from numbered lofts, several birds for one answer, no files, no strands.

It keeps the channel contract, and nothing outside this folder knows its name: what the
house does with it, it does with whatever channel comes next. `pigeon` is written to and
answered; `perch` is the same, live.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

from channels.contract import (
    ChannelType,
    Forged,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Undeliverable,
    Unreadable,
    Wire,
)
from channels.shared import reference
from crm_core.model.address import Address
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Delivery, Inbound, Outbound, Receipt

BIRD = 60
"""Characters that one bird carries."""

FLOCK = 3
SCHEME = "loft"


@dataclass(frozen=True, slots=True)
class ToySettings:
    """Pigeons want none."""


class Pigeons:
    """Carries words for one inbox; `flown` is what left, `lost` the lofts where no bird ever arrives."""

    flown: ClassVar[list[Outbound]] = []
    lost: ClassVar[set[str]] = set()
    before: ClassVar[Callable[[Outbound], None] | None] = None

    def __init__(self, opening: Opening) -> None:
        self.opening = opening

    def read(self, wire: Wire) -> Reading:
        """`{"id", "from", "text", "ring"?}`; the ring on a bird's leg proves its loft."""
        try:
            note: dict[str, Any] = json.loads(wire.body)
            ring = note.get("ring")
            if ring not in (None, "true"):
                raise Forged
            inbound = Inbound(
                external_id=f"bird:{note['id']}",
                sender=Address(SCHEME, note["from"]),
                sender_name="",
                text=note["text"],
                proven="signature" if ring else None,
            )
        except (ValueError, KeyError) as why:
            raise Unreadable("This is no note.") from why
        return Reading((inbound,))

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        return Response(202, json.dumps([outcome.number for outcome in outcomes]).encode(), "application/json")

    def render(self, message: Outbound) -> Rendering:
        """Cut at words where one is near; the number flies with the last bird."""
        words = reference.behind(message.text, message.ticket_number)
        parts = tuple(_cut(words))
        return Rendering(parts=parts, used=len(words), most=BIRD * FLOCK)

    async def send(self, message: Outbound) -> Receipt:
        if Pigeons.before is not None:
            Pigeons.before(message)
        if message.to.value in Pigeons.lost:
            raise Undeliverable("No bird ever arrived at this loft.")
        if len(self.render(message).parts) > FLOCK:
            raise Undeliverable("So many birds we do not have.")
        Pigeons.flown.append(message)
        return Receipt(Delivery.SENT)


def _cut(words: str) -> list[str]:
    parts = []
    while len(words) > BIRD:
        at = words.rfind(" ", BIRD - 15, BIRD + 1)
        at = at if at > 0 else BIRD
        parts.append(words[:at])
        words = words[at:].lstrip()
    return [*parts, words]


CAN = Capabilities(length=BIRD, parts=FLOCK, order=20, icon="message", tone=3)
LIVE = replace(CAN, live=True, units=4, order=5, starts=False, window=timedelta(hours=1))

TITLE = {"en": "Pigeon", "zh": "信鸽"}
PIGEON = ChannelType("pigeon", TITLE, CAN, ToySettings, Pigeons, ("/hooks/pigeon",), SCHEME)
PERCH = ChannelType("perch", {"en": "Perch", "zh": "鸽架"}, LIVE, ToySettings, Pigeons, ("/hooks/perch",), SCHEME)
