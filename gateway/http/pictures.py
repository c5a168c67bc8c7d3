"""The formatted body of a message in a frame of its own, with the pictures that came, and those that somebody had fetched.

A frame that runs nothing has no cookies either, so its pictures stand in the page itself.
"""

import asyncio
from base64 import b64encode
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from aiohttp import web

from channels.contract import Unavailable, Undeliverable
from channels.shared import outside
from channels.shared.html import Cleaned, clean
from crm_core.actions import pictures as keeping
from crm_core.model.errors import FileHeld
from crm_core.model.ids import MessageId
from crm_core.model.message import File
from crm_core.model.picture import Picture, named
from crm_core.model.view import Json
from crm_core.queries import pictures
from gateway.files import opened
from gateway.http import faces, headers
from gateway.http.files import picture_type, safe_name
from gateway.http.messages import OF_MESSAGE
from gateway.http.routes import Ask, route

MOST = 40
"""Pictures from elsewhere that one message may have; the rest stays away."""

LARGEST = 5 * 1024 * 1024
LARGEST_TOGETHER = 16 * 1024 * 1024
_AT_ONCE = 6
_SECONDS = 30
_HEADERS = {"Accept": "image/png,image/jpeg,image/gif,image/webp", "User-Agent": "Mozilla/5.0 (picture proxy)"}


class PicturesItem(faces.Face):
    """Pictures of a message that stand elsewhere: how many it has, and how many of them are kept with it."""

    elsewhere: int
    kept: int


@route("GET", f"{OF_MESSAGE}/html", produces="text/html")
async def page(ask: Ask, *, id: str) -> web.Response:
    """The formatted body as a page of its own, with its pictures in it: cleaned, without script, in an opaque origin.

    Pictures from elsewhere would tell the sender who reads when and where: none is loaded until somebody had it fetched.
    """
    found = await ask.read(pictures.illustrated, MessageId(id))
    drawn: dict[str, str] = {}
    room = LARGEST_TOGETHER
    for name, picture in found.pictures.items():
        room -= picture.size
        if room >= 0 and picture.size <= LARGEST and (url := await _drawn(ask, picture)):
            drawn[name] = url
    shown = _cleaned(found.message.html, drawn).html
    return web.Response(
        text=f'<!doctype html><meta charset="utf-8"><base target="_blank"><body>{shown}</body>',
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": headers.MAIL, "X-Frame-Options": "SAMEORIGIN"},
    )


@route("GET", f"{OF_MESSAGE}/pictures", answer=PicturesItem)
async def show(ask: Ask, *, id: str) -> Json:
    """Whether a formatted message would show pictures from elsewhere. Nothing is asked of anybody."""
    found = await ask.read(pictures.illustrated, MessageId(id))
    return _told(_elsewhere(found), found.pictures)


@route("POST", f"{OF_MESSAGE}/pictures", answer=PicturesItem)
async def fetch(ask: Ask, *, id: str) -> Any:
    """Fetch the pictures that stand elsewhere, and keep them with the message.

    We ask for them, not the browser: the sender learns that somebody reads, and neither who nor where.
    """
    found = await ask.read(pictures.illustrated, MessageId(id), to="reply")
    wanted = [url for url in _elsewhere(found) if named(url) not in found.pictures]
    files = await _all(wanted)
    blobs = [await asyncio.to_thread(ask.house.files.keep, file.content) for file in files]
    return await ask.do(partial(_kept, found), keeping.keep, MessageId(id), files, blobs)


def _kept(found: pictures.Illustrated, now: frozenset[str]) -> Json:
    return _told(_elsewhere(found), now)


def _elsewhere(found: pictures.Illustrated) -> Sequence[str]:
    return _cleaned(found.message.html, {}).remote[:MOST]


def _cleaned(html: str | None, drawn: dict[str, str]) -> Cleaned:
    return clean(html or "", inline=drawn, fetched=lambda url: drawn.get(named(url)))


def _told(elsewhere: Sequence[str], known: Collection[str]) -> Json:
    return {"elsewhere": len(elsewhere), "kept": sum(1 for url in elsewhere if named(url) in known)}


async def _drawn(ask: Ask, picture: Picture) -> str | None:
    try:
        content = await opened(picture.digest, desk=ask.house.desk, actor=ask.actor, files=ask.house.files)
    except FileHeld:
        return None
    kind = picture_type(content)
    return None if kind is None else f"data:{kind};base64,{b64encode(content).decode()}"


async def _all(urls: Sequence[str]) -> list[File]:
    """Those that could be had; whoever does not answer in time is left out."""
    turn = asyncio.Semaphore(_AT_ONCE)
    asked = [asyncio.create_task(_one(url, turn=turn)) for url in urls]
    if not asked:
        return []
    done, late = await asyncio.wait(asked, timeout=_SECONDS)
    for task in late:
        task.cancel()
    files, room = [], LARGEST_TOGETHER
    for task in asked:
        file = task.result() if task in done else None
        if file is not None and len(file.content) <= room:
            room -= len(file.content)
            files.append(file)
    return files


async def _one(url: str, *, turn: asyncio.Semaphore) -> File | None:
    """Only what begins as a picture does, whatever it is said to be; no cookie, no referrer, nothing near."""
    async with turn:
        try:
            content = await outside.fetch(url, most=LARGEST, headers=_HEADERS)
        except (Unavailable, Undeliverable, ValueError):
            return None
    kind = picture_type(content)
    name = safe_name(unquote(urlsplit(url).path))[:80] or "picture"
    return None if kind is None else File(name, kind, content, named(url))
