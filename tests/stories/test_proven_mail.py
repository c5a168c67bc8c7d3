"""Mail from outside, handed to the receiver of a served house: who is proven joins, who is not does not.

A peer on loopback is never looked up, so no client of ours can be an outside peer over the wire. What the
dialogue hands on is therefore given to the receiver's own function, with a peer of the outside; from there
on everything is real: prover, name server, signatures, reader, desk and record.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from channels.contract import Way
from channels.email.envelope import Envelope
from channels.email.proving import Prover
from channels.email.proving.names import Names
from channels.email.smtp import Receiver
from channels.shared.heavy import HeavyReader
from gateway.ports import _port
from tests.channels.email.test_proving import OUTSIDE, _key, signed
from tests.peers.name_server import NameServer, name_server
from tests.stories.conftest import Install
from tests.stories.face import HELLO, Api, Json, inside, letter, token_for


@dataclass
class Post:
    """The receiver of a served house, as its dialogue calls it for a peer from outside."""

    receiver: Receiver
    dns: NameServer
    anna: Api

    async def bring(self, mail: bytes, *, peer: str = OUTSIDE) -> None:
        way = self.receiver.way_for(HELLO)
        assert isinstance(way, Way)
        envelope = Envelope(peer, "mx.example.org", "wei@example.org", ((HELLO, way),), mail, secured=False)
        assert (await self.receiver.receive(envelope)).startswith("250")

    async def tickets(self) -> list[Json]:
        return await self.anna.tickets()


@pytest.fixture
async def outside(database: str, install: Install) -> AsyncIterator[Post]:
    service = install(database, ONESTOP_TRUST_PRIVATE_PEERS="false")
    token = await token_for(service)
    async with inside(service) as house, name_server() as dns, Api.open(service, token) as anna:
        dns.text("s1._domainkey.example.org", _key()[1])
        dns.text("s1._domainkey.evil.example", _key()[1])
        dns.text("_dmarc.example.org", "v=DMARC1; p=reject")
        prover = Prover(names=Names(dns.resolver), seconds=120, _apart=HeavyReader(seconds=60))
        receiver = Receiver(_port(house, "127.0.0.1", 0).way_for, prover=prover)
        yield Post(receiver, dns, anna)
        await prover.close()


async def test_a_proven_mail_of_a_participant_with_a_known_reference_joins(outside: Post) -> None:
    await outside.bring(signed(letter("My permit ran out.", Message_ID="<first@example.org>")))
    await outside.bring(signed(letter("And here is more.", In_Reply_To="<first@example.org>")))
    [ticket] = await outside.tickets()
    said = await outside.anna.messages(ticket["id"])
    assert [message["text"].strip() for message in said] == ["My permit ran out.", "And here is more."]


@pytest.mark.parametrize("how", ["unsigned", "changed", "by another domain", "from another address"])
async def test_the_same_mail_unproven_is_a_ticket_of_its_own_and_says_what_it_may_belong_to(
    outside: Post, how: str
) -> None:
    await outside.bring(signed(letter("My permit ran out.", Message_ID="<first@example.org>")))
    more = letter("And here is more.", In_Reply_To="<first@example.org>")
    strange = more.replace(b"wei@example.org", b"eve@example.org")
    mail = {
        "unsigned": more,
        "changed": signed(more).replace(b"here is more", b"pay somebody else"),
        "by another domain": signed(more, by="evil.example"),
        "from another address": signed(strange),
    }[how]
    await outside.bring(mail)
    later, first = await outside.tickets()
    assert len(await outside.anna.messages(first["id"])) == 1
    assert len(await outside.anna.messages(later["id"])) == 1


async def test_what_a_near_peer_signs_is_not_looked_up(outside: Post) -> None:
    await outside.bring(signed(letter()), peer="127.0.0.1")
    assert outside.dns.asked.total() == 0
    assert len(await outside.tickets()) == 1


async def test_a_dns_that_hangs_loses_no_mail(outside: Post) -> None:
    outside.dns.silent |= {"_dmarc.example.org", "example.org"}
    outside.receiver.prover = replace(outside.receiver.prover, seconds=0.2)
    await outside.bring(signed(letter()))
    assert len(await outside.tickets()) == 1
