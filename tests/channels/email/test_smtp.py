"""Our receiver: what gets a 250, what does not, and what ends a mail."""

import asyncio

import pytest

from channels.contract import Forged, Response
from channels.email.limits import Limits
from channels.email.proving import Prover
from channels.email.smtp import Receiver
from crm_core.model.errors import Busy, Conflict, StoreDown, StoreFull
from tests.channels.email.dialogue import Client, Taken, greeted, receiving
from tests.peers.certificates import Certificate

MAIL = b"From: ana@example.org\r\nSubject: Hi\r\n\r\nHello"


async def test_a_mail_is_taken_before_it_is_acknowledged() -> None:
    taken = Taken(before=asyncio.Event())
    async with receiving(taken) as receiver, greeted(receiver) as client:
        await client.envelope()
        reply = asyncio.create_task(client.say(MAIL + b"\r\n."))
        await asyncio.sleep(0.05)
        assert (taken.wires, reply.done()) == ([], False)
        assert taken.before
        taken.before.set()
        assert await reply == "250 2.0.0 ON-4F7K-2931"
    [wire] = taken.wires
    assert wire.body == MAIL + b"\r\n"
    assert wire.recipients == ("hello@larkhaven.example",)
    assert wire.evidence == {"peer": "127.0.0.1", "helo": "client.example", "mail_from": "ana@example.org"}


async def test_a_near_peer_proves_the_sender_only_where_it_is_trusted() -> None:
    taken = Taken()
    async with receiving(taken, prover=Prover(trust_near=True)) as receiver, greeted(receiver) as client:
        await client.send(MAIL)
    assert taken.wires[0].evidence["proven"] == "loopback"


@pytest.mark.parametrize(
    ("why", "reply"),
    [
        (StoreFull("full"), "452"),
        (Busy(), "451"),
        (StoreDown("down"), "451"),
        (Conflict("again"), "451"),
        (RuntimeError("a fault of ours"), "451"),
        (OSError(28, "No space left on device"), "451"),
        (Forged("no"), "550"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
async def test_what_cannot_be_committed_stays_with_the_other_side(why: Exception, reply: str) -> None:
    taken = Taken(fails=why)
    async with receiving(taken) as receiver, greeted(receiver) as client:
        assert (await client.send(MAIL))[:3] == reply
        taken.fails = None
        assert (await client.send(MAIL))[:3] == "250"


async def test_a_response_that_is_no_success_is_no_250() -> None:
    taken = Taken(response=Response(status=500))
    async with receiving(taken) as receiver, greeted(receiver) as client:
        assert (await client.send(MAIL))[:3] == "451"
        taken.response = Response(status=403)
        assert (await client.send(MAIL))[:3] == "550"


async def test_a_commit_that_takes_too_long_is_a_later() -> None:
    taken = Taken(before=asyncio.Event())
    async with receiving(taken, limits=Limits(taking=0.05)) as receiver, greeted(receiver) as client:
        assert (await client.send(MAIL))[:3] == "451"


async def test_an_unknown_recipient_is_refused_and_a_known_one_still_served() -> None:
    taken = Taken()
    async with receiving(taken) as receiver, greeted(receiver) as client:
        await client.say("MAIL FROM:<ana@example.org>")
        assert (await client.say("RCPT TO:<nobody@larkhaven.example>"))[:3] == "550"
        assert (await client.say("DATA"))[:3] == "503"
        await client.say("RCPT TO:<hello@larkhaven.example>")
        await client.say("DATA")
        assert (await client.say(MAIL + b"\r\n."))[:3] == "250"
    assert len(taken.wires) == 1


async def test_one_mail_for_two_of_our_mailboxes_is_handed_to_each_and_acknowledged_once() -> None:
    taken = Taken()
    recipients = ("hello@larkhaven.example", "parks@larkhaven.example", "hello+token@larkhaven.example")
    async with receiving(taken) as receiver, greeted(receiver) as client:
        assert (await client.send(MAIL, *recipients))[:3] == "250"
    assert taken.inboxes == ["hello", "parks"]
    assert taken.wires[0].recipients == ("hello@larkhaven.example", "hello+token@larkhaven.example")


# ---------------------------------------------------------------- the end of the data

SMUGGLED = b"MAIL FROM:<x@evil.example>\r\nRCPT TO:<hello@larkhaven.example>\r\nDATA\r\nFrom: boss@larkhaven.example\r\n\r\nevil"

VARIANTS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\r.\n",
    b"\n.\r",
    b"\r\n.\r\r\n",
    b"\n\n.\r\n",
    b"\r\n\x00.\r\n",
    b"\r\r\n.\n",
]


@pytest.mark.parametrize("variant", VARIANTS, ids=repr)
async def test_only_crlf_dot_crlf_ends_a_mail(variant: bytes) -> None:
    taken = Taken()
    async with receiving(taken) as receiver, greeted(receiver) as client:
        assert (await client.send(MAIL + variant + SMUGGLED))[:3] == "250"
        assert (await client.say("NOOP"))[:3] == "250"
    assert len(taken.wires) == 1
    assert taken.wires[0].body.endswith(b"evil\r\n")


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b".", b""),
        (b"\r\n.", b"\r\n"),
        (b"one\r\n.", b"one\r\n"),
        (b"one\r\ntwo\r\n.", b"one\r\ntwo\r\n"),
        (b"one\r\ntwo\r\nthree\r\n.", b"one\r\ntwo\r\nthree\r\n"),
        (b"..\r\n.", b".\r\n"),
        (b"..one\r\n...two\r\n.", b".one\r\n..two\r\n"),
        (b".one\r\n.", b"one\r\n"),
        (b"one.\r\n.", b"one.\r\n"),
        (b"one\r\n..\r\n.", b"one\r\n.\r\n"),
    ],
    ids=repr,
)
async def test_mails_of_few_lines_and_dots_arrive_as_they_were_meant(data: bytes, body: bytes) -> None:
    taken = Taken()
    async with receiving(taken) as receiver, greeted(receiver) as client:
        await client.envelope()
        assert (await client.say(data))[:3] == "250"
    assert taken.wires[0].body == body


