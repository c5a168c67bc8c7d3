"""What Outlook hides in `winmail.dat`: attachments and body in Microsoft's TNEF (MS-OXTNEF), read with bounds.

A stream of attributes, some of which hold lists of MAPI properties. Only what a person
wants is taken: files with their names, and the body as text or HTML. Anything cut or
damaged gives what was read until there; nothing raises.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.shared import charset, rtf

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_FILES = 200
MOST_PROPERTIES = 2_000
DEPTH = 3

_CODEPAGE, _BODY, _PROPERTIES = 0x00069007, 0x0002800C, 0x00069003
_ATTACHMENT, _TITLE, _DATA, _OF_ATTACHMENT = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_TEXT, _HTML, _RTF, _LONG_NAME, _NAME, _SHOWN_AS, _CONTENT, _MIME, _CONTENT_ID, _INTERNET_CODEPAGE = (
    *(0x1000, 0x1013, 0x1009, 0x3707, 0x3704, 0x3001, 0x3701, 0x370E, 0x3712, 0x3FDE),
)
_WANTED = {_TEXT, _HTML, _RTF, _LONG_NAME, _NAME, _SHOWN_AS, _CONTENT, _MIME, _CONTENT_ID, _INTERNET_CODEPAGE}
_FIXED = {0x01: 4, 0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_OBJECT, _STRING, _UNICODE, _BINARY, _MANY, _NAMED = 0x0D, 0x1E, 0x1F, 0x102, 0x1000, 0x8000
_INTERFACE = 16
"""Bytes in front of an object that name what reads it."""

_LENGTHY = (_OBJECT, _STRING, _UNICODE, _BINARY)


@dataclass(slots=True)
class Enclosed:
    """A file as Outlook attached it."""

    name: str = ""
    type: str = ""
    content: bytes = b""
    content_id: str = ""


@dataclass(slots=True)
class Unpacked:
    """What was found. `whole`: nothing was cut or damaged on the way."""

    text: str = ""
    html: str = ""
    files: list[Enclosed] = field(default_factory=list)
    whole: bool = True


def unpack(data: bytes, *, depth: int = 0) -> Unpacked | None:
    """The contents of a `winmail.dat`; None where it is something else."""
    if not data.startswith(SIGNATURE) or depth >= DEPTH:
        return None
    found = Unpacked()
    stream = _Stream(data, at=6)
    codec = "cp1252"
    for name, value in _attributes(stream):
        if name == _CODEPAGE and len(value) >= 4:
            codec = f"cp{struct.unpack_from('<I', value)[0]}"
        elif name == _BODY:
            found.text = found.text or _string(value, codec=codec)
        elif name == _PROPERTIES:
            _take_body(found, dict(_properties(value)), codec=codec)
        elif name == _ATTACHMENT and len(found.files) < MOST_FILES:
            found.files.append(Enclosed())
        elif found.files:
            _take_file(found, name, value, codec=codec, depth=depth)
    found.whole = not stream.cut
    found.files = [file for file in found.files if file.content or file.name]
    return found


@dataclass(slots=True)
class _Stream:
    """Bytes read from the front; `cut` when more were promised than are there."""

    data: bytes
    at: int = 0
    cut: bool = False

    def take(self, size: int) -> bytes:
        """The next bytes, as many as there are."""
        taken = self.data[self.at : self.at + size]
        self.cut = self.cut or len(taken) < size
        self.at += size
        return taken

    def number(self, size: int = 4) -> int:
        """The next unsigned number; 0 at the end."""
        taken = self.take(size)
        return int.from_bytes(taken, "little") if len(taken) == size else 0

    @property
    def ended(self) -> bool:
        return self.cut or self.at >= len(self.data)


def _attributes(stream: _Stream) -> Iterator[tuple[int, bytes]]:
    """Each attribute's name and value. Checksums are not held against anybody: real ones are often wrong."""
    while not stream.ended and len(stream.data) - stream.at >= 11:
        level = stream.number(1)
        if level not in (1, 2):  # padding or garbage after the last one
            return
        name = stream.number()
        yield name, stream.take(stream.number())
        stream.take(2)


