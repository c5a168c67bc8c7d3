"""What other sites show of us with one line of HTML: a button, and behind it our page in a frame.

`<script src="https://…/widget.js" data-inbox="…" async></script>`. The frame is an origin of
its own to the page around it: neither can read the other, styles do not mix, and what the
visitor's browser keeps for it needs no cookie.
"""

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from channels.contract import Embedded, Embedding
from crm_core.model.errors import NotFound
from crm_core.model.house import GENERAL
from crm_core.model.service import Field as Question
from crm_core.model.service import FieldKind, Service
from crm_core.model.view import Json
from crm_core.queries import popular
from crm_core.rules import forms
from gateway.house import GATEWAY, Door
from gateway.http import headers
from gateway.http.errors import FromElsewhere
from gateway.http.question import question
from gateway.http.routes import Access, Ask, Asked, route
from gateway.http.static import DIST
from gateway.http.talks import MOUNT, door_of
from gateway.http.there import now_at, service_at, shown

CHOICES = 6
_LATELY = timedelta(days=30)
_AN_HOUR = "public, max-age=3600"
_FOR_EVER = "public, max-age=31536000, immutable"
_DEMO = Path(__file__).parent / "widget_demo.html"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


class From(Asked):
    """The site around the frame, as the loader says it."""

    host: Annotated[str, Field(max_length=300)] = ""


@route("GET", "/widget.js", access=Access.ANYONE, raw=True, produces="text/javascript")
async def loader(_ask: Ask) -> web.Response:
    """The one script that a site loads: it adds a button, and nothing else until that is pressed."""
    entry = _manifest().get("widget")
    if entry is None:
        raise NotFound
    more = {"Cache-Control": _AN_HOUR, "Cross-Origin-Resource-Policy": "cross-origin"}
    return _answer(DIST / entry["file"], more)


@route("GET", "/w/demo", access=Access.ANYONE, raw=True, produces="text/html", may_be_missing=True)
async def demo(ask: Ask) -> web.Response:
    """A page as another site would have it, to try the chat on."""
    door = embedded_door(ask.house.keeper.doors.values())
    if door is None:
        raise NotFound
    page = _DEMO.read_text(encoding="utf-8").replace("{inbox}", door.inbox.id)
    policy = headers.PAGE.replace("style-src-elem 'self'", "style-src-elem 'unsafe-inline'")
    return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})


@route("GET", "/w/static/{path:.*}", access=Access.ANYONE, raw=True, produces="*/*")
async def static(_ask: Ask, *, path: str) -> web.Response:
    """A file of the frame; it never changes under one name."""
    root = (DIST / "frame").resolve()
    found = (root / path).resolve()
    if root not in found.parents or found.suffix not in _TYPES or not found.is_file():
        raise NotFound
    return _answer(found, {"Cache-Control": _FOR_EVER})


@route("GET", "/w/{id}", access=Access.ANYONE, query=From, produces="text/html")
async def frame(ask: Ask, *, id: str, query: From) -> web.Response:
    """The page in the frame; browsers show it on our own pages and on the sites that the inbox names."""
    embedding = embedding_of(door_of(ask, id))
    own = ask.house.settings.public_url.rstrip("/").casefold()
    if query.host and query.host.casefold() not in (own, *embedding.origins) and not _is_here(ask, query.host):
        raise FromElsewhere("This site may not show this chat. An admin names the sites that may.")
    around = " ".join(("'self'", *embedding.origins))
    path = DIST / "frame" / "index.html"
    if not path.is_file():
        raise NotFound
    return web.Response(
        body=path.read_bytes(),
        content_type="text/html",
        charset="utf-8",
        headers={
            "Cache-Control": "no-cache",
            "Content-Security-Policy": headers.framed(around),
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )


@route("GET", "/w/{id}/about", access=Access.ANYONE, raw=True)
async def about(ask: Ask, *, id: str) -> Json:
    """What a visitor sees before the first word: whom they talk to, whether anybody is there, what people ask for most."""
    door = door_of(ask, id)
    embedding = embedding_of(door)
    now = await now_at(ask, None)
    return {
        "title": dict(embedding.title),
        "services": [{"slug": one.slug, "name": one.name} for one in await _asked_most(ask)],
        "now": shown(now),
    }


@route("GET", "/w/{id}/services/{slug}", access=Access.ANYONE, raw=True)
async def questions(ask: Ask, *, id: str, slug: str) -> Json:
    """What is asked for a service before the talk begins. Files are asked for in the talk."""
    door_of(ask, id)
    service = service_at(ask, slug)
    if service is None:
        raise NotFound
    fields = [one for one in service.fields if one.kind is not FieldKind.FILE]
    now = await now_at(ask, service)
    return {
        "slug": service.slug,
        "name": service.name,
        "fields": [_question(one) for one in fields],
        "now": shown(now),
    }


def embedded_door(doors: Any) -> Door | None:
    """The oldest inbox whose page other sites can show."""
    found = [door for door in doors if MOUNT in door.type.mounts]
    return min(found, key=lambda door: (door.inbox.created_at, door.inbox.id), default=None)


def embedding_of(door: Door) -> Embedding:
    """Who may show an inbox's page. Raises NotFound for a channel that has none."""
    if not isinstance(door.channel, Embedded):
        raise NotFound
    return door.channel.embedding()


async def _asked_most(ask: Ask) -> list[Service]:
    counts = await ask.house.desk.ask(GATEWAY, popular.asked_for, since=ask.house.clock() - _LATELY)
    offered = [one for one in ask.house.keeper.setup.services if one.active and one.slug != GENERAL]
    return sorted(offered, key=lambda one: (-counts.get(one.id, 0), one.order))[:CHOICES]


def _question(field: Question) -> Json:
    """A visitor's page knows no language's names of options: it gets what to send beside what to show."""
    labels = zip(forms.options(field), field.choices, strict=False)
    return question(field, choices=[{"value": value, "label": label} for value, label in labels])


def _is_here(ask: Ask, host: str) -> bool:
    return host.partition("://")[2] == ask.request.host


@cache
def _manifest() -> dict[str, Any]:
    path = DIST / "manifest.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return found


def _answer(path: Path, more: dict[str, str]) -> web.Response:
    if not path.is_file():
        raise NotFound
    return web.Response(body=path.read_bytes(), content_type=_TYPES[path.suffix], charset="utf-8", headers=more)