async def test_the_end_is_found_wherever_the_network_cuts_it() -> None:
    taken = Taken()
    async with receiving(taken) as receiver, greeted(receiver) as client:
        for _ in range(3):
            await client.envelope()
            for byte in b"a\r\n.b\r\n.\r\n":
                client.writer.write(bytes([byte]))
                await client.writer.drain()
                await asyncio.sleep(0)
            assert (await client.reply())[:3] == "250"
    assert [wire.body for wire in taken.wires] == [b"a\r\nb\r\n"] * 3


async def test_everything_at_once_is_two_mails_and_nobody_waits_for_a_reply() -> None:
    taken = Taken()
    one = b"MAIL FROM:<ana@example.org>\r\nRCPT TO:<hello@larkhaven.example>\r\nDATA\r\n" + MAIL + b"\r\n.\r\n"
    async with receiving(taken) as receiver:
        client = await Client.to(receiver)
        client.writer.write(b"EHLO c\r\n" + one + one + b"QUIT\r\n")
        client.writer.write_eof()
        replies = [line[:4] for line in (await client.rest()).splitlines()]
        client.close()
    assert replies[-9:] == ["250 ", "250 ", "354 ", "250 ", "250 ", "250 ", "354 ", "250 ", "221 "]
    assert len(taken.wires) == 2


async def test_a_line_of_a_megabyte_and_all_bytes_arrive_unchanged() -> None:
    taken = Taken()
    body = b"Subject: x\r\n\r\n" + b"y" * 1_000_000 + bytes(byte for byte in range(256) if byte not in b"\r\n.")
    async with receiving(taken) as receiver, greeted(receiver) as client:
        assert (await client.send(body))[:3] == "250"
    assert taken.wires[0].body == body + b"\r\n"


# ---------------------------------------------------------------- limits


async def test_a_mail_that_is_too_large_is_refused_and_the_next_one_served() -> None:
    taken = Taken()
    async with receiving(taken, limits=Limits(size=100_000)) as receiver, greeted(receiver) as client:
        assert (await client.say("MAIL FROM:<a@b.example> SIZE=100001"))[:3] == "552"
        assert (await client.send(b"x" * 300_000))[:3] == "552"
        assert (await client.send(b"x" * 99_000))[:3] == "250"
    assert len(taken.wires) == 1


async def test_mail_without_end_is_cut() -> None:
    async with receiving(Taken(), limits=Limits(size=100_000)) as receiver, greeted(receiver) as client:
        await client.envelope()
        with pytest.raises(ConnectionError):
            await _flood(client)


async def _flood(client: Client) -> None:
    for _ in range(1_000):
        client.writer.write(b"x" * 65_536)
        await client.writer.drain()


async def test_more_at_once_than_memory_holds_is_a_later() -> None:
    async with receiving(Taken(), limits=Limits(memory=200_000)) as receiver, greeted(receiver) as client:
        assert (await client.send(b"x" * 300_000))[:3] == "452"
        assert (await client.send(b"x" * 100_000))[:3] == "250"


async def test_recipients_are_bounded() -> None:
    async with receiving(Taken(), limits=Limits(recipients=2)) as receiver, greeted(receiver) as client:
        await client.say("MAIL FROM:<a@b.example>")
        replies = [await client.say(f"RCPT TO:<hello+{number}@larkhaven.example>") for number in range(3)]
    assert [reply[:3] for reply in replies] == ["250", "250", "452"]


