"""The console: one page for every address under /console, and its files, which never change under one name."""

from pathlib import Path

from aiohttp import web

from crm_core.model.errors import NotFound
from gateway.http import headers
from gateway.http.routes import Access, Ask, route

DIST = Path(__file__).parent.parent / "static" / "dist"

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_FOR_EVER = "public, max-age=31536000, immutable"

NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>Onestop</title>
<p>The console is not built. Run <code>./onestop serve</code>, which builds it, or <code>python web/build.py</code>.</p>"""


@route("GET", "/console", access=Access.ANYONE, raw=True, produces="text/html")
async def console(ask: Ask) -> web.StreamResponse:
    """The console."""
    return _page(ask)


@route("GET", "/console/{path:.*}", access=Access.ANYONE, raw=True, produces="text/html")
async def within_console(ask: Ask, *, path: str) -> web.StreamResponse:
    """A file of the console, or its page: addresses within it are its own."""
    return _file(path) if path.startswith("assets/") else _page(ask)


def _page(ask: Ask) -> web.StreamResponse:
    """It may speak with providers whose inboxes are open here, and with nobody else."""
    path = DIST / "console" / "index.html"
    if not path.is_file():
        return web.Response(status=503, text=NOT_BUILT, content_type="text/html")
    reached = {
        origin
        for door in ask.house.keeper.doors.values()
        if door.type.reaches is not None
        for origin in door.type.reaches(door.opening)
    }
    return web.Response(
        body=path.read_bytes(),
        content_type="text/html",
        charset="utf-8",
        headers={"Cache-Control": "no-cache", "Content-Security-Policy": headers.reaching(reached)},
    )


def _file(name: str) -> web.StreamResponse:
    root = DIST / "console"
    path = (root / name).resolve()
    kind = _TYPES.get(path.suffix)
    if kind is None or root.resolve() not in path.parents or not path.is_file():
        raise NotFound
    return web.Response(body=path.read_bytes(), content_type=kind, headers={"Cache-Control": _FOR_EVER})
