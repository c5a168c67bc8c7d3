"""The citizens' pages: find a service, fill in its form, get a number. They need no script."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from gateway.http.errors import SHOWN
from gateway.http.portal.browse import Browse
from gateway.http.portal.embed import Embed
from gateway.http.portal.fetch import Fetch
from gateway.http.portal.fill import Fill
from gateway.http.portal.front import Front
from gateway.http.portal.needs import PortalNeeds
from gateway.http.portal.rate import Rate
from gateway.http.portal.send import Send
from gateway.http.portal.told import Told
from gateway.http.portal.track import Track
from gateway.http.portal.troubles import Troubles

SLUG = r"{slug:[a-z0-9][a-z0-9-]{0,80}}"
ANSWER = r"{answer:[a-z0-9][a-z0-9-]{0,80}}"
NUMBER = r"{page:\d{1,2}}"


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the portal, and who answers there; its docstring goes into the page of the API."""

    method: str
    path: str
    handler: Callable[[Any, web.Request], Awaitable[web.StreamResponse]]


ADDRESSES = (
    Address("GET", "/", Browse.home),
    Address("GET", "/s", Browse.all),
    Address("GET", "/ask", Browse.ask),
    Address("GET", f"/s/{SLUG}", Browse.service),
    Address("GET", f"/s/{SLUG}/form", Fill.start),
    Address("GET", f"/s/{SLUG}/form/{NUMBER}", Fill.show),
    Address("POST", f"/s/{SLUG}/form/{NUMBER}", Fill.take),
    Address("GET", f"/s/{SLUG}/check", Send.check),
    Address("POST", f"/s/{SLUG}/check", Send.send),
    Address("GET", f"/s/{SLUG}/answers/{ANSWER}", Told.show),
    Address("POST", f"/s/{SLUG}/answers/{ANSWER}", Told.rate),
    Address("GET", "/embed.js", Embed.script),
    Address("GET", f"/e/{SLUG}", Embed.show),
    Address("POST", f"/e/{SLUG}", Embed.take),
    Address("GET", "/done/{number:[A-Z0-9-]{1,24}}", Send.done),
    Address("GET", "/track", Track.ask),
    Address("POST", "/track", Track.send),
    Address("GET", "/track/code", Track.code),
    Address("POST", "/track/code", Track.answer),
    Address("GET", "/track/request", Track.show),
    Address("POST", "/track/request", Track.say),
    Address("POST", "/track/leave", Track.leave),
    Address("GET", "/r", Track.link_page),
    Address("POST", "/r", Track.open_link),
    Address("GET", "/feedback/{token:[0-9a-z]{51}}", Rate.show),
    Address("POST", "/feedback/{token:[0-9a-z]{51}}", Rate.take),
    Address("GET", "/files/{token:[0-9a-z]{51}}", Fetch.show),
    Address("GET", r"/files/{token:[0-9a-z]{51}}/{number:\d{1,2}}", Fetch.take),
    Address("GET", "/r/{token:[0-9a-z]{25,100}}", Track.link),
    Address("GET", "/portal/{name}", Browse.static),
)


def add_portal(app: web.Application, surroundings: PortalNeeds) -> None:
    """Put the portal's pages at the root of the application."""
    front = Front(surroundings)
    rooms = {kind.__name__: kind(front) for kind in (Browse, Embed, Fetch, Fill, Rate, Send, Told, Track)}
    routes = []
    for one in ADDRESSES:
        room, _, name = one.handler.__qualname__.partition(".")
        routes.append(web.route(one.method, one.path, getattr(rooms[room], name)))
    app[SHOWN] = Troubles(front, app.add_routes(routes)).show


__all__ = ["ADDRESSES", "PortalNeeds", "add_portal"]
