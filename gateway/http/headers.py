"""Headers that every answer carries, so that a browser lets our pages do only what they need."""

from collections.abc import Iterable

from aiohttp import web

from gateway.http.surroundings import Surroundings

PAGE = (
    "default-src 'none'; script-src 'self'; style-src-elem 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
    "worker-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
NOTHING = "default-src 'none'; frame-ancestors 'none'; sandbox"
PAPER = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
"""For PDF that we drew ourselves: in a sandbox no browser would show it, and it holds nothing but words and squares."""
MAIL = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""For what citizens sent: an origin of its own, no script, nothing loaded from elsewhere."""


def framed(around: str) -> str:
    """The policy of a page of ours that pages of these sites may show."""
    return PAGE.replace("frame-ancestors 'none'", f"frame-ancestors {around}")


def reaching(origins: Iterable[str]) -> str:
    """The policy of a page of ours that speaks with these origins too."""
    return PAGE.replace("connect-src 'self'", " ".join(("connect-src 'self'", *sorted(origins))))


def harden(answer: web.StreamResponse, *, house: Surroundings) -> None:
    """Set what is not set already. What is personal is not kept by any cache."""
    headers = answer.headers
    is_page = headers.get("Content-Type", "").startswith("text/html")
    headers.setdefault("Content-Security-Policy", PAGE if is_page else NOTHING)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), payment=(), usb=()")
    headers.setdefault("Cache-Control", "no-store")
    if "frame-ancestors http" not in headers["Content-Security-Policy"]:  # it names sites, and the older header cannot
        headers.setdefault("X-Frame-Options", "DENY")
    if house.settings.public_url.startswith("https:"):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    headers["Server"] = "onestop"
