"""What stands inside an S/MIME signature (RFC 5652): the mail that was signed. Nothing is checked here.

Only as much of ASN.1 as leads there (X.690), with bounds: lengths definite or not, a
string in one piece or in many.
"""

from collections.abc import Iterator
from dataclasses import dataclass

DEPTH = 12
MOST_PIECES = 100_000
_SIGNED = bytes.fromhex("2a864886f70d010702")
_OID, _OCTETS, _SEQUENCE, _SET, _OUTER = 0x06, 0x04, 0x30, 0x31, 0xA0
_CONSTRUCTED = 0x20


@dataclass(frozen=True, slots=True)
class _Element:
    """A tag, where its contents begin and end, and where the next one begins."""

    tag: int
    begin: int
    end: int
    after: int


def signed_content(data: bytes) -> bytes | None:
    """The signed mail within opaque signed data; None where it is encrypted, detached, damaged or something else."""
    try:
        outer = _element(data, 0)
        kind, wrapped, *_ = _children(data, outer)
        if kind.tag != _OID or data[kind.begin : kind.end] != _SIGNED:
            return None
        [signed, *_] = _children(data, wrapped)
        enclosed = next(one for one in _children(data, signed) if one.tag == _SEQUENCE)
        [content, *_] = [one for one in _children(data, enclosed) if one.tag == _OUTER]
        return b"".join(_octets(data, next(_children(data, content))))
    except (ValueError, IndexError, StopIteration):
        return None


def _element(data: bytes, at: int, *, depth: int = 0) -> _Element:
    """The element that begins here. Raises ValueError, IndexError."""
    tag, length = data[at], data[at + 1]
    if tag & 0x1F == 0x1F or depth > DEPTH:
        raise ValueError(tag)
    begin = at + 2
    if length == 0x80:
        end = _end_of_contents(data, begin, depth=depth)
        return _Element(tag, begin, end, end + 2)
    if length & 0x80:
        size = length & 0x7F
        length, begin = int.from_bytes(data[begin : begin + size], "big"), begin + size
    if begin + length > len(data):
        raise ValueError(length)
    return _Element(tag, begin, begin + length, begin + length)


def _end_of_contents(data: bytes, at: int, *, depth: int) -> int:
    for _ in range(MOST_PIECES):
        if data[at] == 0 == data[at + 1]:
            return at
        at = _element(data, at, depth=depth + 1).after
    raise ValueError(at)


def _children(data: bytes, parent: _Element) -> Iterator[_Element]:
    at = parent.begin
    while at < parent.end:
        child = _element(data, at)
        yield child
        at = child.after


def _octets(data: bytes, string: _Element, *, depth: int = 0) -> Iterator[bytes]:
    if string.tag == _OCTETS:
        yield data[string.begin : string.end]
    elif string.tag == _OCTETS | _CONSTRUCTED and depth < DEPTH:
        for piece in _children(data, string):
            yield from _octets(data, piece, depth=depth + 1)
    else:
        raise ValueError(string.tag)
