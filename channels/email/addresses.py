"""Addresses and ids in mail headers, read from what stands there, however it is written.

Structure is found in the raw header and only then are names decoded: an encoded word can
hide brackets and commas, and must not be able to move the address (RFC 2047 §5, and the
forgeries that live on mailers which did it the other way round).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from channels.shared.charset import decode_name, one_line
from channels.shared.mime import unfolded
from crm_core.model.address import Address

MOST = 100
LONGEST_HEADER = 16 * 1024
LONGEST_ID = 400
SHORTEST_ID = 8

_LOCAL = r'(?:[^\s<>()\[\]",;:@\\]+|"(?:[^"\\\r\n]|\\.){1,64}")'
_MAILBOX = re.compile(_LOCAL + r"@[^\s<>()\[\]\",;:@\\]{1,255}")
_ANGLE = re.compile(r"<\s*([^<>]*)>?")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|\((?:[^()\\]|\\.)*\)?|<[^<>]*>?|,|;|[^",;<(]+|.', re.DOTALL)
_ID = re.compile(r"<([^<>\s]+)>")
_BARE_ID = re.compile(r"[^\s<>,;\"()]+@[^\s<>,;\"()]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name, as its owner writes it (may be empty), and an address."""

    name: str
    address: Address


def mailboxes(value: bytes, *, prior: Sequence[str] = ()) -> list[Mailbox]:
    """The mailboxes of a From, To, Cc or Reply-To header; what is no address is left out."""
    text = unfolded(value)[:LONGEST_HEADER].decode("utf-8", "surrogateescape")
    found = (_mailbox(entry, prior=prior) for entry in _entries(text))
    some = [mailbox for mailbox in found if mailbox is not None][:MOST]
    if not some and "=?" in text:
        some = [Mailbox("", address) for address in addresses_in(decode_name(value, prior=prior))]
    return some


def addresses_in(text: str) -> list[Address]:
    """Whatever looks like an address in a text."""
    return [address(found[0]) for found in _MAILBOX.finditer(text[:LONGEST_HEADER])][:MOST]


def addresses_of(header: bytes) -> list[Address]:
    """The same of a header as it came: folded, in whatever bytes."""
    return addresses_in(unfolded(header).decode("utf-8", "replace"))


def address(text: str) -> Address:
    """A mailbox as our value: folded, its domain in letters and not in Punycode, so that one place is one value."""
    folded = Address.mail(one_line(text).rstrip("."))
    if "xn--" not in folded.value:
        return folded
    local, _, domain = folded.value.rpartition("@")
    return Address(folded.scheme, f"{local}@{_in_letters(domain)}")


def _in_letters(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain


def _entries(text: str) -> Iterator[list[str]]:
    """The header cut at its commas; quotes, comments and brackets stay whole."""
    entry: list[str] = []
    for found in _TOKEN.finditer(text):
        if found[0] in ",;":
            yield entry
            entry = []
        else:
            entry.append(found[0])
    yield entry


def _mailbox(tokens: list[str], *, prior: Sequence[str]) -> Mailbox | None:
    angles = [token for token in tokens if token.startswith("<")]
    rest = [token for token in tokens if not token.startswith("<")]
    for token in reversed(angles):
        found = _MAILBOX.search(token) or _MAILBOX.search("".join(token.split()))
        if found:
            return Mailbox(_name(rest, prior=prior), address(found[0]))
    bare = _MAILBOX.search("".join(token for token in rest if not token.startswith("(")))
    if bare is None:
        return None
    comments = [token[1:].removesuffix(")") for token in rest if token.startswith("(")]
    return Mailbox(_name(comments, prior=prior), address(bare[0]))


def _name(tokens: Iterable[str], *, prior: Sequence[str]) -> str:
    """What stands before the brackets, without a group's name, quotes undone, decoded last."""
    words = (
        re.sub(r"\\(.)", r"\1", token[1:].removesuffix('"')) if token.startswith('"') else token for token in tokens
    )
    raw = "".join(words).strip(" \t<>").encode("utf-8", "surrogateescape")
    return decode_name(raw, prior=prior).strip("'\" ")[:200]


def references(in_reply_to: bytes, references: bytes) -> tuple[str, ...]:
    """The ids a mail answers, nearest first, as `<…>`; empty and short ones never match anything."""
    answered = ids_in(in_reply_to)
    trail = ids_in(references)
    trail.reverse()
    return tuple(dict.fromkeys(answered + trail))[:MOST]


def ids_in(value: bytes) -> list[str]:
    """Message-IDs of a header, in order; some clients forget the brackets."""
    text = unfolded(value).decode("utf-8", "replace")
    found = [match[1] for match in _ID.finditer(text)] or [
        match[0] for match in _BARE_ID.finditer(text[:LONGEST_HEADER])
    ]
    return [f"<{one_line(id)}>" for id in found if SHORTEST_ID <= len(id) <= LONGEST_ID]


def plus_parts(addresses: Iterable[str]) -> Iterator[str]:
    """What stands behind a `+` in local parts: our reply tokens travel there."""
    for text in addresses:
        local, at, _ = text.rpartition("@")
        _, plus, token = local.partition("+")
        if at and plus and token:
            yield token.lower()
