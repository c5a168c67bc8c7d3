"""Where a mailbox's own relay may stand, however its address is written."""

from __future__ import annotations

import socket

import pytest

from channels.contract import Secret, Unavailable
from channels.email.reach import dial, is_refused
from channels.email.settings import EmailSettings
from tests.channels.email.letters import channel, outbound
from tests.peers.smtp_sink import SmtpSink

REFUSED = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[::a9fe:a9fe]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "0",
    "[::]",
    "224.0.0.1",
    "[ff02::1]",
    "255.255.255.255",
]


@pytest.mark.parametrize("host", REFUSED)
async def test_no_mail_server_is_there_so_nothing_is_sent(host: str) -> None:
    mailbox = channel(settings=EmailSettings(relay=Secret(f"smtp://{host}:80")))
    with pytest.raises(Unavailable, match="no mail server can be"):
        await mailbox.send(outbound())


@pytest.mark.parametrize(
    "address", ["10.0.0.25", "127.0.0.1", "::1", "192.168.1.1", "fd12::1", "8.8.8.8", "2001:4860::1"]
)
def test_private_and_public_servers_are_allowed(address: str) -> None:
    assert not is_refused(address)


async def test_a_relay_on_this_machine_sends(smtp_sink: SmtpSink) -> None:
    mailbox = channel(settings=EmailSettings(relay=Secret(smtp_sink.url)))
    await mailbox.send(outbound())
    assert len(smtp_sink.mails) == 1
    await mailbox.close()


async def test_the_address_that_was_checked_is_the_one_connected_to(smtp_sink: SmtpSink) -> None:
    asked = []

    async def turns_around(host: str) -> list[tuple[socket.AddressFamily, str]]:
        asked.append(host)
        return [(socket.AF_INET, "127.0.0.1" if len(asked) == 1 else "169.254.169.254")]

    sock = await dial("relay.example", smtp_sink.port, resolve=turns_around)
    assert sock.getpeername()[0] == "127.0.0.1"
    assert asked == ["relay.example"], "it was asked again after it was checked"
    sock.close()
    with pytest.raises(Unavailable):
        await dial("relay.example", smtp_sink.port, resolve=turns_around)


async def test_one_forbidden_address_among_good_ones_is_enough(smtp_sink: SmtpSink) -> None:
    async def both(_host: str) -> list[tuple[socket.AddressFamily, str]]:
        return [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "169.254.169.254")]

    with pytest.raises(Unavailable):
        await dial("relay.example", smtp_sink.port, resolve=both)


async def test_a_server_that_is_not_there_is_tried_again_later() -> None:
    mailbox = channel(settings=EmailSettings(relay=Secret("smtp://127.0.0.1:1")))
    with pytest.raises(Unavailable, match="cannot be used"):
        await mailbox.send(outbound())
