"""A mail server that refuses, hangs or dies at any step, and our own death at each: never sent twice by us.

The trick of these tests: answers wait without a relay until seven of them leave at once,
and the sink fails once at each step. So each step strikes exactly one of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from tests.peers.smtp_sink import Delay, Die, Fault, Hang, Refuse, SmtpSink, Step
from tests.stories.conftest import Install
from tests.stories.face import Api, Json, inside, letter, post, token_for, until
from tests.stories.service import Service

STEPS = (Step.BANNER, Step.EHLO, Step.MAIL, Step.RCPT, Step.DATA, Step.BODY, Step.DOT)
EACH = len(STEPS)


@pytest.fixture(autouse=True)
def less_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `tests/stories/hurried.py` does for a process, undone after the test."""
    from channels.email import sending
    from crm_core.rules import delivery
    from gateway.workers import sender
    from tests.stories import hurried

    for module, name in (
        (sending, "Relay"),
        (delivery, "_FIRST"),
        (sender, "LEASE_SECONDS"),
        (sender, "LOOK_SECONDS"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    hurried.hurry()


async def test_what_a_server_refuses_for_now_leaves_later_once(
    database: str, install: Install, smtp_sink: SmtpSink
) -> None:
    steps = [step for step in STEPS if step is not Step.BODY]
    async with _struck(database, install, smtp_sink, Refuse(451), steps=steps) as (anna, waiting):
        for message in waiting:
            await anna.reaches(message["id"], "sent", seconds=30)
    assert _kept(smtp_sink) == {message["id"]: 1 for message in waiting}


async def test_what_a_server_refuses_for_good_is_failed_with_its_words_and_the_rest_leaves(
    database: str, install: Install, smtp_sink: SmtpSink
) -> None:
    steps = [step for step in STEPS if step is not Step.BODY]
    no = Refuse(554, "5.7.1 Not from you")
    async with _struck(database, install, smtp_sink, no, steps=steps) as (anna, waiting):
        ends = [await anna.reaches(message["id"], "sent", "failed", seconds=30) for message in waiting]
    failed = [end for end in ends if end["delivery"] == "failed"]
    assert len(failed) == 4, "MAIL, RCPT, DATA and the dot speak of the message; banner and EHLO of the server"
    assert all("Not from you" in end["delivery_reason"] for end in failed)
    assert _kept(smtp_sink) == {end["id"]: 1 for end in ends if end["delivery"] == "sent"}


@pytest.mark.parametrize("fault", [Die(), Hang()], ids=["dies", "hangs"])
async def test_a_server_that_falls_silent_gets_nothing_twice(
    fault: Fault, database: str, install: Install, smtp_sink: SmtpSink
) -> None:
    async with _struck(database, install, smtp_sink, fault) as (anna, waiting):
        ends = [await anna.reaches(message["id"], "sent", "unknown", seconds=40) for message in waiting]
        unknown = [end for end in ends if end["delivery"] == "unknown"]
        kept = _kept(smtp_sink)
        assert 1 <= len(unknown) <= 2, "only after the data began can anything be in doubt"
        assert all(kept[end["id"]] == 1 for end in ends if end["delivery"] == "sent")
        assert sum(kept[end["id"]] for end in unknown) == 1, "the sink kept the one whose 250 never came"
        await asyncio.sleep(1.5)
        assert _kept(smtp_sink) == kept, "what is in doubt was sent again by us"
        for end in unknown:
            assert end["delivery_reason"]
            await anna.post(f"/messages/{end['id']}/deliveries", {"choice": "resend"})
            await anna.reaches(end["id"], "sent")
    again = _kept(smtp_sink)
    assert again == kept + Counter(end["id"] for end in unknown), "an agent's choice sends once, under the same id"


async def test_kill_9_at_each_step_leaves_the_unknown_to_an_agent_and_doubles_nothing(
    database: str, install: Install, smtp_sink: SmtpSink
) -> None:
    service, token, waiting = await _waiting(database, install)
    for step in STEPS:
        smtp_sink.fail(step, Hang(), times=1)
    service.program = "tests.stories.hurried"
    service.more = {**service.more, "ONESTOP_SMTP_RELAY": smtp_sink.url}
    await asyncio.to_thread(service.start)
    await until(lambda: _all_struck(smtp_sink) and len(smtp_sink.mails) == 1, why="not every step was reached")
    await asyncio.to_thread(service.kill)
    smtp_sink.heal()
    await asyncio.to_thread(service.start)
    async with Api.open(service, token) as anna:
        for message in waiting:
            await anna.reaches(message["id"], "unknown")
        await asyncio.sleep(1)
        kept = _kept(smtp_sink)
        assert sum(kept.values()) == 1, "something was sent again although nobody chose so"
        for message in waiting:
            await anna.post(f"/messages/{message['id']}/deliveries", {"choice": "resend"})
        for message in waiting:
            await anna.reaches(message["id"], "sent")
    assert _kept(smtp_sink) == kept + Counter(message["id"] for message in waiting)


async def test_a_stop_waits_for_what_is_on_the_wire(database: str, install: Install, smtp_sink: SmtpSink) -> None:
    service, token, waiting = await _waiting(database, install)
    smtp_sink.fail(Step.DOT, Delay(0.8))
    service.more = {**service.more, "ONESTOP_SMTP_RELAY": smtp_sink.url}
    async with inside(service):
        await smtp_sink.wait_for(EACH, seconds=20)
    async with inside(service), Api.open(service, token) as anna:
        assert [await anna.state(message["id"]) for message in waiting] == ["sent"] * EACH
    assert set(_kept(smtp_sink).values()) == {1}


async def test_one_server_that_hangs_holds_up_nobody_else(database: str, install: Install, smtp_sink: SmtpSink) -> None:
    service, token, waiting = await _waiting(database, install)
    stuck = "citizen-0@example.org"
    smtp_sink.fail(Step.RCPT, Delay(8), when=lambda line: stuck in line)
    service.more = {**service.more, "ONESTOP_SMTP_RELAY": smtp_sink.url}
    async with inside(service), Api.open(service, token) as anna:
        await until(lambda: len(smtp_sink.mails) >= EACH - 1)
        [ticket] = [one for one in await anna.tickets() if one["customer_name"] == "Citizen 1"]
        later = await anna.reply(ticket["id"], "And one more thing.")
        await anna.reaches(later["id"], "sent", seconds=5)
        assert await anna.state(waiting[0]["id"]) in ("sending", "queued")


# ---------------------------------------------------------------- how it is set up


@asynccontextmanager
async def _struck(
    database: str, install: Install, sink: SmtpSink, fault: Fault, *, steps: Sequence[Step] = STEPS
) -> AsyncIterator[tuple[Api, list[Json]]]:
    """Seven answers leave at once, and the server fails once at each step."""
    service, token, waiting = await _waiting(database, install)
    for step in steps:
        sink.fail(step, fault, times=1)
    service.more = {**service.more, "ONESTOP_SMTP_RELAY": sink.url}
    async with inside(service), Api.open(service, token) as anna:
        yield anna, waiting


async def _waiting(database: str, install: Install) -> tuple[Service, str, list[Json]]:
    """An installation where seven answers to seven citizens wait for a way out."""
    service = install(database)
    token = await token_for(service)
    async with inside(service), Api.open(service, token) as anna:
        for number in range(EACH):
            address = f"citizen-{number}@example.org"
            await post(service, letter(sender=f"Citizen {number} <{address}>"), by=address)
        tickets = sorted(await anna.tickets(), key=lambda ticket: str(ticket["customer_name"]))
        made = [await anna.reply(ticket["id"], "Come to the counter.") for ticket in tickets]
        for message in made:
            await anna.reaches(message["id"], "no_relay")
    return service, token, made


def _kept(sink: SmtpSink) -> Counter[str]:
    """How often each of our messages came to the far end, by the id within its Message-ID."""
    return Counter(str(mail.parsed["Message-ID"]).split(".")[1] for mail in sink.mails)


def _all_struck(sink: SmtpSink) -> bool:
    return all(plan.times == 0 for plan in sink._plans)
