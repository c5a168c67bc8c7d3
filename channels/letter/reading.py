"""What comes on paper: entered by somebody, or a scan as the drop folder brought it."""

import hashlib
from urllib.parse import parse_qs, urlsplit

from channels.contract import Reading, Unreadable, Wire
from channels.shared import entering
from channels.shared.scans import kinds, scan
from channels.shared.scans.scan import How, Scan
from crm_core.model.address import Address
from crm_core.model.message import File, Inbound

SCHEME = "post"
"""A postal address, as it stands on an envelope: lines."""

UNKNOWN = "scan"
"""Of a letter of which nobody said who wrote it: nothing can be sent there."""

ENTERED, SCANNED, NAME = "entered by", "scan", "name"
"""Evidence: who entered it; what stands on it; and what its file was called."""

CODE = "c"
"""The part of the address in our code, behind its `#`, that is signed (`printing.py`)."""


def read(wire: Wire) -> Reading:
    """One letter is one contact."""
    if ENTERED in wire.evidence:
        return Reading((entering.inbound(wire, scheme=UNKNOWN),))
    return Reading((_scanned(wire),))


def tokens(found: Scan) -> tuple[str, ...]:
    """What may be signed codes of ours among those on the pages; the core judges them."""
    return tuple(token for code in found.codes for token in _tokens(code))


def _tokens(code: str) -> list[str]:
    try:
        return parse_qs(urlsplit(code).fragment).get(CODE, [])
    except ValueError:
        return []


def _scanned(wire: Wire) -> Inbound:
    kind = kinds.kind_of(wire.body)
    if kind is None:
        raise Unreadable(f"This is no {kinds.SAID}.")
    digest = hashlib.sha256(wire.body).hexdigest()
    found = _found(wire)
    name = wire.evidence.get(NAME) or f"letter{kinds.ENDINGS[kind]}"
    return Inbound(
        external_id=f"scan:{digest}",
        sender=Address(UNKNOWN, digest[:12]),
        sender_name="",
        text=found.text,
        files=(File(name, kind, wire.body),),
        tokens=tokens(found),
        nameless=True,
        flags=flags(found),
    )


def flags(found: Scan) -> tuple[str, ...]:
    """How its words were found, for whoever reads them."""
    if found.how is How.READ:
        return (f"read: {found.pages} pages, {found.sure} % sure",)
    return () if found.how is How.OWN else (f"no words: {found.how}",)


def _found(wire: Wire) -> Scan:
    try:
        return scan.read(wire.evidence.get(SCANNED, ""))
    except (ValueError, TypeError, KeyError):
        return Scan(How.EMPTY)
