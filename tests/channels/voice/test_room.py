"""How much room a call takes of who talks."""

from __future__ import annotations

import pytest

from channels.voice.channel import CHANNEL
from crm_core.actions.accounts import Newcomer
from crm_core.model.agent import Capacity, Load

USUAL = Newcomer(email="anna@city.example", name="Anna").capacity
LARGER = Capacity(USUAL.total + 2, {})


@pytest.mark.parametrize(("capacity", "fits"), [(USUAL, False), (LARGER, True)])
def test_as_long_as_they_talk_nothing_else_is_held_out_unless_their_capacity_leaves_room(
    capacity: Capacity, fits: bool
) -> None:
    """Voice takes all unless blending says otherwise (I3)."""
    talking = Load({"voice": CHANNEL.capabilities.units})
    assert capacity.has_room(talking, channel="email", units=1, live=False) == fits
    assert capacity.has_room(talking, channel="chat", units=1, live=True) == fits


def test_who_has_letters_in_hand_still_gets_the_caller() -> None:
    letters = Load({"email": USUAL.total})
    assert USUAL.has_room(letters, channel="voice", units=CHANNEL.capabilities.units, live=True)
