"""SPF, DKIM and DMARC against a real name server on loopback, with mails that are really signed."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from channels.email.envelope import Envelope
from channels.email.proving import Prover
from channels.email.proving import prover as prover_module
from channels.email.proving.names import Names
from channels.email.proving.spf import check
from channels.shared.heavy import HeavyReader
from tests.channels.email.letters import read
from tests.peers.name_server import NameServer, name_server

NOW = datetime.now(UTC)
OUTSIDE = "8.8.4.4"
FROM = "wei@example.org"


@cache
def _key() -> tuple[bytes, str]:
    """A key pair: PEM to sign with, and the record that publishes it."""
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def letter(text: str = "My permit ran out.", *, sender: str = f"Wei Zhang <{FROM}>") -> bytes:
    return (
        f"From: {sender}\r\nTo: hello@larkhaven.example\r\nSubject: Permit\r\n"
        f"Message-ID: <first@example.org>\r\n\r\n{text}\r\n"
    ).encode()


def signed(mail: bytes, *, by: str = "example.org", **how: Any) -> bytes:
    return bytes(dkim.DKIM(mail).sign(b"s1", by.encode(), _key()[0], **how)) + mail


@dataclass
class Lab:
    """The name server and a prover that asks it."""

    dns: NameServer
    prover: Prover

    async def examine(self, mail: bytes, *, peer: str = OUTSIDE, mail_from: str = FROM) -> Mapping[str, str]:
        envelope = Envelope(peer, "mx.example.org", mail_from, (), mail, secured=False)
        return await self.prover.evidence(envelope, at=NOW)

    async def proven(self, mail: bytes, **how: Any) -> bool:
        return (await self.examine(mail, **how)).get("proven") == "dmarc"

    async def spf(self, ip: str = OUTSIDE, *, sender: str = FROM, helo: str = "mx.example.org") -> str:
        return (await check(self.prover.names, ip=ip_address(ip), sender=sender, helo=helo)).value


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with name_server() as dns:
        for domain in ("example.org", "mail.example.org", "other.example"):
            dns.text(f"s1._domainkey.{domain}", _key()[1])
        dns.text("_dmarc.example.org", "v=DMARC1; p=reject")
        # The bound of the test machine is not that of the product: two busy cores must not make a proof fail.
        slow = HeavyReader(seconds=60)
        prover = Prover(names=Names(dns.resolver), seconds=120, _apart=slow)
        yield Lab(dns, prover)
        await prover.close()


# ---------------------------------------------------------------- DKIM


async def test_a_mail_signed_by_the_domain_of_from_is_proven_for_its_address_and_no_other(lab: Lab) -> None:
    found = await lab.examine(signed(letter()))
    assert found["proven"] == "dmarc"
    assert found["dkim"] == "example.org"
    evidence: Any = {"proven": found["proven"], "proven_for": found["proven_for"]}
    assert read(letter(), **evidence).proven == "dmarc"
    assert read(letter(sender="eve@example.org"), **evidence).proven is None


async def test_what_was_changed_after_signing_is_not_proven(lab: Lab) -> None:
    mail = signed(letter())
    assert not await lab.proven(mail.replace(b"permit ran out", b"permit is new"))
    assert not await lab.proven(mail.replace(b"Subject: Permit", b"Subject: Refund"))
    assert not await lab.proven(mail.replace(b"Wei Zhang <wei@", b"Wei Zhang <sue@"))
    assert await lab.proven(mail), "the control: as it was signed it is proven"


async def test_an_expired_signature_is_none(lab: Lab) -> None:
    mail = signed(letter())
    [found] = re.findall(rb"t=(\d+);", mail)
    soon, past = int(found) + 3600, int(NOW.timestamp()) - 60
    assert not await lab.proven(_resigned(letter(), b"x=%d;" % past))
    assert await lab.proven(_resigned(letter(), b"x=%d;" % soon))


async def test_another_domains_signature_proves_nothing_about_from(lab: Lab) -> None:
    assert not await lab.proven(signed(letter(), by="other.example"))
    assert lab.dns.asked["s1._domainkey.other.example", "TXT"] == 0, "what cannot align is not looked up"


async def test_a_subdomain_signs_for_its_organisation_unless_alignment_is_strict(lab: Lab) -> None:
    assert await lab.proven(signed(letter(), by="mail.example.org"))
    assert await lab.proven(signed(letter(sender="wei@mail.example.org")), mail_from="wei@mail.example.org")


async def test_strict_alignment_wants_the_very_domain(lab: Lab) -> None:
    lab.dns.text("_dmarc.example.org", "v=DMARC1; p=none; adkim=s; aspf=s")
    lab.dns.text("mail.example.org", "v=spf1 ip4:8.8.4.4 -all")
    assert not await lab.proven(signed(letter(), by="mail.example.org"))
    assert not await lab.proven(letter(), mail_from="bounce@mail.example.org")
    assert await lab.proven(signed(letter()))


async def test_without_a_policy_only_the_very_domain_counts(lab: Lab) -> None:
    lab.dns.text("_dmarc.example.org", "nothing here")
    assert not await lab.proven(signed(letter(), by="mail.example.org"))
    assert await lab.proven(signed(letter()))


async def test_below_a_public_suffix_neighbours_do_not_vouch_for_each_other(lab: Lab) -> None:
    lab.dns.text("_dmarc.city.example", "v=DMARC1; p=reject; psd=y")
    lab.dns.text("s1._domainkey.eve.city.example", _key()[1])
    lab.dns.text("s1._domainkey.city.example", _key()[1])
    for other in ("eve.city.example", "city.example"):
        assert not await lab.proven(signed(letter(sender="wei@bob.city.example"), by=other))
    assert not await lab.proven(signed(letter(sender="wei@city.example"), by="eve.city.example"))


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; t=y; p=KEY", "only a test of theirs"),
        ("v=DKIM1; k=ed25519; p=KEY", "another algorithm"),
        ("v=DKIM1; p=AAAA", "no key"),
        ("hello p=", "no record"),
    ],
)
async def test_a_key_that_shows_nothing(lab: Lab, record: str, why: str) -> None:
    lab.dns.text("s1._domainkey.example.org", record.replace("KEY", _key()[1].rpartition("p=")[2]))
    assert not await lab.proven(signed(letter())), why


async def test_a_signature_of_a_part_is_none_since_anything_may_stand_below(lab: Lab) -> None:
    mail = signed(letter(), length=True)
    assert not await lab.proven(mail + b"Send the money elsewhere.\r\n")


async def test_a_reply_to_that_was_added_after_signing_unproves(lab: Lab) -> None:
    assert not await lab.proven(b"Reply-To: eve@evil.example\r\n" + signed(letter()))
    assert await lab.proven(signed(b"Reply-To: office@example.org\r\n" + letter()))


@pytest.mark.parametrize(
    "more",
    [b"From: boss@example.org\r\n", b"from : boss@example.org\r\n", b"X-A: b\r\nFROM:\r\n boss@example.org\r\n"],
)
async def test_two_authors_are_none(lab: Lab, more: bytes) -> None:
    assert not await lab.proven(more + signed(letter()))
    assert not await lab.proven(signed(letter(sender="wei@example.org, boss@example.org")))


async def test_a_large_mail_is_hashed_in_another_process_and_the_loop_goes_on(lab: Lab) -> None:
    mail = signed(letter("A picture in letters. " * 3 + "\r\n" * 1 + "x" * 70 + ("\r\n" + "y" * 70) * 20_000))
    examining = asyncio.create_task(lab.proven(mail))
    turns = 0
    while not examining.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert await examining
    assert turns > 20, "the loop stood still"


async def test_a_body_made_to_keep_a_verifier_busy_proves_nothing_and_stops_nobody(lab: Lab) -> None:
    patient, lab.prover._apart = lab.prover._apart, HeavyReader(seconds=1)
    honest = signed(letter(), canonicalize=(b"relaxed", b"relaxed"))
    head, _, _ = honest.partition(b"\r\n\r\n")
    assert not await lab.proven(head + b"\r\n\r\n" + b" " * 200_000 + b"x\r\n")
    await lab.prover.close()
    lab.prover._apart = patient
    assert await lab.proven(honest)


# ---------------------------------------------------------------- SPF


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:8.8.4.0/24 -all", "pass"),
        ("v=spf1 ip4:9.9.9.9 -all", "fail"),
        ("v=spf1 ip4:9.9.9.9 ~all", "softfail"),
        ("v=spf1 ip4:9.9.9.9 ?all", "neutral"),
        ("v=spf1 ip4:9.9.9.9", "neutral"),
        ("v=spf1 a:host.example.org -all", "pass"),
        ("v=spf1 a:host.example.org/8 -all", "pass"),
        ("v=spf1 mx -all", "pass"),
        ("v=spf1 include:_spf.example.org -all", "pass"),
        ("v=spf1 include:fails.example.org ip4:8.8.4.4 -all", "pass"),
        ("v=spf1 include:nowhere.example.org -all", "permerror"),
        ("v=spf1 redirect=_spf.example.org", "pass"),
        ("v=spf1 redirect=nowhere.example.org", "permerror"),
        ("v=spf1 ptr:example.org -all", "pass"),
        ("v=spf1 exists:%{ir}.%{l1r-}.list.%{d2} -all", "pass"),
        ("v=spf1 exists:%{x}.example.org -all", "permerror"),
        ("v=spf1 ip6:2001:db8::/32 ip4:8.8.4.4 -all", "pass"),
        ("v=spf1 ip4:8.8.4.4/33 -all", "permerror"),
        ("v=spf1 ip4:8.8.4.4 nonsense -all", "permerror"),
        ("v=spf1 +all", "open"),
        ("v=spf1 include:open.example.org -all", "open"),
        ("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", "open"),
        ("v=spf10 ip4:8.8.4.4 -all", "none"),
        ("v=spf1 include:example.org -all", "permerror"),
        ("v=spf1 a:n1.example.org a:n2.example.org a:n3.example.org ip4:8.8.4.4", "permerror"),
        ("v=spf1 " + " ".join(f"a:h{number}.example.org" for number in range(11)) + " ip4:8.8.4.4", "permerror"),
        ("v=spf1 " + " ".join(f"a:h{number}.example.org" for number in range(10)) + " ip4:8.8.4.4", "pass"),
    ],
)
async def test_spf_says(lab: Lab, record: str, result: str) -> None:
    zone = lab.dns.zone
    lab.dns.text("example.org", record, "another text")
    lab.dns.text("_spf.example.org", "v=spf1 ip4:8.8.4.4 -all")
    lab.dns.text("fails.example.org", "v=spf1 -all")
    lab.dns.text("open.example.org", "v=spf1 all")
    zone["host.example.org", "A"] = [OUTSIDE]
    zone["example.org", "MX"] = ["10 host.example.org."]
    zone["4.4.8.8.in-addr.arpa", "PTR"] = ["host.example.org."]
    zone["4.4.8.8.wei.list.example.org", "A"] = ["127.0.0.2"]
    for number in range(11):
        zone[f"h{number}.example.org", "A"] = ["9.9.9.9"]
    assert await lab.spf() == result


async def test_no_record_two_records_and_no_domain(lab: Lab) -> None:
    assert await lab.spf() == "none"
    assert await lab.spf(sender="postmaster@localhost") == "none"
    lab.dns.text("two.example", "v=spf1 +all", "v=spf1 -all")
    assert await lab.spf(sender="a@two.example") == "permerror"


async def test_spf_proves_where_the_envelope_is_aligned_and_only_there(lab: Lab) -> None:
    lab.dns.text("example.org", "v=spf1 ip4:8.8.4.4 -all")
    lab.dns.text("other.example", "v=spf1 ip4:8.8.4.4 -all")
    lab.dns.text("bounce.example.org", "v=spf1 ip4:8.8.4.4 -all")
    assert await lab.proven(letter())
    assert await lab.proven(letter(), mail_from="x@bounce.example.org")
    assert not await lab.proven(letter(), mail_from="x@other.example")
    assert not await lab.proven(letter(), peer="9.9.9.9")
    assert not await lab.proven(letter(), mail_from=""), "the null sender speaks for its HELO, mx.example.org"


async def test_who_lets_everybody_send_proves_nobody(lab: Lab) -> None:
    lab.dns.text("example.org", "v=spf1 +all")
    found = await lab.examine(letter())
    assert (found["spf"], found["dmarc"], found.get("proven")) == ("open", "fail", None)


# ---------------------------------------------------------------- a DNS that is slow, or lies


async def test_a_silent_dns_costs_its_bound_once_and_proves_nothing(lab: Lab) -> None:
    lab.dns.silent |= {"_dmarc.example.org", "example.org"}
    lab.prover.seconds = 0.3
    began = time.monotonic()
    assert await lab.examine(signed(letter())) == {"dmarc": "temperror"}
    assert time.monotonic() - began >= 0.3
    asked = lab.dns.asked.total()
    assert await lab.examine(signed(letter())) == {"dmarc": "temperror"}
    assert lab.dns.asked.total() == asked, "the next mail waits for nobody"


async def test_an_spf_that_is_never_answered_does_not_cost_a_signature_its_turn(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prover_module, "SHARE_OF_SPF", 0.005)
    lab.dns.silent.add("example.org")
    found = await lab.examine(signed(letter()))
    assert (found["spf"], found["dmarc"]) == ("temperror", "pass")


def test_the_product_gives_it_three_seconds() -> None:
    assert Prover().seconds == 3
    assert Names().seconds <= 3


async def test_names_that_lead_in_circles_prove_nothing(lab: Lab) -> None:
    zone = lab.dns.zone
    del zone["s1._domainkey.example.org", "TXT"]
    zone["s1._domainkey.example.org", "CNAME"] = ["loop.example.org."]
    zone["loop.example.org", "CNAME"] = ["s1._domainkey.example.org."]
    assert not await lab.proven(signed(letter()))
    zone["example.org", "CNAME"] = ["example.org."]
    assert await lab.spf() in ("none", "temperror")
    zone["_dmarc.example.org", "CNAME"] = ["loop.example.org."]
    zone.pop(("_dmarc.example.org", "TXT"))
    assert not await lab.proven(signed(letter()))


async def test_a_long_answer_comes_by_tcp_and_every_answer_is_asked_for_once(lab: Lab) -> None:
    lab.dns.text("example.org", "v=spf1 ip4:8.8.4.4 -all", "filler " * 120)
    assert await lab.proven(letter())
    assert lab.dns.by_tcp > 0
    before = lab.dns.asked.copy()
    assert await lab.proven(letter("Another"))
    assert lab.dns.asked == before


async def test_a_machine_without_dns_takes_mail_unproven() -> None:
    def none() -> Any:
        raise OSError("no resolv.conf")

    prover = Prover(names=Names(none))
    envelope = Envelope(OUTSIDE, "mx", FROM, (), signed(letter()), secured=False)
    assert await prover.evidence(envelope, at=NOW) == {"dmarc": "temperror"}
    await prover.close()


# ---------------------------------------------------------------- near peers, and servers of our own


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "::ffff:10.0.0.1", ""])
async def test_near_peers_are_never_looked_up(lab: Lab, peer: str) -> None:
    assert await lab.examine(signed(letter()), peer=peer) == {}
    assert lab.dns.asked.total() == 0
    trusting = replace(lab.prover, trust_near=True)
    envelope = Envelope(peer, "x", FROM, (), letter(), secured=False)
    assert await trusting.evidence(envelope, at=NOW) == {"proven": "loopback"}


VERDICT = b"Authentication-Results: mx.larkhaven.example (ours);\r\n dkim=pass header.d=example.org;\r\n dmarc=%s header.from=%s\r\n"


@pytest.mark.parametrize(
    ("header", "peer", "proven"),
    [
        (VERDICT % (b"pass", b"example.org"), "10.0.0.2", True),
        (VERDICT % (b"fail", b"example.org"), "10.0.0.2", False),
        (VERDICT % (b"pass", b"other.example"), "10.0.0.2", False),
        (VERDICT % (b"fail", b"example.org") + VERDICT % (b"pass", b"example.org"), "10.0.0.2", False),
        ((VERDICT % (b"pass", b"example.org")).replace(b"mx.larkhaven", b"mx.evil"), "10.0.0.2", False),
        (b"Authentication-Results: mx.evil.example; x=(mx.larkhaven.example; dmarc=pass\r\n", "10.0.0.2", False),
        (VERDICT % (b"pass", b"example.org"), OUTSIDE, False),
    ],
)
async def test_only_the_topmost_verdict_of_a_named_near_server_is_believed(
    lab: Lab, header: bytes, peer: str, proven: bool
) -> None:
    lab.prover.trusted_mx = frozenset({"mx.larkhaven.example"})
    found = await lab.examine(header + letter(), peer=peer)
    assert (found.get("proven") == "dmarc") is proven


async def test_a_named_servers_no_outweighs_the_trust_in_near_peers(lab: Lab) -> None:
    lab.prover.trusted_mx, lab.prover.trust_near = frozenset({"mx.larkhaven.example"}), True
    assert "proven" not in await lab.examine(VERDICT % (b"fail", b"example.org") + letter(), peer="10.0.0.2")
    assert (await lab.examine(letter(), peer="10.0.0.2"))["proven"] == "loopback"


def _resigned(mail: bytes, tag: bytes) -> bytes:
    """Signed, with one more tag that is signed too: dkimpy does not write x= itself."""
    usual = dkim.DKIM.gen_header

    class Tagged(dkim.DKIM):  # type: ignore[misc]
        def gen_header(self, fields: Any, *rest: Any) -> Any:
            name, _, value = tag.rstrip(b";").partition(b"=")
            return usual(self, [*fields[:-1], (name, value), fields[-1]], *rest)

    return bytes(Tagged(mail).sign(b"s1", b"example.org", _key()[0])) + mail