async def test_a_command_line_is_bounded() -> None:
    async with receiving(Taken()) as receiver, greeted(receiver) as client:
        assert (await client.say("MAIL FROM:<" + "a" * 3_000 + "@b.example>"))[:3] == "500"
        assert (await client.say("NOOP " + "a" * 300_000))[:3] == "500"
        assert (await client.say("NOOP"))[:3] == "250"


async def test_more_connections_than_there_may_be_are_sent_away() -> None:
    async with receiving(Taken(), limits=Limits(connections=2)) as receiver:
        async with greeted(receiver), greeted(receiver):
            third = await Client.to(receiver)
            assert (await third.rest())[:3] == "421"
            third.close()
        await asyncio.sleep(0.05)
        async with greeted(receiver):
            pass


async def test_who_is_too_slow_is_cut_and_others_are_served() -> None:
    limits = Limits(idle=0.2, grace=0.2, pace=100_000)
    async with receiving(Taken(), limits=limits) as receiver:
        silent, slow = await Client.to(receiver), await Client.to(receiver)
        await slow.greet()
        await slow.envelope()
        drip = asyncio.create_task(_drip(slow))
        async with greeted(receiver) as client:
            assert (await client.send(MAIL))[:3] == "250"
        assert "421" in await silent.rest()
        await asyncio.sleep(0.3)
        assert receiver._host.sessions == set()
        drip.cancel()
        silent.close()
        slow.close()


async def _drip(client: Client) -> None:
    while True:
        client.writer.write(b"x")
        await asyncio.sleep(0.02)


# ---------------------------------------------------------------- oddities


@pytest.mark.parametrize(
    "path", ["<>", "ana@example.org", "<@relay.example:ana@example.org>", '<"a b"@example.org>', "<ana>"]
)
async def test_senders_are_taken_as_they_are_written(path: str) -> None:
    async with receiving(Taken()) as receiver, greeted(receiver) as client:
        assert (await client.say(f"MAIL FROM:{path}"))[:3] == "250"


@pytest.mark.parametrize(
    "line",
    [
        b"MAIL FROM:<a\xff@b>",
        b"MAIL FROM:<a@b",
        b"MAIL",
        b"RCPT",
        b"\xff\xfe",
        b"",
        b"FOO",
        b"AUTH PLAIN",
        b"VRFY \xff",
    ],
)
async def test_odd_commands_get_a_clean_reply_and_the_dialogue_goes_on(line: bytes) -> None:
    async with receiving(Taken()) as receiver, greeted(receiver) as client:
        assert (await client.say(line))[:1] in "25"
        assert (await client.send(MAIL))[:3] == "250"


async def test_a_client_that_leaves_in_the_middle_leaves_nothing() -> None:
    taken = Taken()
    async with receiving(taken) as receiver:
        for cut in (b"", b"EHLO c\r\n", b"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<hello@x>\r\nDATA\r\nhalf a mai"):
            client = await Client.to(receiver)
            client.writer.write(cut)
            client.close()
        await asyncio.sleep(0.1)
        assert receiver._host.sessions == set()
    assert taken.wires == []


async def test_closing_finishes_the_mail_that_is_on_its_way_in() -> None:
    taken = Taken(before=asyncio.Event())
    async with receiving(taken) as receiver, greeted(receiver) as busy, greeted(receiver) as idle:
        await busy.envelope()
        reply = asyncio.create_task(busy.say(MAIL + b"\r\n."))
        await asyncio.sleep(0.05)
        closing = asyncio.create_task(receiver.close())
        assert (await idle.reply())[:3] == "421"
        assert taken.before
        taken.before.set()
        assert (await reply)[:3] == "250"
        await closing
    assert len(taken.wires) == 1


async def test_a_port_in_use_is_an_oserror() -> None:
    async with receiving(Taken()) as receiver:
        with pytest.raises(OSError, match="in use"):
            await Receiver(Taken().way_for, port=receiver.port).open()


async def test_plaintext_sent_before_tls_begins_is_forgotten(certificate: Certificate) -> None:
    taken = Taken()
    async with receiving(taken, tls=certificate.for_server()) as receiver, greeted(receiver) as client:
        client.writer.write(b"STARTTLS\r\nMAIL FROM:<injected@evil.example>\r\n")
        assert (await client.reply())[:3] == "220"
        await client.writer.start_tls(certificate.for_client(), server_hostname="localhost")
        assert (await client.say("RCPT TO:<hello@larkhaven.example>"))[:3] == "503"
        assert (await client.say("EHLO client.example"))[:3] == "250"
        assert (await client.send(MAIL))[:3] == "250"
    assert taken.wires[0].evidence["tls"] == "yes"
    assert taken.wires[0].evidence["mail_from"] == "ana@example.org"
