"""`onestop simulate` against the served sample city: by mail, by the form's pages, and back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from config.settings import load
from gateway.city.simulate import Town
from gateway.serve import Plan
from tests.stories.conftest import Install
from tests.stories.face import Api, inside, token_for
from tests.stories.service import Service

DOORS = {"mail", "form", "api"}


async def test_citizens_write_agents_answer_and_citizens_answer_in_the_same_ticket(
    database: str, install: Install
) -> None:
    service = install(database, city=True)
    async with inside(service, Plan(sample=True)):
        token = await token_for(service, "supervisor@larkhaven.example")
        async with Api.open(service, token) as sue:
            before = {ticket["id"] for ticket in await sue.tickets()}
            lines: list[str] = []
            town = _town(service, lines)
            while {line.split()[1] for line in lines} != DOORS:
                await town.write()
                assert len(lines) < 80, "a door was not used:\n" + "\n".join(lines)
            new = [ticket for ticket in await sue.tickets() if ticket["id"] not in before]
            assert len(new) == town.accepted == len(lines), "\n".join(lines)
            assert {ticket["channel"] for ticket in new} == {"email", "web_form"}
            await _until_a_citizen_answers(sue, town, new)
            assert len(await sue.tickets()) == len(before) + len(new), "an answer opened a ticket of its own"


@pytest.mark.parametrize("database", ["sqlite"])
async def test_the_command_drives_a_served_city(database: str, install: Install) -> None:
    service = install(database, city=True)
    await asyncio.to_thread(service.start)
    token = await token_for(service, "supervisor@larkhaven.example")
    async with Api.open(service, token) as sue:
        before = len(await sue.tickets())
        done = await asyncio.to_thread(service.run, "simulate", "--rate", "120", "--minutes", "0.05")
        assert done.returncode == 0, done.stdout + done.stderr
        taken = [line for line in done.stdout.splitlines() if line.split()[1:2] and line.split()[1] in {*DOORS, "chat"}]
        assert "NOT TAKEN" not in done.stdout
        assert len(await sue.tickets()) == before + len(taken) > before


async def _until_a_citizen_answers(sue: Api, town: Town, tickets: list[Any]) -> None:
    """Answer what they wrote by mail, until one answers back; most do."""
    for ticket in [one for one in tickets if one["channel"] == "email"]:
        made = await sue.reply(ticket["id"], "We have looked into it.")
        await sue.reaches(made["id"], "sent")
        await town.hear()
        said = await sue.messages(ticket["id"])
        if [message["direction"] for message in said] == ["in", "out", "in"]:
            return
    raise AssertionError("no citizen answered in their ticket")


def _town(service: Service, lines: list[str]) -> Town:
    settings = load(service.environment)
    assert settings.smtp is not None
    mailbox = settings.data_dir / "citizens"
    return Town(smtp=settings.smtp, web=service.url, mailbox=mailbox, seed=5, say=lines.append)
