"""What can still be made out of raw input that nobody could read: the words, addresses and numbers it can be found by.

Without any reader of ours, for one of them has just failed: the bytes as they are, and
whatever stands in them in base64, quoted-printable, encoded words (RFC 2047), percent or
JSON escapes. Linear in the input, of which the first megabytes count.
"""

import json
import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import unquote_to_bytes

from crm_core.model.address import Address
from crm_core.rules import text

READ_AT_MOST = 4_194_304
"""Bytes of one wire that are looked into."""

MOST_WORDS = 600
MOST_NAMED = 5000
"""Terms of one wire that are kept: words of its beginning, and every address and number in it."""

_SHORTEST_NUMBER, _LONGEST_NUMBER = 6, 15
_LONGEST_ADDRESS = 254
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{12,}(?:\r?\n[A-Za-z0-9+/]+)*={0,2}")
_ENCODED_WORD = re.compile(rb"=\?([\w-]{1,40})(?:\*[\w-]{1,20})?\?([bBqQ])\?([^?\s]{1,2000})\?=")
_BETWEEN_WORDS = re.compile(rb"(?<=\?=)\s+(?==\?)")
_CHARSET = re.compile(rb"charset\s*=\s*\"?([\w-]{1,40})", re.IGNORECASE)
_QUOTED = re.compile(rb"=[0-9A-Fa-f]{2}")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f<>\"()\[\],;:\\|@]{1,200}@[\w-]+(?:\.[\w-]+)*")
_EDGE = re.compile(r"[^\w.+-]")
_NUMBER = re.compile(r"\+?\d(?:[ ().\-/]{0,2}\d){5,19}")
_TYPED_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_TYPED_NUMBER = re.compile(r"\+?[\d\s().\-/]{6,40}")


def terms(body: bytes, *, around: Mapping[str, Any]) -> tuple[str, ...]:
    """Everything that this wire can be found by; `around` is what came with it (headers, recipients, evidence)."""
    beside = json.dumps(around, ensure_ascii=False).encode("utf-8", "replace").decode()
    said = [beside, *_texts(body[:READ_AT_MOST])]
    words = dict.fromkeys(islice(_distinct(term for one in said for term in text.tokens(one)), MOST_WORDS))
    named = islice(_distinct(term for one in said for term in _named(one)), MOST_NAMED)
    return (*words, *named)


def of(address: Address) -> tuple[str, ...]:
    """The terms that a wire has, all of them, where this address stands in it."""
    if address.scheme == "mailto":
        return (address.value.casefold(),)
    if address.scheme == "tel":
        return (_number(address.value),)
    return tuple(dict.fromkeys(text.tokens(address.value)))


def asked(typed: str) -> tuple[str, ...]:
    """The terms that a wire must all have to be what somebody searches: an address, a number in any spelling, or words."""
    typed = typed.strip()
    if _TYPED_ADDRESS.fullmatch(typed):
        return (typed.casefold(),)
    if _TYPED_NUMBER.fullmatch(typed) and len(_digits(typed)) >= _SHORTEST_NUMBER:
        return (_number(typed),)
    return tuple(text.query(typed))


def _texts(body: bytes) -> Iterator[str]:
    """The bytes as text, and every other text that may be hidden in them; those that change nothing are left out."""
    charsets = [name.decode("ascii", "replace") for name in _CHARSET.findall(body)[:5]]
    plain = body.decode("utf-8", "replace")
    yield plain
    if "\\u" in plain:
        yield (
            _ESCAPE.sub(lambda found: chr(int(found[1], 16)), plain)
            .encode("utf-16", "surrogatepass")
            .decode("utf-16", "replace")
        )
    yield from _encoded_words(body)
    if _QUOTED.search(body):
        yield _decoded(a2b_qp(body), charsets) or ""
    if _PERCENT.search(body):
        yield unquote_to_bytes(body.replace(b"+", b" ")).decode("utf-8", "replace")
    for run in _BASE64.finditer(body):
        hidden = _decoded(_unbase64(run[0]), charsets)
        if hidden is not None and _CONTROL.search(hidden) is None:
            yield hidden


def _encoded_words(body: bytes) -> Iterator[str]:
    """Those that stand side by side belong together: mailers cut in the middle of a character or an address."""
    pieces: list[tuple[str, bytes]] = []
    end = -1
    for word in _ENCODED_WORD.finditer(_BETWEEN_WORDS.sub(b"", body)):
        if word.start() != end:
            yield _joined(pieces)
            pieces = []
        payload = _unbase64(word[3]) if word[2] in b"bB" else a2b_qp(word[3], header=True)
        pieces.append((word[1].decode("ascii", "replace"), payload))
        end = word.end()
    yield _joined(pieces)


def _joined(pieces: list[tuple[str, bytes]]) -> str:
    whole = b"".join(payload for _, payload in pieces)
    return _decoded(whole, [name for name, _ in pieces[:1]]) or whole.decode("latin-1")


def _decoded(data: bytes, charsets: Iterable[str]) -> str | None:
    """As UTF-8, or as one of the charsets that the input itself names; None where it is none of them."""
    for name in ("utf-8", *charsets):
        try:
            return data.decode(name)
        except (UnicodeError, LookupError):
            continue
    return None


def _unbase64(run: bytes) -> bytes:
    clean = run.translate(None, b"\r\n=")
    clean = clean[:-1] if len(clean) % 4 == 1 else clean
    return a2b_base64(clean + b"=" * (-len(clean) % 4))


def _named(said: str) -> Iterator[str]:
    """Mail addresses, also behind a sign that may be no part of them, and numbers with all their ends."""
    for found in _ADDRESS.finditer(said):
        whole = found[0].casefold()
        local = whole.partition("@")[0]
        for begin in (0, *(edge.end() for edge in _EDGE.finditer(local))):
            if begin < len(local) and len(whole) - begin <= _LONGEST_ADDRESS:
                yield whole[begin:]
    for found in _NUMBER.finditer(said):
        digits = _digits(found[0])[:_LONGEST_NUMBER]
        for begin in range(len(digits) - _SHORTEST_NUMBER + 1):
            yield f"+{digits[begin:]}"


def _number(value: str) -> str:
    return f"+{_digits(value)}"


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value).lstrip("0")


def _distinct(some: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for one in some:
        if one and one not in seen:
            seen.add(one)
            yield one
