"""Files: uploaded before they are sent, and downloaded by those who may see their ticket."""

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from crm_core.actions import checking, uploads
from crm_core.model.check import Check
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import FileId
from crm_core.model.message import Attachment
from crm_core.model.view import Json
from crm_core.queries import ticket
from gateway.files import opened
from gateway.http import faces, headers
from gateway.http.errors import TooLarge, WrongType
from gateway.http.routes import API, Ask, Asked, route

LARGEST = 25 * 1024 * 1024
LONGEST_NAME = 200

_MAGIC = {
    "application/pdf": (b"%PDF-",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"RIFF",),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
}
"""How the content of a type begins; what says it is one of these and is not, is just bytes."""

_SHOWN = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
"""Pictures that a browser may draw inside our own pages. Never SVG: it can hold script."""

_PASSED_ON = (
    _SHOWN
    | _MAGIC.keys()
    | {
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "audio/mpeg",
        "audio/ogg",
        "message/rfc822",
        "text/calendar",
        "text/csv",
        "text/plain",
        "video/mp4",
    }
)
JUST_BYTES = "application/octet-stream"


class FileItem(faces.Face):
    """A stored file. `check` says why it may not be opened: it is being checked for viruses, or `found` is in it."""

    id: str
    name: str
    type: str
    size: int
    check: Check | None
    found: str | None


@route("POST", f"{API}/files", upload=True, answer=FileItem, status=201)
async def upload(ask: Ask) -> Any:
    """Upload one file (multipart, field `file`); name its id in a reply to send it."""
    name, declared, content = await received(ask.request)
    blob = await asyncio.to_thread(ask.house.files.keep, content)
    kind = typed(declared, content)
    return await ask.saying(blob.digest, name, kind).do(_item, uploads.upload, blob, name=name, type=kind)


class DownloadQuery(Asked):
    """`inline` draws pictures inside our own pages; everything else is always a download."""

    inline: bool = False


@route("GET", f"{API}/files/{{id}}", query=DownloadQuery, produces="application/octet-stream")
async def download(ask: Ask, *, id: str, query: DownloadQuery) -> web.Response:
    """A file of a ticket that I may see, or my own upload."""
    found = await ask.read(ticket.file, FileId(id))
    content = await opened(found.digest, desk=ask.house.desk, actor=ask.actor, files=ask.house.files)
    kind = passed_on(found.type, content)
    shown = query.inline and kind in _SHOWN
    return web.Response(
        body=content,
        headers={
            "Content-Type": kind,
            "Content-Disposition": disposition(found.name, "inline" if shown else "attachment"),
            "Content-Security-Policy": headers.NOTHING,
            "Cache-Control": "private, max-age=3600, immutable",
        },
    )


@route("POST", f"{API}/files/{{id}}/releases", answer=FileItem)
async def release(ask: Ask, *, id: str) -> Any:
    """Open a file that is blocked, or that the virus scanner does not get through; it stands in the record who answers for it.

    It opens wherever the same bytes stand, now and later.
    """
    return await ask.do(_item, checking.release, FileId(id))


def disposition(name: str, how: str = "attachment") -> str:
    """RFC 6266: a plain name for old readers, and the real one encoded."""
    clean = safe_name(name)
    plain = "".join(sign if (sign.isascii() and sign.isalnum()) or sign in " ._-" else "_" for sign in clean)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"


def safe_name(name: str) -> str:
    """A file's name without paths, controls, marks that turn the direction of writing, or dots in front."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if sign.isprintable() and sign not in '<>:"|?*').strip(" .")
    return kept[-LONGEST_NAME:].lstrip(" .") or "file"


async def received(request: web.Request) -> tuple[str, str, bytes]:
    """The uploaded file: its name, the type it is said to be, and its content. Raises BadInput, TooLarge."""
    if not request.content_type.startswith("multipart/form-data"):
        raise WrongType("Send the file as multipart/form-data, in a field named file.")
    try:
        reader = await request.multipart()
        async for part in reader:
            if isinstance(part, BodyPartReader) and part.name == "file" and part.filename:
                return safe_name(part.filename), part.headers.get("Content-Type", ""), await _content(part)
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError, web.HTTPException) as why:
        raise BadInput(Problem("file", "The upload is not whole. Send it again.")) from why
    raise BadInput(Problem("file", "There is no file in a field named file."))


async def _content(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65536):
        content += chunk
        if len(content) > LARGEST:
            raise TooLarge(f"A file may have {LARGEST // 1024 // 1024} MB at most.")
    return bytes(content)


def picture_type(content: bytes) -> str | None:
    """Which kind of picture this is, by how it begins; None: none that a browser may draw inside our own pages."""
    found = next((kind for kind in _SHOWN for begin in _MAGIC[kind] if content.startswith(begin)), None)
    return None if found == "image/webp" and content[8:12] != b"WEBP" else found


def passed_on(declared: str, content: bytes) -> str:
    """The type that a file is served as: what it is said to be, where that is one we pass on, else just bytes."""
    kind = typed(declared, content[:16])
    return kind if kind in _PASSED_ON else JUST_BYTES


def typed(declared: str, content: bytes) -> str:
    """The declared type, where it is one we pass on and the content does not belie it."""
    kind = declared.partition(";")[0].strip().casefold()
    if kind not in _PASSED_ON:
        return JUST_BYTES
    begins = _MAGIC.get(kind)
    return kind if begins is None or content.startswith(begins) else JUST_BYTES


def _item(kept: Attachment) -> Json:
    told = {"check": kept.check, "found": kept.found}
    return {"id": kept.id, "name": kept.name, "type": kept.type, "size": kept.size, **told}
