"""Evidence about a mail's sender, gathered around `read`: 3 seconds at most, and nothing proven on doubt.

Peers of this machine and private networks are never looked up: what they say counts where a
setting says so, or where a mail server of our own checked it and wrote that down.
"""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address

from channels.email.addresses import mailboxes
from channels.email.envelope import Envelope
from channels.email.limits import is_near
from channels.email.proving import policy, signatures, spf
from channels.email.proving.names import Ip, Names, Silent
from channels.email.proving.policy import Policy
from channels.email.proving.spf import Spf
from channels.email.proving.verdicts import verdict
from channels.shared.heavy import HeavyReader, TooHeavy
from channels.shared.mime import split_headers

log = logging.getLogger("onestop.smtp")

SECONDS = 3.0
SHARE_OF_SPF = 0.6
"""Of the time: a slow name in somebody's SPF must not cost the signature its turn."""

HASHING_SECONDS = 1.5
HASHING_MEMORY = 536_870_912
STEERING = frozenset({"reply-to"})
"""Headers that a signature must cover where they are there: who sends an old mail again could add one of their own."""

_FROM = re.compile(rb"^from[ \t]*:", re.IGNORECASE | re.MULTILINE)
_EMPTY_LINE = re.compile(rb"\n\r?\n")

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail says it is from: the address as `read` will name it, and its domain as the DNS does."""

    address: str
    domain: str


@dataclass(slots=True)
class Prover:
    """`trust_near`: near peers count as proven; `trusted_mx`: names under which our own mail servers write verdicts."""

    trust_near: bool = False
    trusted_mx: frozenset[str] = frozenset()
    names: Names = field(default_factory=Names)
    seconds: float = SECONDS
    _apart: HeavyReader = field(default_factory=lambda: HeavyReader(seconds=HASHING_SECONDS, memory=HASHING_MEMORY))

    async def evidence(self, envelope: Envelope, *, at: datetime) -> Mapping[str, str]:
        """What was found: `proven` and for which address (`proven_for`) where it is; `spf`, `dkim`, `dmarc`."""
        near = is_near(envelope.peer)
        if near and not self.trusted_mx:
            return self._trusted()
        headers, _ = split_headers(envelope.body)
        sender = sender_of(headers, raw=envelope.body)
        if near:
            return self._near(headers, sender=sender)
        if sender is None:
            return {"dmarc": "none"}
        try:
            async with asyncio.timeout(self.seconds):
                return await self._far(envelope, headers, sender=sender, at=at)
        except (Silent, TimeoutError):
            return {"dmarc": "temperror"}
        except Exception:  # a fault of ours proves nothing and must not cost the mail
            log.exception("a sender could not be checked")
            return {"dmarc": "temperror"}

    async def of_fetched(self, body: bytes, *, at: datetime) -> Mapping[str, str]:
        """The same of mail that lay in somebody's mailbox: who brought it there is not known, so SPF says nothing."""
        headers, _ = split_headers(body)
        sender = sender_of(headers, raw=body)
        if sender is None:
            return {"dmarc": "none"}
        told = verdict(_all(headers, "authentication-results"), trusted=self.trusted_mx, domain=sender.domain)
        if told is not None:
            return {"dmarc": told, **(_proven(sender) if told == "pass" else {})}
        try:
            async with asyncio.timeout(self.seconds):
                holds = await policy.policy_of(self.names, sender.domain)
                signed = await self._signed(body, headers, holds=holds, at=at)
        except (Silent, TimeoutError):
            return {"dmarc": "temperror"}
        except Exception:  # a fault of ours proves nothing and must not cost the mail
            log.exception("a sender could not be checked")
            return {"dmarc": "temperror"}
        return {"dkim": ", ".join(signed) or "none", **({"dmarc": "pass", **_proven(sender)} if signed else {})}

    async def close(self) -> None:
        """End the process that hashes."""
        await self._apart.close()

    def _near(self, headers: Headers, *, sender: Sender | None) -> Mapping[str, str]:
        told = verdict(
            _all(headers, "authentication-results"), trusted=self.trusted_mx, domain=sender.domain if sender else ""
        )
        if told is not None:
            return {"dmarc": told, **(_proven(sender) if sender and told == "pass" else {})}
        return self._trusted()

    def _trusted(self) -> Mapping[str, str]:
        return {"proven": "loopback"} if self.trust_near else {}

    async def _far(self, envelope: Envelope, headers: Headers, *, sender: Sender, at: datetime) -> Mapping[str, str]:
        holds = await policy.policy_of(self.names, sender.domain)
        (result, by_spf), signed = await asyncio.gather(
            self._sent(envelope, holds=holds), self._signed(envelope.body, headers, holds=holds, at=at)
        )
        return {
            "spf": result.value,
            "dkim": ", ".join(signed) or "none",
            "dmarc": "pass" if by_spf or signed else "fail",
            **(_proven(sender) if by_spf or signed else {}),
        }

    async def _sent(self, envelope: Envelope, *, holds: Policy) -> tuple[Spf, bool]:
        """What SPF says, and whether that proves the domain of From."""
        sender = envelope.mail_from if "@" in envelope.mail_from else f"postmaster@{envelope.helo}"
        local, _, domain = sender.rpartition("@")
        name = in_dns(domain)
        if name is None:
            return Spf.NONE, False
        try:
            async with asyncio.timeout(self.seconds * SHARE_OF_SPF):
                result = await self._spf(envelope, sender=f"{local or 'postmaster'}@{name}")
        except TimeoutError:
            return Spf.TEMPERROR, False
        passed = result is Spf.PASS and await policy.aligned(self.names, holds, other=name, strict=holds.strict_spf)
        return result, passed

    async def _spf(self, envelope: Envelope, *, sender: str) -> Spf:
        peer: Ip = ip_address(envelope.peer.partition("%")[0])
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return await spf.check(self.names, ip=peer, sender=sender, helo=envelope.helo)

    async def _signed(self, body: bytes, headers: Headers, *, holds: Policy, at: datetime) -> list[str]:
        """The aligned domains whose signature fits."""
        needed = {name for name, _ in headers} & STEERING
        claims = signatures.signatures(_all(headers, "dkim-signature"), at=at, needed=needed)
        keys = await signatures.signed_by(
            self.names, claims, wanted=lambda domain: policy.may_align(holds.domain, other=domain)
        )
        asked = {
            signature: key
            for signature, key in keys.items()
            if await policy.aligned(self.names, holds, other=signature.domain, strict=holds.strict_dkim)
        }
        if not asked:
            return []
        by_index = {signature.index: key for signature, key in asked.items()}
        try:
            fit = await self._apart.do(signatures.verified, body, by_index)
        except TooHeavy:
            return []
        return [signature.domain for signature in asked if signature.index in fit]


def sender_of(headers: Headers, *, raw: bytes) -> Sender | None:
    """The one author of a mail; None where there is none or several, since nobody knows whom a proof would be for."""
    end = _EMPTY_LINE.search(raw)
    froms = _all(headers, "from")
    if len(froms) != 1 or len(_FROM.findall(raw, 0, end.start() + 1 if end else len(raw))) != 1:
        return None
    found = mailboxes(froms[0])
    domain = in_dns(found[0].address.value.rpartition("@")[2]) if len(found) == 1 else None
    return None if domain is None else Sender(found[0].address.value, domain)


def in_dns(domain: str) -> str | None:
    """A domain as the DNS knows it, or None where it cannot be one."""
    try:
        name = domain.strip().rstrip(".").encode("idna").decode("ascii").casefold()
    except UnicodeError:
        return None
    return name if "." in name and len(name) <= 253 and not name.startswith("[") else None


def _proven(sender: Sender) -> dict[str, str]:
    return {"proven": "dmarc", "proven_for": sender.address}


def _all(headers: Headers, name: str) -> list[bytes]:
    return [value for known, value in headers if known == name]
