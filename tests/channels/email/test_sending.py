"""What happens to an answer at each step where a relay can fail."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from channels.contract import NoRoute, OutcomeUnknown, Secret, Unavailable, Undeliverable
from channels.email.channel import EmailChannel
from channels.email.relay import Relay, Route
from channels.email.settings import EmailSettings
from crm_core.model.address import Address
from crm_core.model.message import Delivery
from tests.channels.email.letters import OWN, TOKEN, channel, outbound
from tests.peers.certificates import Certificate
from tests.peers.smtp_sink import Delay, Die, Fault, Hang, Refuse, SmtpSink, Step


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as sink:
        yield sink


@pytest.fixture
async def mailbox(sink: SmtpSink) -> AsyncIterator[EmailChannel]:
    opened = channel(relay=sink.url)
    opened._outbox._relay = Relay(Route.parse(sink.url), helo="larkhaven.example", timeout=0.5, final_timeout=0.5)
    yield opened
    await opened.close()


async def test_an_answer_arrives_with_the_headers_that_keep_its_thread(sink: SmtpSink, mailbox: EmailChannel) -> None:
    receipt = await mailbox.send(outbound())
    assert (receipt.delivery, receipt.reason) == (Delivery.SENT, "2.0.0 Kept")
    [mail] = sink.mails
    assert mail.recipients == ("ana@example.org",)
    assert mail.sender == f"hello+{TOKEN}@larkhaven.example"
    assert mail.parsed["Reply-To"] == f"hello+{TOKEN}@larkhaven.example"
    assert mail.parsed["From"] == f"Lena at Larkhaven <{OWN}>"
    assert mail.parsed["To"] == "Ana Novák <ana@example.org>"
    assert mail.parsed["Message-ID"] == outbound().wire_id
    assert mail.parsed["In-Reply-To"] == "<question-2@example.org>"
    assert mail.parsed["References"].split() == list(outbound().references)
    assert "Auto-Submitted" not in mail.parsed
    assert mail.parsed.get_content().splitlines() == ["Your permit is ready.", "", "-- ", "Your number: ON-4F7K-2931"]


async def test_a_long_message_id_is_never_folded_into_encoded_words(sink: SmtpSink, mailbox: EmailChannel) -> None:
    await mailbox.send(outbound())
    assert f"Message-ID: {outbound().wire_id}\r\n".encode() in sink.mails[0].raw


async def test_each_attempt_is_the_same_bytes(sink: SmtpSink, mailbox: EmailChannel) -> None:
    await mailbox.send(outbound(html="<p>Hi</p>"))
    await mailbox.send(outbound(html="<p>Hi</p>"))
    first, second = sink.mails
    assert first.raw == second.raw
    assert sink.connections == 1


BEFORE_THE_DOT = [Step.BANNER, Step.EHLO, Step.MAIL, Step.RCPT, Step.DATA]


@pytest.mark.parametrize("fault", [Die(), Hang(), Refuse(451)], ids=["dies", "hangs", "says later"])
@pytest.mark.parametrize("step", BEFORE_THE_DOT)
async def test_what_fails_before_the_final_dot_may_be_sent_again(
    sink: SmtpSink, mailbox: EmailChannel, step: Step, fault: Fault
) -> None:
    sink.fail(step, fault)
    with pytest.raises(Unavailable):
        await mailbox.send(outbound())
    sink.heal()
    await mailbox.send(outbound())
    assert len(sink.mails) == 1


async def test_a_relay_that_dies_in_the_middle_of_a_large_message_has_not_taken_it(
    sink: SmtpSink, mailbox: EmailChannel
) -> None:
    sink.fail(Step.BODY, Die())
    with pytest.raises(Unavailable):
        await mailbox.send(outbound(text="line\n" * 2_000_000))


@pytest.mark.parametrize("step", [Step.MAIL, Step.RCPT, Step.DATA, Step.DOT])
async def test_a_refusal_for_good_tells_the_agent_why(sink: SmtpSink, mailbox: EmailChannel, step: Step) -> None:
    sink.fail(step, Refuse(550, "5.1.1 No such user here"))
    with pytest.raises(Undeliverable, match=r"550 5\.1\.1 No such user here"):
        await mailbox.send(outbound())
    assert sink.mails == []


async def test_a_refusal_for_now_after_the_dot_may_be_sent_again(sink: SmtpSink, mailbox: EmailChannel) -> None:
    sink.fail(Step.DOT, Refuse(451, "4.3.0 Full"), times=1)
    with pytest.raises(Unavailable, match=r"451 4\.3\.0 Full"):
        await mailbox.send(outbound())
    assert (await mailbox.send(outbound())).delivery is Delivery.SENT
    assert len(sink.mails) == 1


@pytest.mark.parametrize("fault", [Die(), Hang(), Delay(2)], ids=["dies", "hangs", "is slow"])
async def test_silence_after_the_dot_is_unknown_and_never_a_retry(
    sink: SmtpSink, mailbox: EmailChannel, fault: Fault
) -> None:
    sink.fail(Step.DOT, fault)
    with pytest.raises(OutcomeUnknown):
        await mailbox.send(outbound())
    assert len(sink.mails) == 1


async def test_a_kept_connection_that_died_meanwhile_is_replaced(sink: SmtpSink, mailbox: EmailChannel) -> None:
    await mailbox.send(outbound())
    for talk in list(sink._talks):
        talk.cancel()
    await asyncio.sleep(0.01)
    assert (await mailbox.send(outbound())).delivery is Delivery.SENT
    assert (len(sink.mails), sink.connections) == (2, 2)


async def test_without_a_relay_there_is_no_route() -> None:
    with pytest.raises(NoRoute):
        await channel().send(outbound())


async def test_an_inbox_with_its_own_relay_uses_it(sink: SmtpSink) -> None:
    opened = channel(relay="smtp://127.0.0.1:1", settings=EmailSettings(relay=Secret(sink.url)))
    await opened.send(outbound())
    await opened.close()
    assert len(sink.mails) == 1


async def test_a_relay_that_nobody_answers_at_is_tried_again_later() -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
        await channel(relay="smtp://127.0.0.1:1").send(outbound())


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://host:port", "127.0.0.1:25"])
async def test_a_relay_url_that_is_none_says_so(url: str) -> None:
    with pytest.raises(Unavailable, match="relay's address"):
        await channel(relay=url).send(outbound())


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hi\r\nBcc: everyone@example.org"},
        {"from_name": "Lena\nX: y"},
        {"to_name": "Ana\r"},
        {"wire_id": "<a@b>\r\nX: y"},
        {"in_reply_to": "<a@b>\n\nbody"},
        {"references": ("<a@b>\n c",)},
        {"reply_token": "t\r\nX"},
        {"to": Address("mailto", "ana@example.org\r\nRCPT TO:<x@y>")},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_a_line_break_in_a_header_never_leaves(
    sink: SmtpSink, mailbox: EmailChannel, changes: dict[str, object]
) -> None:
    with pytest.raises(Undeliverable):
        await mailbox.send(outbound(**changes))
    assert sink.lines == []


async def test_an_address_beyond_ascii_asks_for_smtputf8(sink: SmtpSink, mailbox: EmailChannel) -> None:
    await mailbox.send(outbound(to=Address.mail("josé@bücher.example")))
    [mail] = sink.mails
    assert mail.recipients == ("josé@xn--bcher-kva.example",)
    assert "SMTPUTF8" in mail.options


async def test_a_relay_without_smtputf8_cannot_take_such_an_address() -> None:
    async with SmtpSink(extensions=("8BITMIME",)) as plain:
        with pytest.raises(Undeliverable, match="SMTPUTF8"):
            await channel(relay=plain.url).send(outbound(to=Address.mail("josé@example.org")))


async def test_a_user_needs_tls_and_gets_no_password_out_without(sink: SmtpSink) -> None:
    with pytest.raises(Unavailable):
        await channel(relay=sink.url.replace("://", "://ana:secret@")).send(outbound())
    assert not any("AUTH" in line for line in sink.lines)


async def test_starttls_is_used_where_it_is_offered(certificate: Certificate) -> None:
    async with SmtpSink(tls=certificate.for_server()) as secured:
        opened = channel(relay=secured.url)
        await opened.send(outbound())
        await opened.close()
        assert secured.mails[0].secured


async def test_many_answers_at_once_share_a_few_connections(sink: SmtpSink, mailbox: EmailChannel) -> None:
    await asyncio.gather(*(mailbox.send(outbound(message=f"m{number}")) for number in range(10)))
    await asyncio.gather(*(mailbox.send(outbound(message=f"m{number}")) for number in range(4)))
    assert len(sink.mails) == 14
    assert sink.connections == 10
