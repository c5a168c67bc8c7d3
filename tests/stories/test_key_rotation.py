"""The secret key is changed, and lost, by the commands an operator has, on both databases."""

from __future__ import annotations

import asyncio

from tests.peers.smtp_sink import SmtpSink
from tests.stories.conftest import Install
from tests.stories.face import Api, inside, letter, post, token_for
from tests.stories.service import KEY, Service

PERMITS = "permits@larkhaven.example"
NEW = "another-secret-key-of-the-tests-that-is-long-enough"


async def test_a_new_key_takes_over_and_the_old_one_goes(database: str, install: Install, smtp_sink: SmtpSink) -> None:
    service = install(database)
    await _add_mailbox(service, smtp_sink)
    assert await _answered(service, smtp_sink) == "sent", "with the key it was sealed with"
    assert await _answered(_with(service, f"{NEW},{KEY}"), smtp_sink) == "sent", "with both, before rekey"
    done = await asyncio.to_thread(_with(service, f"{NEW},{KEY}").run, "rekey")
    assert (done.returncode, done.stdout.strip()) == (0, "1 secrets sealed with the newest key.")
    assert await _answered(_with(service, NEW), smtp_sink) == "sent", "the old key is gone"
    content = await asyncio.to_thread(_with(service, NEW).run, "doctor", ONESTOP_SMTP_RELAY=smtp_sink.url)
    assert content.returncode == 0, content.stdout
    again = await asyncio.to_thread(_with(service, KEY).run, "doctor", ONESTOP_SMTP_RELAY=smtp_sink.url)
    assert again.returncode == 1, "the old key still opens what was sealed anew"


async def test_an_answer_to_what_was_signed_with_the_old_key_still_comes_home(
    database: str, install: Install, smtp_sink: SmtpSink
) -> None:
    service = install(database, ONESTOP_SMTP_RELAY=smtp_sink.url, ONESTOP_TRUST_PRIVATE_PEERS="false")
    token = await token_for(service)
    async with inside(service), Api.open(service, token) as anna:
        await post(service, letter())
        [ticket] = await anna.tickets()
        await anna.reply(ticket["id"], "Come to the counter.")
        [mail] = await smtp_sink.wait_for(1, seconds=20)
    home = mail.parsed["Reply-To"].addresses[0].addr_spec
    async with inside(_with(service, f"{NEW},{KEY}")), Api.open(service, token) as anna:
        await post(service, letter("Thank you."), to=home)
        assert len(await anna.messages(ticket["id"])) == 3
    async with inside(_with(service, NEW)), Api.open(service, token) as anna:
        await post(service, letter("Thank you again."), to=home)
        assert len(await anna.messages(ticket["id"])) == 3
        assert len(await anna.tickets()) == 2, "without the old key its token is nobody's: a ticket of its own"


async def test_a_lost_key_is_named_and_everything_else_works(
    database: str, install: Install, smtp_sink: SmtpSink
) -> None:
    service = install(database, ONESTOP_SMTP_RELAY=smtp_sink.url)
    token = await _add_mailbox(service, smtp_sink)
    lost = _with(service, NEW)
    told = await asyncio.to_thread(lost.run, "doctor")
    assert told.returncode == 1
    [line] = [line for line in told.stdout.splitlines() if line.startswith("look")]
    assert "Permits (email)" in line
    assert "Enter again: relay" in line
    resealed = await asyncio.to_thread(lost.run, "rekey")
    assert resealed.returncode == 1
    assert "1 could not be opened" in resealed.stdout
    async with inside(lost), Api.open(lost, token) as ada:
        await post(lost, letter("By the other door"))
        [ticket] = await ada.tickets()
        made = await ada.reply(ticket["id"], "Here we are.")
        await ada.reaches(made["id"], "sent")
        [inbox] = [one for one in (await ada.get("/inboxes"))["items"] if one["address"] == PERMITS]
        async with ada.http.patch(
            f"{lost.url}/api/v1/inboxes/{inbox['id']}", json={"settings": {"relay": smtp_sink.url}}
        ) as answer:
            assert answer.status == 200
    assert await _answered(lost, smtp_sink) == "sent", "entered again, it is sealed with the key there is"
    assert (await asyncio.to_thread(lost.run, "doctor")).returncode == 0


def _with(service: Service, keys: str) -> Service:
    """The same installation with other keys."""
    service.more = {**service.more, "ONESTOP_SECRET_KEY": keys}
    return service


async def _add_mailbox(service: Service, sink: SmtpSink) -> str:
    """A mailbox with a relay of its own, which is a secret; Ada's token."""
    token = await token_for(service, "ada@larkhaven.example")
    async with inside(service), Api.open(service, token) as ada:
        made = await ada.post(
            "/inboxes",
            {"channel": "email", "name": "Permits", "address": PERMITS, "settings": {"relay": sink.url}},
        )
        assert made["secrets"] == ["relay"]
        assert sink.url not in str(await ada.get("/inboxes"))
    return token


async def _answered(service: Service, sink: SmtpSink) -> str:
    """Write to that mailbox, answer, and see the answer leave by its own relay."""
    token = await token_for(service, "ada@larkhaven.example")
    async with inside(service), Api.open(service, token) as ada:
        before = len(sink.mails)
        await post(service, letter(f"Number {before}", subject=f"Number {before}"), to=PERMITS)
        ticket = next(one for one in await ada.tickets() if one["subject"] == f"Number {before}")
        made = await ada.reply(ticket["id"], "Here we are.")
        await sink.wait_for(before + 1, seconds=20)
        return str((await ada.reaches(made["id"], "sent"))["delivery"])
