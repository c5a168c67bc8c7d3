"""From a citizen's mail to the agent's screen and back, by the real doors, on both databases."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.peers.smtp_sink import SmtpSink
from tests.stories.conftest import Install
from tests.stories.face import HELLO, Api, Json, inside, letter, post, token_for
from tests.stories.service import Service

TOKEN = r"hello\+[0-9a-hjkmnp-tv-z]{51}@larkhaven\.example"


@dataclass
class Desk:
    """A served installation, Anna's program, and the far end of outgoing mail."""

    service: Service
    anna: Api
    sink: SmtpSink


@pytest.fixture
async def desk(database: str, install: Install, smtp_sink: SmtpSink) -> AsyncIterator[Desk]:
    service = install(database, ONESTOP_SMTP_RELAY=smtp_sink.url)
    token = await token_for(service)
    async with inside(service), Api.open(service, token) as anna:
        yield Desk(service, anna, smtp_sink)


async def test_a_mail_is_seen_live_answered_with_right_headers_and_the_answer_comes_home(desk: Desk) -> None:
    async with desk.anna.screen() as screen:
        first = letter("My permit ran out.", subject="Permit", Message_ID="<first@example.org>")
        await post(desk.service, first)
        seen = await screen.sees(lambda event: event["type"] == "message.received")
        assert seen["personal"]["message"]["text"].strip() == "My permit ran out."
        [ticket] = await desk.anna.tickets()
        assert ticket["id"] == seen["ticket"]
        made = await desk.anna.reply(ticket["id"], "Come to the counter.\n\nAnna")
        [mail] = await desk.sink.wait_for(1, seconds=20)
        assert mail.recipients == ("wei@example.org",)
        answer = mail.parsed
        assert answer["To"] == "Wei Zhang <wei@example.org>"
        assert answer["From"].addresses[0].addr_spec == HELLO
        assert answer["Subject"] == "Re: Permit"
        assert answer["In-Reply-To"] == answer["References"] == "<first@example.org>"
        assert re.fullmatch(TOKEN, answer["Reply-To"].addresses[0].addr_spec)
        assert re.fullmatch(r"<on\.[0-9a-z]+\.[0-9a-z]{26}@larkhaven\.example>", answer["Message-ID"])
        words = ["Come to the counter.", "", "Anna", "", "-- ", f"Your number: {ticket['number']}"]
        assert answer.get_content().splitlines() == words
        await screen.sees(lambda event: event["type"] == "message.delivery" and event["facts"]["delivery"] == "sent")
        assert await desk.anna.state(made["id"]) == "sent"
        await post(
            desk.service,
            letter(
                "Thank you!", subject="Re: Permit", Message_ID="<second@example.org>", References="<lost@by.the.way>"
            ),
            to=answer["Reply-To"].addresses[0].addr_spec,
        )
        await screen.sees(lambda event: "Thank you!" in str(event["personal"].get("message", {}).get("text")))
        said = await desk.anna.messages(ticket["id"])
        assert [item["direction"] for item in said] == ["in", "out", "in"]
        await desk.anna.reply(ticket["id"], "Welcome.")
        third = (await desk.sink.wait_for(2, seconds=20))[1].parsed
        assert third["In-Reply-To"] == "<second@example.org>"
        assert third["References"].split() == ["<first@example.org>", answer["Message-ID"], "<second@example.org>"]
    assert len(await desk.anna.tickets()) == 1


async def test_an_answer_to_the_plain_mailbox_finds_its_ticket_by_our_message_id(desk: Desk) -> None:
    answer, ticket = await _answered(desk)
    await post(desk.service, letter("Thanks", In_Reply_To=answer["Message-ID"], References=answer["Message-ID"]))
    assert [item["direction"] for item in await desk.anna.messages(ticket["id"])] == ["in", "out", "in"]


async def test_the_same_mail_twice_is_one_message_and_one_id_with_two_contents_is_two(desk: Desk) -> None:
    mail = letter("Once", Message_ID="<same@example.org>")
    await post(desk.service, mail, mail)
    await post(desk.service, mail)
    [ticket] = await desk.anna.tickets()
    assert len(await desk.anna.messages(ticket["id"])) == 1
    await post(desk.service, letter("Another", Message_ID="<same@example.org>"))
    both = await desk.anna.tickets()
    assert len(both) == 2, "a mail was swallowed because its Message-ID was known"
    [other] = await desk.anna.messages(both[0]["id"])
    assert other["flags"] == ["same message id"]


async def test_mails_without_a_message_id_are_each_a_ticket_and_each_only_once(desk: Desk) -> None:
    mails = [letter(f"Number {number}", Message_ID=None) for number in range(100)]
    await post(desk.service, *mails)
    await post(desk.service, *mails)
    assert len(await desk.anna.tickets()) == 100


async def test_a_forged_reply_is_a_new_ticket_and_leaks_nothing(
    database: str, install: Install, smtp_sink: SmtpSink
) -> None:
    service = install(database, ONESTOP_SMTP_RELAY=smtp_sink.url, ONESTOP_TRUST_PRIVATE_PEERS="false")
    token = await token_for(service)
    async with inside(service), Api.open(service, token) as anna:
        desk = Desk(service, anna, smtp_sink)
        answer, ticket = await _answered(desk)
        await post(service, _forged("attacker@evil.example", answer["Message-ID"]), by="attacker@evil.example")
        await post(service, _forged("wei@example.org", "<first@example.org>"), by="attacker@evil.example")
        tickets = await anna.tickets()
        assert len(tickets) == 3, "a forged reply joined a ticket"
        assert [item["direction"] for item in await anna.messages(ticket["id"])] == ["in", "out"]
        assert all(item["related"] in (ticket["id"], None) for item in tickets)
        made = await anna.reply(ticket["id"], "As I said: come to the counter.")
        await anna.reaches(made["id"], "sent")
        sent = smtp_sink.mails
        assert [mail.recipients for mail in sent] == [("wei@example.org",)] * 2
        assert not any(b"evil.example" in mail.raw for mail in sent)


