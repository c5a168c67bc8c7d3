"""DKIM (RFC 6376): which domains signed a mail, as far as it is this mail that they signed.

dkimpy verifies. Keys are fetched before, here, and hashing happens in another process: its
regular expressions can be made to run for minutes by who chooses the body.
"""

import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.email.proving.names import Names, Silent

MOST_SIGNATURES = 5
"""Signatures of one mail that are looked at; mails that are relayed honestly have one to three."""

LONGEST_KEY = 1_024
"""Bytes of a key's record: 4,096 bits of RSA fit; larger ones only take time."""

LEAST_BITS = 1_024
_TAG = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\s*=\s*([^;]*)")
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})+")
_SELECTOR = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature header: the how-manieth, and what it claims."""

    index: int
    domain: str
    selector: str
    identity: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A signature that shows nothing, whatever its hash; with the reason."""

    index: int
    why: str


def signatures(headers: Sequence[bytes], *, at: datetime, needed: Collection[str]) -> list[Signature | Refused]:
    """What the signatures claim, the topmost first; each has to cover the headers that are `needed`."""
    return [_claim(index, header, at=at, needed=needed) for index, header in enumerate(headers[:MOST_SIGNATURES])]


def _claim(index: int, header: bytes, *, at: datetime, needed: Collection[str]) -> Signature | Refused:
    tags = tags_of(header)
    domain, selector = tags.get("d", "").casefold(), tags.get("s", "").casefold()
    expires = tags.get("x", "")
    if not _HOST.fullmatch(domain) or not _SELECTOR.fullmatch(selector):
        return Refused(index, "no domain")
    if tags.get("a", "").casefold() != "rsa-sha256":
        return Refused(index, "an algorithm that is not rsa-sha256")  # RFC 8301; Ed25519 needs a library we do not have
    if not set(needed) <= set(tags.get("h", "").casefold().split(":")):
        return Refused(index, "it does not cover where the answer goes")
    if "l" in tags:
        return Refused(index, "signed in part only")  # anything may stand below
    if expires and (not expires.isdigit() or len(expires) > 15 or int(expires) < at.timestamp()):
        return Refused(index, "expired")
    return Signature(index, domain, selector, tags.get("i", f"@{domain}").rpartition("@")[2].casefold())


def tags_of(text: bytes) -> dict[str, str]:
    """`tag=value; …` without white space; of one that stands twice the first, as nobody honest writes it."""
    found: dict[str, str] = {}
    for name, value in _TAG.findall(text[:8_192].decode("latin-1")):
        found.setdefault(name.casefold(), re.sub(r"\s+", "", value))
    return found


async def key_of(names: Names, signature: Signature) -> bytes | None:
    """The record with its public key, or None where it shows nothing. Raises Silent."""
    name = f"{signature.selector}._domainkey.{signature.domain}"
    records = [text for text in await names.texts(name) if b"p=" in text]
    if len(records) != 1 or len(records[0]) > LONGEST_KEY:
        return None
    tags = tags_of(records[0])
    flags = tags.get("t", "").casefold().split(":")
    strict = "s" in flags and signature.identity != signature.domain
    return None if "y" in flags or strict or not tags.get("p") else records[0]


def verified(mail: bytes, keys: Mapping[int, bytes]) -> list[int]:
    """Which of the signatures (by index, with the record of its key) fit the mail. Runs in another process."""
    import dkim  # a third of a second, and not in the process that serves

    silent = logging.getLogger("onestop.dkim")
    silent.disabled = True  # it logs names of domains
    checked = dkim.DKIM(mail, logger=silent, minkey=LEAST_BITS)
    return [index for index, key in keys.items() if _fits(checked, index, key)]


def _fits(checked: Any, index: int, key: bytes) -> bool:
    def known(_name: bytes, **_how: Any) -> bytes:
        return key

    try:
        return bool(checked.verify(index, dnsfunc=known))
    except Exception:  # noqa: BLE001  hostile input makes it raise all kinds; none of them is a proof
        return False


async def signed_by(
    names: Names, found: Sequence[Signature | Refused], *, wanted: Callable[[str], bool]
) -> dict[Signature, bytes]:
    """The signatures of domains that matter, with their keys; a key that cannot be had counts as none."""
    keys: dict[Signature, bytes] = {}
    for signature in found:
        if isinstance(signature, Signature) and wanted(signature.domain):
            try:
                key = await key_of(names, signature)
            except Silent:
                continue
            if key is not None:
                keys[signature] = key
    return keys
