"""The mail store holds what is delivered, and the sink fails as told."""

from __future__ import annotations

import imaplib
from typing import Any

import aiosmtplib
import pytest

from tests.peers.certificates import Certificate
from tests.peers.dovecot import MailStore
from tests.peers.smtp_sink import Delay, Die, Hang, Refuse, SmtpSink, Step

MAIL = b"From: ana@example.org\r\nTo: hello@larkhaven.example\r\nSubject: Streetlight\r\n\r\nIt is dark.\r\n.\r\n"


@pytest.mark.mailstore
def test_what_is_delivered_can_be_fetched_by_imap(mailstore: MailStore) -> None:
    mailstore.deliver(MAIL, to="hello@larkhaven.example")
    with imaplib.IMAP4("127.0.0.1", mailstore.imap_port) as imap:
        imap.login("hello@larkhaven.example", mailstore.password)
        assert imap.select()[1] == [b"1"]
        assert b"It is dark." in repr(imap.fetch("1", "(RFC822)")[1]).encode()
    assert len(mailstore.files_of("hello@larkhaven.example")) == 1


@pytest.mark.mailstore
def test_mail_outlives_a_killed_mail_store(mailstore: MailStore) -> None:
    mailstore.deliver(MAIL, to="ana")
    mailstore.server.kill()
    mailstore.server.start()
    with imaplib.IMAP4("127.0.0.1", mailstore.imap_port) as imap:
        imap.login("ana", mailstore.password)
        assert imap.select()[1] == [b"1"]


async def send(sink: SmtpSink, *, to: str = "ana@example.org", seconds: float = 5, **options: Any) -> None:
    where: dict[str, Any] = {"hostname": "127.0.0.1", "port": sink.port, "timeout": seconds}
    await aiosmtplib.send(MAIL, sender="city@larkhaven.example", recipients=[to], **where, **options)


async def test_a_mail_arrives_as_it_was_sent(smtp_sink: SmtpSink) -> None:
    await send(smtp_sink, start_tls=False)
    [mail] = await smtp_sink.wait_for(1)
    assert mail.sender == "city@larkhaven.example"
    assert mail.recipients == ("ana@example.org",)
    assert mail.raw == MAIL
    assert mail.parsed["Subject"] == "Streetlight"


@pytest.mark.parametrize("step", [Step.BANNER, Step.EHLO, Step.MAIL, Step.RCPT, Step.DATA, Step.DOT])
async def test_it_refuses_at_any_step_and_keeps_nothing(smtp_sink: SmtpSink, step: Step) -> None:
    smtp_sink.fail(step, Refuse(554, "5.7.1 No"))
    with pytest.raises((aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused)):
        await send(smtp_sink)
    assert smtp_sink.mails == []


@pytest.mark.parametrize("step", [Step.BANNER, Step.EHLO, Step.MAIL, Step.RCPT, Step.DATA, Step.BODY])
async def test_it_dies_at_any_step_and_keeps_nothing(smtp_sink: SmtpSink, step: Step) -> None:
    smtp_sink.fail(step, Die())
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await send(smtp_sink)
    assert smtp_sink.mails == []


async def test_after_the_dot_it_keeps_the_mail_and_the_answer_never_comes(smtp_sink: SmtpSink) -> None:
    smtp_sink.fail(Step.DOT, Die(), times=1)
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await send(smtp_sink)
    assert len(smtp_sink.mails) == 1
    await send(smtp_sink)
    assert len(smtp_sink.mails) == 2


async def test_it_hangs_until_the_client_gives_up(smtp_sink: SmtpSink) -> None:
    smtp_sink.fail(Step.MAIL, Hang())
    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await send(smtp_sink, seconds=0.3)


async def test_one_recipient_can_be_refused_for_now(smtp_sink: SmtpSink) -> None:
    smtp_sink.fail(Step.RCPT, Refuse(450, "4.2.2 Full"), when=lambda line: "full@" in line)
    await send(smtp_sink)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(smtp_sink, to="full@example.org")
    assert [mail.recipients for mail in smtp_sink.mails] == [("ana@example.org",)]


async def test_a_slow_server_is_only_slow(smtp_sink: SmtpSink) -> None:
    smtp_sink.fail(Step.DATA, Delay(0.05))
    await send(smtp_sink)
    assert len(smtp_sink.mails) == 1


async def test_it_speaks_tls_and_asks_who_is_there(certificate: Certificate) -> None:
    async with SmtpSink(tls=certificate.for_server(), login=("city", "secret")) as sink:
        with pytest.raises(aiosmtplib.SMTPResponseException):
            await send(sink, start_tls=False)
        await send(sink, start_tls=True, tls_context=certificate.for_client(), username="city", password="secret")
        [mail] = sink.mails
        assert (mail.secured, mail.user) == (True, "city")


async def test_it_speaks_tls_from_the_first_byte(certificate: Certificate) -> None:
    async with SmtpSink(tls=certificate.for_server(), implicit_tls=True) as sink:
        await send(sink, use_tls=True, tls_context=certificate.for_client())
        assert sink.mails[0].secured
        assert sink.url.startswith("smtps://")
