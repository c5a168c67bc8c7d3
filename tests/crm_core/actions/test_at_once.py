"""Several messages of one person at the same moment, by a wire that names no strand: one ticket, whoever comes first."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from crm_core.model.address import Address
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.message import Inbound
from tests.world import PARKING, START, World

TEXTS = InboxId("i-texts")
WEI = Address.phone("+15550142001")


@pytest.fixture
def world(world: World) -> World:
    """The small house with two numbers for texts."""
    first = Inbox(TEXTS, "texts", "City by text", PARKING, None, {}, active=True, created_at=START)
    other = replace(first, id=InboxId("i-other"))
    world.house = replace(
        world.house,
        inboxes={**world.house.inboxes, TEXTS: first, other.id: other},
        can={**world.house.can, "texts": Capabilities(length=160)},
        schemes={**world.house.schemes, "texts": "tel"},
    )
    return world


def text(words: str) -> Inbound:
    return Inbound(f"sms:{words}", WEI, "", words, proven="signature")


@pytest.mark.parametrize("known", [True, False], ids=["known", "new to us"])
async def test_ten_pictures_at_once_are_one_ticket(known: bool, world: World) -> None:
    if known:
        await world.receive(text("Hello"), inbox=InboxId("i-other"))
    every = [text(f"Picture {number}") for number in range(6)] * 2
    received = await asyncio.gather(*(world.receive(one, inbox=TEXTS) for one in every))
    assert len({one.ticket for one in received}) == 1
    assert len({one.message for one in received}) == 6
    assert sum(one.repeat for one in received) == 6