def _properties(value: bytes) -> Iterator[tuple[int, bytes]]:
    """The wanted MAPI properties, the first value of each; strings in UTF-16 are told by a mark in front."""
    stream = _Stream(value)
    for _ in range(min(stream.number(), MOST_PROPERTIES)):
        kind, name = stream.number(2), stream.number(2)
        if name >= _NAMED:
            _skip_name(stream)
        many, kind = bool(kind & _MANY), kind & ~_MANY
        count = stream.number() if many or kind in _LENGTHY else 1
        size = _FIXED.get(kind)
        for index in range(min(count, MOST_PROPERTIES)):
            taken = stream.take(size) if size else _lengthy(stream) if kind in _LENGTHY else b""
            if index == 0 and name in _WANTED:
                yield (
                    name,
                    b"\xff\xfe" + taken if kind == _UNICODE else taken[_INTERFACE:] if kind == _OBJECT else taken,
                )
        if stream.ended or (not size and kind not in _LENGTHY):
            return


def _skip_name(stream: _Stream) -> None:
    stream.take(16)
    if stream.number() == 0:
        stream.take(4)
    else:
        _lengthy(stream)


def _lengthy(stream: _Stream) -> bytes:
    size = stream.number()
    taken = stream.take(size)
    if not stream.ended:
        stream.take(-size % 4)
    return taken


def _take_body(found: Unpacked, known: dict[int, bytes], *, codec: str) -> None:
    found.text = _string(known.get(_TEXT, b""), codec=codec) or found.text
    if _HTML in known:
        codepage = int.from_bytes(known.get(_INTERNET_CODEPAGE, b"")[:4], "little")
        found.html = charset.decode(known[_HTML].rstrip(b"\0"), declared=_codec(codepage) or codec)
    if _RTF in known and not found.text and not found.html:
        found.text = rtf.to_text(rtf.decompressed(known[_RTF]))


def _take_file(found: Unpacked, name: int, value: bytes, *, codec: str, depth: int) -> None:
    file = found.files[-1]
    if name == _TITLE:
        file.name = file.name or _string(value, codec=codec)
    elif name == _DATA:
        file.content = value
    elif name == _OF_ATTACHMENT:
        known = dict(_properties(value))
        names = (_string(known.get(one, b""), codec=codec) for one in (_LONG_NAME, _NAME))
        shown = _string(known.get(_SHOWN_AS, b""), codec=codec)
        file.name = next((one for one in names if one), file.name) or shown
        file.type = _string(known.get(_MIME, b""), codec="ascii")
        file.content_id = _string(known.get(_CONTENT_ID, b""), codec="ascii").strip("<>")
        _take_content(found, file, known.get(_CONTENT, b""), depth=depth)


def _take_content(found: Unpacked, file: Enclosed, content: bytes, *, depth: int) -> None:
    """A file, or a message of Outlook's own, whose files are taken out."""
    inner = unpack(content, depth=depth + 1)
    if inner is None or not (inner.text or inner.html or inner.files):
        file.content = file.content or content
        return
    file.name, file.type = f"{file.name or 'message'}.txt", "text/plain"
    file.content = (inner.text or inner.html).encode()
    room = MOST_FILES - len(found.files)
    found.files[-1:] = [file, *inner.files[: max(room, 0)]]
    found.whole = found.whole and inner.whole


def _string(value: bytes, *, codec: str) -> str:
    if value.startswith(b"\xff\xfe"):
        text = value[2:].decode("utf-16-le", "replace")
    else:
        text = charset.decode_piece(value.rstrip(b"\0"), declared=codec)
    return charset.storable(text.split("\0")[0])


def _codec(codepage: int) -> str | None:
    return {0: None, 65001: "utf-8", 28591: "latin-1", 50220: "iso-2022-jp", 20127: "ascii"}.get(
        codepage, f"cp{codepage}"
    )
