"""Larkhaven as a visitor meets it, on both databases; and what cannot be read is kept, seen, and read after a mend."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels.email import reading
from tests.stories.conftest import Install, Say
from tests.stories.face import Api, inside, letter, post, token_for, until


async def test_the_sample_city_is_loaded_once_takes_mail_and_is_there_at_the_next_start(
    database: str, install: Install, record_property: Say
) -> None:
    """It was loaded by `serve --sample` in an empty folder, for all who begin with a copy (`larkhaven.py`)."""
    service = install(database, city=True)
    await asyncio.to_thread(service.start)
    await until(lambda: service.log().count("/console/sign-in?link=") == 3, why="three ways in are printed")
    token = await token_for(service, "admin@larkhaven.example")
    async with Api.open(service, token) as admin:
        before = await admin.tickets()
        assert 1000 < len(before) <= 2000
        await post(service, letter("Is anybody there?", subject="To the city"))
        assert {ticket["subject"] for ticket in await admin.tickets()} >= {"To the city"}
    assert await asyncio.to_thread(service.stop) == 0
    second = await asyncio.to_thread(service.start)
    record_property("next start s", f"{second:.1f}")
    async with Api.open(service, token) as admin:
        assert len(await admin.tickets()) == len(before) + 1
    assert (await asyncio.to_thread(service.run, "verify")).returncode == 0


async def test_with_the_sample_an_answer_reaches_the_citizens_own_mailbox(database: str, install: Install) -> None:
    service = install(database, city=True)
    await asyncio.to_thread(service.start)
    async with Api.open(service, await token_for(service, "admin@larkhaven.example")) as admin:
        await post(service, letter("Is anybody there?", subject="To the city"))
        [ticket] = [one for one in await admin.tickets() if one["subject"] == "To the city"]
        made = await admin.reply(ticket["id"], "We are all here.")
        await admin.reaches(made["id"], "sent")


async def test_a_mail_that_cannot_be_read_is_kept_seen_by_an_admin_and_read_after_a_mend(
    database: str, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = install(database)
    tokens = [await token_for(service, f"{name}@larkhaven.example") for name in ("ada", "anna")]
    raw = letter("The words of a citizen.", subject="Poison")
    usual = reading.read

    def fails(wire: Any, **more: Any) -> Any:
        if b"Poison" in wire.body:
            raise RecursionError("too deep")
        return usual(wire, **more)

    monkeypatch.setattr(reading, "read", fails)
    async with inside(service), Api.open(service, tokens[0]) as ada, Api.open(service, tokens[1]) as anna:
        async with asyncio.timeout(30):
            await post(service, raw, letter(subject="Good"))
        assert [ticket["subject"] for ticket in await anna.tickets()] == ["Good"]
        [kept] = (await ada.get("/quarantine"))["items"]
        assert "RecursionError" in kept["why"]
        async with ada.http.get(f"{service.url}/api/v1/quarantine/{kept['id']}/raw") as answer:
            assert (await answer.read()).rstrip() == raw.rstrip()
        async with anna.http.get(f"{service.url}/api/v1/quarantine/{kept['id']}/raw") as answer:
            assert answer.status in (403, 404)
            assert b"citizen" not in await answer.read()
        async with ada.http.post(f"{service.url}/api/v1/quarantine/{kept['id']}/readings", json={}) as answer:
            assert answer.status == 409, "read again before the mend"
        monkeypatch.undo()
        became = await ada.post(f"/quarantine/{kept['id']}/readings", {})
        [message] = await anna.messages(became["ticket"])
        assert message["text"].strip() == "The words of a citizen."
        assert (await ada.get("/quarantine"))["items"] == []
        await post(service, raw)
        assert len(await anna.tickets()) == 2, "the same mail again, now read, is a repeat"
