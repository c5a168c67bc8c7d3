"""An admin asks whether a mailbox works: each way, and what others see of us, in words that say what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from channels import contract
from channels.contract import Finding, Opening, Secret, Verdict
from channels.email import testing
from channels.email.channel import EmailChannel
from channels.email.proving.names import Names
from channels.email.sending import Outbox
from channels.email.settings import EmailSettings
from crm_core.model.ids import InboxId
from tests.peers.dovecot import MailStore
from tests.peers.name_server import NameServer, name_server
from tests.peers.smtp_sink import Hang, SmtpSink, Step

ZONE = {
    ("larkhaven.example", "MX"): ["10 mx.larkhaven.example."],
    ("larkhaven.example", "TXT"): ['"v=spf1 mx -all"', '"something else"'],
    ("k7._domainkey.larkhaven.example", "TXT"): ['"v=DKIM1; k=rsa; p=MIIB" "IjAN"'],
    ("_dmarc.larkhaven.example", "TXT"): ['"v=DMARC1; p=quarantine"'],
}


async def ask(
    dns: NameServer,
    settings: EmailSettings,
    *,
    relay: str | None = None,
    address: str | None = "town@larkhaven.example",
) -> Sequence[Finding]:
    opening = Opening(InboxId("mail"), address, "Town", settings, "http://localhost", relay)
    outbox = Outbox(opening, settings)
    try:
        found = [one async for one in testing.findings(opening, outbox, names=Names(dns.resolver, seconds=0.5))]
    finally:
        await outbox.close()
    assert [one.step for one in found] == list(testing.steps(opening))[: len(found)], "in order, and it may end early"
    assert all(one.words["en"] and one.words["zh"] for one in found)
    return found


def said(found: Sequence[Finding]) -> list[tuple[bool, str]]:
    return [(one.verdict is Verdict.WELL, one.words["en"]) for one in found]


async def test_where_all_is_well_it_says_so_of_each(smtp_sink: SmtpSink, mailstore: MailStore) -> None:
    await asyncio.to_thread(mailstore.deliver, b"Subject: Waiting\r\n\r\nHello.\r\n", to="town")
    url = f"imap://town:{mailstore.password}@127.0.0.1:{mailstore.imap_port}"
    async with name_server() as dns:
        dns.zone.update(ZONE)
        found = await ask(dns, EmailSettings(mailbox=Secret(url), selectors="k6, k7"), relay=smtp_sink.url)
    assert said(found) == [
        (True, "127.0.0.1 takes mail from us."),
        (True, "The mailbox INBOX at 127.0.0.1 is open to us; 1 unread."),
        (True, "Mail to larkhaven.example goes to mx.larkhaven.example."),
        (True, "larkhaven.example says who sends its mail (SPF)."),
        (True, "The key k7 of larkhaven.example is published: others can check what the relay signs with it (DKIM)."),
        (True, "larkhaven.example has a DMARC policy."),
    ]
    assert smtp_sink.mails == [], "a test sends no mail"


async def test_what_is_missing_is_said_with_what_to_do() -> None:
    async with name_server() as dns:
        found = await ask(dns, EmailSettings())
        told = " ".join(f"{one.words['en']} {one.todo['en']}" for one in found)
        assert [well for well, _ in said(found)] == [False] * 5
        dns.zone["k6._domainkey.larkhaven.example", "TXT"] = ['"v=DKIM1; p="']  # withdrawn
        for words in (
            "SELECTOR._domainkey.larkhaven.example TXT",
            "Set a relay",
            "names no mail server (MX)",
            "v=spf1 mx",
            "_dmarc.larkhaven.example TXT",
        ):
            assert words in told
        [dkim] = [one for one in await ask(dns, EmailSettings(selectors="k6")) if one.step == "dkim"]
        assert "no key at k6._domainkey.larkhaven.example" in dkim.words["en"]
        dns.zone["larkhaven.example", "TXT"] = ['"v=spf1 mx -all"', '"v=spf1 a -all"']
        assert "several SPF records" in " ".join(one.words["en"] for one in await ask(dns, EmailSettings()))
        assert said(await ask(dns, EmailSettings(), address=None))[1:] == [
            (False, "The inbox has no mail address of its own.")
        ]


async def test_a_server_that_hangs_a_password_that_is_wrong_and_a_silent_dns_keep_nobody_waiting(
    mailstore: MailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "SECONDS", 0.5)
    async with name_server() as dns, SmtpSink() as hangs:
        hangs.fail(Step.BANNER, Hang())
        dns.silent.add("larkhaven.example")
        url = f"imap://town@127.0.0.1:1/{mailstore.password}"
        found = await ask(dns, EmailSettings(mailbox=Secret(url)), relay=hangs.url)
    assert [well for well, _ in said(found)] == [False, False, False]
    assert "said nothing" in found[0].words["en"]
    assert "cannot be used" in found[1].words["en"]
    assert "at the moment" in found[2].words["en"]


async def test_the_channel_offers_it() -> None:
    opening = Opening(InboxId("mail"), None, "Town", EmailSettings(), "http://localhost", None)
    assert isinstance(EmailChannel(opening), contract.Tested)
