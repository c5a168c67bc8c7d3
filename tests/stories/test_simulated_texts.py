"""Whoever has no account sees texts arrive: one command beside `serve`."""

from __future__ import annotations

import pytest

from config.settings import load
from gateway.commands import texting
from gateway.commands.simulated import Run
from tests.peers.kept import free_port
from tests.stories.conftest import Install
from tests.stories.face import Api, inside, token_for


async def test_simulated_people_text_and_write_by_whatsapp_and_a_second_run_uses_the_same_inboxes(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    house = install("sqlite")
    ada = await token_for(house, "ada@larkhaven.example")
    run = Run(rate=300, minutes=0.05, seed=3, port=free_port(), faults="duplicate=0.5")
    async with inside(house), Api.open(house, ada) as admin:
        assert await texting.simulate(load(house.environment), run) == 0
        first = await admin.tickets()
        assert {one["channel"] for one in first} >= {"sms", "whatsapp"}
        assert await texting.simulate(load(house.environment), run) == 0
        made = [one for one in (await admin.get("/inboxes"))["items"] if "simulated" in one["name"]]
        assert sorted(one["channel"] for one in made) == ["sms", "voice", "whatsapp"]
    said = capsys.readouterr().out
    assert said.count("Made an inbox") == 3
    assert "wrote" in said


async def test_an_inbox_of_another_simulator_at_the_same_address_is_not_taken_for_one_of_ours(install: Install) -> None:
    house, port = install("sqlite"), free_port()
    ada = await token_for(house, "ada@larkhaven.example")
    async with inside(house), Api.open(house, ada) as admin:
        bot = {"channel": "telegram", "name": "Bot", "settings": {"token": "1:none", "api": f"http://127.0.0.1:{port}"}}
        await admin.post("/inboxes", bot)
        assert await texting.simulate(load(house.environment), Run(rate=60, minutes=0.02, seed=3, port=port)) == 0
        assert "sms" in {one["channel"] for one in await admin.tickets()}


async def test_without_a_server_or_with_a_fault_nobody_knows_it_says_so(
    install: Install, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texting, "OPENS_WITHIN", 0.3)
    settings = load(install("sqlite").environment)
    assert await texting.simulate(settings, Run(1, 0.01, 1, port=free_port())) == 2
    assert await texting.simulate(settings, Run(1, 0.01, 1, faults="rain")) == 2
    said = capsys.readouterr().out
    assert "is `onestop serve` running?" in said
    assert "no such fault: rain" in said
