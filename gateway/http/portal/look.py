"""How a page is drawn: templates, icons, and the headers that keep it safe."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.http.portal.tongue import said
from gateway.http.portal.words import HTML_LANGUAGE

_HERE = Path(__file__).parent
STATIC = {
    "embed.js": "text/javascript",
    "frame.js": "text/javascript",
    "portal.css": "text/css",
    "portal.js": "text/javascript",
    "crest.svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors "
)
_PLAIN_ICON = "form"


@cache
def static(name: str) -> tuple[bytes, str]:
    """A file that pages load, and the version that its address carries."""
    content = (_HERE / "static" / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


@cache
def _icons() -> dict[str, str]:
    return tomllib.loads((_HERE / "icons.toml").read_text(encoding="utf-8"))


def icon(name: str, kind: str = "") -> Markup:
    """A drawing of 16 units, in the colour of the text around it; an unknown name is a sheet of paper."""
    drawing = _icons().get(name) or _icons()[_PLAIN_ICON]
    return Markup('<svg class="i {}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{}</svg>').format(
        kind,
        Markup(drawing),  # noqa: S704 - our own file
    )


def _fill(text: str, **values: Any) -> Markup:
    """A text of the catalogue with its places filled; what is filled in is escaped unless it is markup."""
    return Markup(escape(text)).format(**values)  # noqa: S704 - escaped here


def _versioned(name: str) -> str:
    return f"/portal/{name}?v={static(name)[1]}"


def _said(texts: dict[str, str], language: str) -> Markup:
    """A text of the catalogue of services, marked where it is in another language than the page."""
    text, tongue = said(texts, language)
    if tongue == language:
        return escape(text)
    return Markup('<span lang="{}">{}</span>').format(HTML_LANGUAGE.get(tongue, tongue), text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"icon": icon, "static": _versioned, "html_language": HTML_LANGUAGE}
    environment.filters |= {"fill": _fill, "said": _said}
    return environment


def policy(ancestors: str) -> str:
    """What a page may load, and in whose frames it may stand."""
    return _POLICY + ancestors


def page(template: str, *, status: int = 200, keep: bool = True, **values: Any) -> web.Response:
    """A page. `keep` is False for what a shared computer must not show to the next person."""
    response = web.Response(
        text=_environment().get_template(template).render(**values), status=status, content_type="text/html"
    )
    response.headers["Content-Security-Policy"] = policy("'none'")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["Cache-Control"] = "private, no-cache" if keep else "no-store"
    return response