async def test_a_token_used_by_a_stranger_opens_a_new_ticket_of_his_own(desk: Desk) -> None:
    answer, ticket = await _answered(desk)
    address = answer["Reply-To"].addresses[0].addr_spec
    stolen = letter("What did they say?", sender="eve@evil.example")
    await post(desk.service, stolen, to=address, by="eve@evil.example")
    assert len(await desk.anna.tickets()) == 2
    assert len(await desk.anna.messages(ticket["id"])) == 2


@pytest.mark.parametrize("mark", ["<>", "< >", ""])
async def test_empty_ids_join_nobody_with_nobody(desk: Desk, mark: str) -> None:
    for name in ("one", "two"):
        mail = letter(f"I am {name}", sender=f"{name}@example.org", Message_ID=mark, In_Reply_To=mark, References=mark)
        await post(desk.service, mail, by=f"{name}@example.org")
    assert len(await desk.anna.tickets()) == 2


async def test_guessing_plus_addresses_adds_no_message_to_a_ticket(desk: Desk) -> None:
    _, ticket = await _answered(desk)
    await asyncio.gather(*(_guess(desk.service, first=first) for first in range(1, 401, 100)))
    assert len(await desk.anna.messages(ticket["id"])) == 2
    assert len(await desk.anna.tickets()) == 401


@pytest.mark.long
async def test_guessing_ten_thousand_plus_addresses_adds_no_message_to_a_ticket(desk: Desk) -> None:
    _, ticket = await _answered(desk)
    await asyncio.gather(*(_guess(desk.service, first=first) for first in range(1, 10_001, 100)))
    assert len(await desk.anna.messages(ticket["id"])) == 2


async def test_without_a_relay_an_answer_waits_says_so_and_leaves_after_one_is_set(
    database: str, install: Install, smtp_sink: SmtpSink
) -> None:
    service = install(database)
    token = await token_for(service)
    async with inside(service), Api.open(service, token) as anna:
        await post(service, letter())
        [ticket] = await anna.tickets()
        made = await anna.reply(ticket["id"], "Come to the counter.")
        shown = await anna.reaches(made["id"], "no_relay")
        assert shown["delivery_reason"]
    service.more = {**service.more, "ONESTOP_SMTP_RELAY": smtp_sink.url}
    async with inside(service), Api.open(service, token) as anna:
        await anna.reaches(made["id"], "sent")
    assert [mail.recipients for mail in smtp_sink.mails] == [("wei@example.org",)]


async def test_many_mails_by_many_sessions_at_once_are_all_there_once(desk: Desk) -> None:
    """Postfix's own smtp-source: 20 sessions, 300 mails, each with an id of its own."""
    command = ["smtp-source", "-s", "20", "-m", "300", "-l", "4000", "-S", "Load"]
    command += ["-f", "load@example.org", "-t", HELLO, f"127.0.0.1:{desk.service.smtp_port}"]
    source = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE)
    _, error = await source.communicate()
    assert source.returncode == 0, error.decode()
    assert len(await desk.anna.tickets()) == 300


async def test_the_command_line_alone_makes_the_token_and_swaks_the_mail(database: str, install: Install) -> None:
    service = install(database)
    await asyncio.to_thread(service.start)
    printed = await asyncio.to_thread(service.run, "token", "anna@larkhaven.example")
    assert printed.returncode == 0, printed.stderr
    assert len(printed.stdout.split()) == 1, "the token must be alone on stdout"
    server = f"127.0.0.1:{service.smtp_port}"
    words = ["--server", server, "--from", "wei@example.org", "--to", HELLO, "--header", "Subject: By swaks"]
    swaks = await asyncio.create_subprocess_exec("swaks", *words, stdout=subprocess.PIPE)
    await swaks.communicate()
    assert swaks.returncode == 0
    async with Api.open(service, printed.stdout.strip()) as anna:
        assert [ticket["subject"] for ticket in await anna.tickets()] == ["By swaks"]
    assert await asyncio.to_thread(service.stop) == 0


async def _answered(desk: Desk) -> tuple[Json, Json]:
    """Wei's ticket, and the headers of the answer that he got."""
    await post(desk.service, letter(subject="Permit", Message_ID="<first@example.org>"))
    [ticket] = await desk.anna.tickets()
    await desk.anna.reply(ticket["id"], "Come to the counter.")
    [mail] = await desk.sink.wait_for(1, seconds=20)
    return {name: mail.parsed[name] for name in mail.parsed}, ticket


def _forged(sender: str, answers: str) -> bytes:
    return letter(
        "Please add my colleague.",
        sender=sender,
        subject="Re: Permit",
        Cc="attacker@evil.example",
        In_Reply_To=answers,
        References=answers,
        Authentication_Results="mx.example; dmarc=fail; spf=fail; dkim=none",
    )


async def _guess(service: Service, *, first: int) -> None:
    for number in range(first, first + 100):
        sender = f"guess-{number}@example.net"
        await post(service, letter(f"Guess {number}", sender=sender), to=f"hello+{number}@larkhaven.example", by=sender)
