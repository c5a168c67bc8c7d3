"""Files that an answer handed out by a link: a page that names them, and each as a download.

The page counts nothing, because programs look at links before people do. No cookie is
set; where the matter is confidential, the one of a request that was opened by a code is
read (`track.py`). A link that opens nothing, was shut, ran out or was never made is one answer.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web

from crm_core.actions import handouts as actions
from crm_core.model.errors import Refusal
from crm_core.model.ids import MessageId
from crm_core.model.message import Attachment
from crm_core.queries import handouts
from crm_core.queries.handouts import Fetchable
from crm_core.rules import handouts as rule
from gateway.files import opened
from gateway.house import GATEWAY
from gateway.http import files, headers
from gateway.http.errors import Slower
from gateway.http.portal import tongue
from gateway.http.portal.fill import too_often
from gateway.http.portal.front import Front, Visit
from gateway.http.portal.track import SEEN
from gateway.http.who import digest

_NOT_FOUND_BY_ENGINES = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer"}
_KILO = 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A link that opens: whose message, and what may be fetched."""

    message: MessageId
    files: Fetchable


class Fetch:
    """Handlers of the links to files."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def show(self, request: web.Request) -> web.Response:
        """Which files there are, and until when; nothing is counted."""
        visit = self._front.visit(request)
        found = await self._found(visit)
        if isinstance(found, web.Response):
            return _quiet(found)
        until = found.files.until
        if until is None:
            return _quiet(self._front.trouble(visit, "prove", status=403, href="/track"))
        page = self._front.page(
            visit,
            "files.html",
            keep=False,
            files=[self._shown(one, number=number, visit=visit) for number, one in enumerate(found.files.files)],
            until=tongue.day(until, zone=self._zone(), language=visit.language),
        )
        return _quiet(page)

    async def take(self, request: web.Request) -> web.Response:
        """One file of the message, as a download; counted where it is really taken."""
        visit = self._front.visit(request)
        found = await self._found(visit)
        if isinstance(found, web.Response):
            return _quiet(found)
        number = int(request.match_info["number"])
        if found.files.until is None or number >= len(found.files.files):
            return _quiet(self._front.trouble(visit, "files_gone", status=404))
        file = found.files.files[number]
        try:
            content = await self._content(file)
            if request.method == "GET":
                await self._front.needs.desk.do(GATEWAY, actions.count_fetch, found.message, lasts=self._lasts())
        except (Refusal, FileNotFoundError):
            return _quiet(self._front.trouble(visit, "files_gone", status=404))
        kind = files.passed_on(file.type, content)
        return _quiet(web.Response(body=content, headers=_as_download(file, kind=kind)))

    async def _found(self, visit: Visit) -> Found | web.Response:
        try:
            self._front.turnstile.fill(self._front.peer(visit.request))
        except Slower as why:
            return too_often(self._front, visit, why)
        needs = self._front.needs
        message = rule.named(needs.keeper.house.keys, visit.request.match_info["token"])
        secret = visit.request.cookies.get(SEEN, "")
        if message is not None:
            seen = digest(secret) if secret else None
            fetchable = await needs.desk.ask(GATEWAY, handouts.fetchable, message, visit=seen, lasts=self._lasts())
            if fetchable is not None:
                return Found(message, fetchable)
        return self._front.trouble(visit, "files_gone", status=404)

    def _lasts(self) -> timedelta:
        return self._front.needs.keeper.house.files_last

    async def _content(self, file: Attachment) -> bytes:
        needs = self._front.needs
        return await opened(file.digest, desk=needs.desk, actor=GATEWAY, files=needs.files)

    def _shown(self, file: Attachment, *, number: int, visit: Visit) -> dict[str, Any]:
        return {
            "name": files.safe_name(file.name),
            "size": _size(file.size),
            "href": f"{rule.PATH}{visit.request.match_info['token']}/{number}",
        }

    def _zone(self) -> str:
        calendar = self._front.calendar(self._front.general)
        return calendar.zone if calendar else "UTC"


def _as_download(file: Attachment, *, kind: str) -> dict[str, str]:
    return {
        "Content-Type": kind,
        "Content-Disposition": files.disposition(file.name),
        "Content-Security-Policy": headers.NOTHING,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }


def _quiet(answer: web.Response) -> web.Response:
    """No engine keeps it, and the address goes nowhere from here."""
    answer.headers.update(_NOT_FOUND_BY_ENGINES)
    return answer


def _size(size: int) -> str:
    if size < _KILO * _KILO:
        return f"{max(1, round(size / _KILO))} kB"
    return f"{size / _KILO / _KILO:.1f} MB"
