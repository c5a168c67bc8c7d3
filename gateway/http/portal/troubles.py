"""What goes wrong at the portal's addresses is told as a page, in the citizen's language, and not as a document for programs."""

from collections.abc import Iterable

from aiohttp import web

from gateway.http.portal.front import Front

FIRST = frozenset({"", "s", "ask", "done", "portal"})
"""How the portal's own addresses begin, whether or not something stands there."""

_NAMES = {404: "lost", 405: "lost", 413: "heavy", 429: "hurry"}
_CARRIED = ("Retry-After", "Allow")


class Troubles:
    """Shows refusals to people: wherever a page of ours was asked for, and where a browser asked for what is not there."""

    def __init__(self, front: Front, routes: Iterable[web.AbstractRoute]) -> None:
        self._front = front
        self._resources = frozenset(route.resource for route in routes)

    def show(self, request: web.Request, answer: web.Response) -> web.Response:
        """The page that says the same as the answer; the answer itself where a program asked."""
        if not self._is_for_a_person(request):
            return answer
        seconds = answer.headers.get("Retry-After", "1")
        name = _NAMES.get(answer.status, "fault")
        page = self._front.trouble(self._front.visit(request), name, status=answer.status, seconds=seconds)
        for header in _CARRIED:
            if header in answer.headers:
                page.headers[header] = answer.headers[header]
        return page

    def _is_for_a_person(self, request: web.Request) -> bool:
        resource = request.match_info.route.resource
        if resource is not None:
            return resource in self._resources
        first = request.path.split("/")[1]
        return first in FIRST or (first != "api" and "text/html" in request.headers.get("Accept", ""))
