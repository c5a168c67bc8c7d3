"""Writes what Outlook writes (MS-OXTNEF, MS-OXRTFCP), so that the reader is held against a writer of its own."""

import struct

from channels.shared.tnef import SIGNATURE

Property = tuple[int, int, bytes]
TEXT, HTML, RTF, LONG_NAME, CONTENT, MIME, CONTENT_ID = 0x1000, 0x1013, 0x1009, 0x3707, 0x3701, 0x370E, 0x3712
STRING, UNICODE, BINARY, OBJECT, INTEGER = 0x1E, 0x1F, 0x102, 0x0D, 0x03


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(*some: Property) -> bytes:
    out = struct.pack("<I", len(some))
    for name, kind, value in some:
        out += struct.pack("<HH", kind, name)
        if name >= 0x8000:
            out += b"\1" * 16 + struct.pack("<II", 0, 7)
        if kind == INTEGER:
            out += value
        else:
            out += struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return out


def winmail(
    *, body: tuple[Property, ...] = (), files: tuple[tuple[str, bytes, tuple[Property, ...]], ...] = ()
) -> bytes:
    """A `winmail.dat`; of each file its short name, its content, and what more is said of it."""
    out = SIGNATURE + b"\1\0" + attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    if body:
        out += attribute(1, 0x00069003, properties(*body))
    for name, content, more in files:
        out += attribute(2, 0x00069002, b"\1\0" + b"\0" * 12) + attribute(2, 0x00018010, name.encode("cp1252") + b"\0")
        out += attribute(2, 0x0006800F, content) if content else b""
        out += attribute(2, 0x00069005, properties(*more)) if more else b""
    return out


def rtf_in(rtf: bytes) -> bytes:
    """Compressed without a single reference to what was before: each control byte is followed by eight signs."""
    body = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<II4sI", len(body) + 12, len(rtf), b"LZFu", 0) + body
