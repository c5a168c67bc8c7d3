"""Small files that look like what people attach: papers as PDF, pictures as PNG; and the sound of a message.

They are drawn from `files.toml` and the same each time, so the record holds each once,
by digest, however many tickets carry it.
"""

import hashlib
import struct
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_WIDTH, _HEIGHT = 480, 360
_PAGE = "595 842"  # A4 in points


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's content, ready to be attached; `names` by language."""

    names: dict[str, str]
    type: str
    content: bytes
    digest: str


@cache
def sheets() -> dict[str, Sheet]:
    """Every kind of file a turn may name."""
    page = tomllib.loads((files("gateway.city") / "larkhaven" / "files.toml").read_text(encoding="utf-8"))
    made = {kind: _sheet(entry, "application/pdf", _pdf(entry["lines"])) for kind, entry in page["paper"].items()}
    for kind, entry in page["sound"].items():
        made[kind] = _sheet(entry, "audio/wav", _wav(entry["seconds"]))
    for kind, entry in page["picture"].items():
        made[kind] = _sheet(entry, "image/png", _png(entry["bands"], entry["shapes"]))
    return made


def _sheet(entry: dict[str, Any], type: str, content: bytes) -> Sheet:
    return Sheet(entry["name"], type, content, hashlib.sha256(content).hexdigest())


def _pdf(lines: list[str]) -> bytes:
    """One page of text: the smallest PDF that every reader opens (ISO 32000-1, 7.5)."""
    words = " T* ".join(f"({_escaped(line)}) Tj" for line in lines)
    stream = f"BT /F 13 Tf 20 TL 72 740 Td {words} ET".encode("ascii")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_PAGE}] /Contents 5 0 R"
        " /Resources << /Font << /F 4 0 R >> >> >>".encode("ascii"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count, start = len(parts) + 1, len(body)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % count
    return body + head + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _wav(seconds: int) -> bytes:
    """Silence, eight thousand bytes a second: whatever played in it would be somebody's voice."""
    size = 8000 * seconds
    form = struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    return (
        b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + form + b"data" + struct.pack("<I", size) + b"\x80" * size
    )


def _png(bands: list[str], shapes: list[list[Any]]) -> bytes:
    """Flat shapes over an upper and a lower band, as a true-colour PNG."""
    upper, lower = (bytes.fromhex(colour[1:]) for colour in bands)
    rows = [bytearray((upper if y < _HEIGHT // 2 else lower) * _WIDTH) for y in range(_HEIGHT)]
    for kind, *box, colour in shapes:
        for y, left, right in _spans(kind, box):
            rows[y][left * 3 : right * 3] = bytes.fromhex(colour[1:]) * (right - left)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _spans(kind: str, box: list[int]) -> Iterator[tuple[int, int, int]]:
    """The rows of a shape: y, from x, to x; what lies outside the picture is left out."""
    left, width = box[0] * _WIDTH // 1000, box[2] * _WIDTH // 1000
    top, height = box[1] * _HEIGHT // 1000, max(1, box[3] * _HEIGHT // 1000)
    for y in range(max(0, top), min(_HEIGHT, top + height)):
        inset = 0
        if kind == "ellipse":
            across = (2 * (y - top) + 1) / height - 1
            inset = round(width / 2 * (1 - (1 - across * across) ** 0.5))
        yield y, max(0, left + inset), min(_WIDTH, left + width - inset)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
