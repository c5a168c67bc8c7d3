"""What comes with a posted form: its fields, and files whose content is what it says it is.

Read piece by piece with a limit on each: a form is the one place where anybody may hand
us megabytes.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from channels.shared.json_body import Upload

MEGA = 1024 * 1024
LARGEST_FILE = 10 * MEGA
LARGEST_TOGETHER = 25 * MEGA
MOST_FILES = 5
_LARGEST_WORDS = 256 * 1024
_LARGEST_BODY = 64 * MEGA
_MOST_PARTS = 80
_LONGEST_NAME = 120


_NO_MULTIPART = (ValueError, AssertionError, RuntimeError, HttpProcessingError)
"""What aiohttp raises for a body that is none, whatever its header says."""


class TooMuch(Exception):
    """More than anybody sends by hand: 413."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as it came; `content` is None where it was larger than we take."""

    key: str
    name: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that was posted. A field that comes twice has its first value."""

    fields: dict[str, str]
    files: tuple[RawFile, ...] = ()


async def read_post(request: web.Request) -> Posted:
    """The fields and files of a form. Raises TooMuch; what is no form has no fields."""
    if request.content_type == "multipart/form-data":
        return await _multipart(request)
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _LARGEST_WORDS:
            raise TooMuch
    if request.content_type != "application/x-www-form-urlencoded":
        return Posted({})
    return Posted(_urlencoded(body.decode("utf-8", "replace")))


def _urlencoded(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=200, errors="replace")
    except ValueError as why:
        raise TooMuch from why
    fields: dict[str, str] = {}
    for key, value in pairs:
        fields.setdefault(key, value)
    return fields


async def _multipart(request: web.Request) -> Posted:
    fields: dict[str, str] = {}
    files: list[RawFile] = []
    read, words = 0, 0
    try:
        reader = await request.multipart()
        for _ in range(_MOST_PARTS):
            part = await reader.next()
            if part is None:
                return Posted(fields, tuple(files))
            if not isinstance(part, BodyPartReader):
                raise TooMuch
            content, size = await _content(part, most=_LARGEST_BODY - read)
            read += size
            if part.filename is None:
                words += size
                _keep_words(fields, part.name or "", content, words=words)
            elif part.filename or size:
                files.append(RawFile(part.name or "", clean_name(part.filename), content))
    except _NO_MULTIPART as why:
        raise TooMuch from why
    raise TooMuch


def _keep_words(fields: dict[str, str], key: str, content: bytes | None, *, words: int) -> None:
    if content is None or words > _LARGEST_WORDS:
        raise TooMuch
    fields.setdefault(key, content.decode("utf-8", "replace"))


async def _content(part: BodyPartReader, *, most: int) -> tuple[bytes | None, int]:
    """A part's content and size; of one that is too large only the size.

    It is read to its end, so that the browser gets our answer and not a broken line.
    """
    kept = bytearray()
    size = 0
    while chunk := await part.read_chunk(64 * 1024):
        size += len(chunk)
        if size > most:
            raise TooMuch
        if size <= LARGEST_FILE:
            kept += chunk
    return (bytes(kept) if size <= LARGEST_FILE else None), size


def clean_name(name: str) -> str:
    """A file's name without folders, without signs that deceive, and not endless."""
    plain = unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).name)
    plain = re.sub('[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"<>|:*?]', "", plain).strip(
        " ."
    )
    if len(plain) > _LONGEST_NAME:
        path = PurePosixPath(plain)
        ending = path.suffix[:12]
        plain = path.stem[: _LONGEST_NAME - len(ending)] + ending
    return plain or "file"


def accepted(files: Sequence[RawFile]) -> tuple[tuple[Upload, ...], list[tuple[str, str]]]:
    """The files that can be taken, for programs; and of the others the name and what is wrong."""
    taken: list[Upload] = []
    wrong: list[tuple[str, str]] = []
    if len(files) > MOST_FILES or sum(len(file.content or b"") for file in files) > LARGEST_TOGETHER:
        return (), [("", f"{MOST_FILES} files and {LARGEST_TOGETHER // MEGA} MB together at most.")]
    for file in files:
        found = recognise(file.name, file.content) if file.content else None
        if found is None:
            wrong.append(
                (file.name, f"Empty, larger than {LARGEST_FILE // MEGA} MB, or of a kind that we do not take.")
            )
        else:
            taken.append(Upload(found[1], found[0], file.content or b""))
    return tuple(taken), wrong


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that we take: its type, the endings it may have, and how its content looks."""

    type: str
    endings: tuple[str, ...]
    looks: Callable[[bytes], bool]


def _starts(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(beginnings)


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    """ISO base media files name their kind after `ftyp`."""
    return lambda content: content[4:8] == b"ftyp" and content[8:12] in brands


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_docx(content: bytes) -> bool:
    """Word without macros: those are programs."""
    zipped = content.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in content
    return zipped and b"word/document.xml" in content and b"vbaProject" not in content


def _is_odt(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04") and content[30:77] == b"mimetypeapplication/vnd.oasis.opendocument.text"


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content


KINDS = (
    Kind("image/jpeg", (".jpg", ".jpeg"), _starts(b"\xff\xd8\xff")),
    Kind("image/png", (".png",), _starts(b"\x89PNG\r\n\x1a\n")),
    Kind("image/heic", (".heic", ".heif"), _brand(b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heif")),
    Kind("image/webp", (".webp",), _is_webp),
    Kind("image/gif", (".gif",), _starts(b"GIF87a", b"GIF89a")),
    Kind("image/tiff", (".tif", ".tiff"), _starts(b"II*\x00", b"MM\x00*")),
    Kind("application/pdf", (".pdf",), lambda content: b"%PDF-" in content[:1024]),
    Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",), _is_docx),
    Kind("application/vnd.oasis.opendocument.text", (".odt",), _is_odt),
)
_TEXT = Kind("text/plain", (".txt",), _is_text)
ACCEPTED = ",".join(["image/*", *(ending for kind in (*KINDS, _TEXT) for ending in kind.endings)])


def recognise(name: str, content: bytes) -> tuple[str, str] | None:
    """The type that the content shows, and the name with an ending that fits it; None for what we do not take."""
    ending = PurePosixPath(name).suffix.lower()
    kinds = (*KINDS, _TEXT) if ending in _TEXT.endings else KINDS
    kind = next((kind for kind in kinds if kind.looks(content)), None)
    if kind is None:
        return None
    return kind.type, name if ending in kind.endings else f"{name}{kind.endings[0]}"
