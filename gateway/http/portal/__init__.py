"""The citizens' pages: find a service, fill in its form, get a number. They need no script."""

from aiohttp import web

from gateway.http.errors import SHOWN
from gateway.http.portal.browse import Browse
from gateway.http.portal.fill import Fill
from gateway.http.portal.front import Front
from gateway.http.portal.needs import PortalNeeds
from gateway.http.portal.send import Send
from gateway.http.portal.troubles import Troubles

SLUG = r"{slug:[a-z0-9][a-z0-9-]{0,80}}"


def add_portal(app: web.Application, surroundings: PortalNeeds) -> None:
    """Put the portal's pages at the root of the application."""
    front = Front(surroundings)
    browse, fill, send = Browse(front), Fill(front), Send(front)
    routes = app.add_routes(
        [
            web.get("/", browse.home),
            web.get("/s", browse.all),
            web.get("/ask", browse.ask),
            web.get(f"/s/{SLUG}", browse.service),
            web.get(f"/s/{SLUG}/form", fill.start),
            web.get(rf"/s/{SLUG}/form/{{page:\d{{1,2}}}}", fill.show),
            web.post(rf"/s/{SLUG}/form/{{page:\d{{1,2}}}}", fill.take),
            web.get(f"/s/{SLUG}/check", send.check),
            web.post(f"/s/{SLUG}/check", send.send),
            web.get("/done/{number:[A-Z0-9-]{1,24}}", send.done),
            web.get("/portal/{name}", browse.static),
        ]
    )
    app[SHOWN] = Troubles(front, routes).show


__all__ = ["PortalNeeds", "add_portal"]
