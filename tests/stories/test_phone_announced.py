"""Whom we call hears that it is recorded before anything is, and before anybody hears them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from channels.shared.twilio.simulator.callers import Answering
from crm_core.actions import calling
from crm_core.model.actor import Actor
from crm_core.model.call import Call, CallEnding, CallState, TapeConsent, Taping
from crm_core.model.ids import TicketId
from tests.stories.test_phone import Town, _asks, _talks, town
from tests.world import ANNA


@dataclass(eq=False)
class Cautious(Answering):
    """A telephone whose owner notes how things stand while they are being told; some put it down then."""

    stood: list[tuple[int, int]] = field(default_factory=list)
    stays: bool = True

    def hears(self, words: str) -> None:
        """How much is being recorded, and who can hear them."""
        super().hears(words)
        together = [room for room in self.exchange.rooms.values() for seat in room.seats if seat.line in self.on]
        self.stood.append((len(self.exchange.tapes), len(together)))
        if not self.stays:
            self.exchange.hang_up(self.on[0])


async def test_whom_we_call_hears_that_it_is_recorded_before_anything_is_and_before_anybody_hears_them(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """One puts it down while they are told: nothing of them was recorded, and nobody was put through."""
    async with town("sqlite", request, tmp_path, recorded="announced") as city:
        exchange = city.provider.exchange
        exchange.devices[ANNA] = Answering(exchange)
        line = await _talks(city)
        exchange.hang_up(line)
        [came] = await city.until(lambda known: known[0].state is CallState.WRAPPING)
        await _asks(city, "wrap-up")
        put_down = await _called(city, came, Cautious(exchange, stays=False), until=CallState.WRAPPING)
        assert (put_down.bridged_at, put_down.consent, exchange.tapes) == (None, None, {})
        await _asks(city, "wrap-up")
        stays = Cautious(exchange)
        talks = await _called(city, came, stays, until=CallState.TALKING)
        assert (talks.consent, talks.recording) == (TapeConsent.ANNOUNCED, Taping.ON)
        await city.until(lambda _: len(exchange.tapes) == 1)
        exchange.hang_up(stays.on[0])
        [*_, over] = await city.until(lambda known: known[-1].tape is not None)
        assert over.ending is CallEnding.CALLER


async def _called(city: Town, before: Call, theirs: Cautious, *, until: CallState) -> Call:
    """Anna calls whoever called before, and they are told."""
    city.provider.exchange.tapes.clear()
    city.provider.exchange.phones["+15550142001"] = theirs
    ticket, house = TicketId(before.ticket or ""), city.house.keeper.house
    await city.house.desk.do(Actor.agent(ANNA), calling.start_call, ticket, number=None, house=house)
    [*_, known] = await city.until(lambda known: known[-1].state is until)
    assert theirs.stood == [(0, 0)], "neither recorded nor heard by anybody"
    assert "This is Larkhaven. This call is recorded" in theirs.heard[0]
    return known
