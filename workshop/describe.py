"""`python -m workshop.describe api | channels`: pages of `docs/` that are made from the code, on stdout.

What a program must know to speak to Onestop stands beside its handler, its event or its
channel; a second copy written by hand would be wrong within a week.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from datetime import timedelta
from typing import Any

import crm_core.model
from channels.contract import ChannelType, Secret
from channels.registry import find
from crm_core.model.event import Event
from crm_core.model.inbox import Capabilities
from gateway.http.app import all_routes
from gateway.http.portal import ADDRESSES
from gateway.http.routes import Access, Input, Route, canonical

API = "/api/v1"
MADE = "<!-- Made by `./onestop generate` from the code (workshop/describe.py); changes here are lost. -->\n"

CAPABILITIES = {
    "text": "carries words",
    "html": "carries formatted text",
    "files": "carries files",
    "subject": "has a subject",
    "live": "contacts happen now, and want an answer in seconds",
    "threads": "the wire itself names the strand that a message belongs to",
    "starts": "we may write first",
    "replies": "answers go back this way",
    "window": "how long after their last message we may answer",
    "length": "most characters in one message",
    "parts": "in how many messages one answer may go",
    "undo": "for how many seconds an answer may be held back, to be taken back",
    "units": "how much of an agent's total capacity one contact takes",
    "public": "everybody can look at what was filed here, as far as its service says so, and at what is answered here",
    "entered": "staff enter what comes in, for people who stand there or whose letter came",
    "posted": "comes and goes on paper: on which day it came matters",
    "calls": "people speak here, and can be called",
    "asks": "how people are asked how they were served",
    "order": "where the console lists it",
    "icon": "how the console draws it",
    "tone": "in which of eight colours",
}
"""What each capability means. `tests/test_docs.py` fails where one is missing."""


def main(arguments: list[str]) -> int:
    pages = {"api": api, "channels": channels}
    if len(arguments) != 1 or arguments[0] not in pages:
        print(f"one of: {', '.join(pages)}", file=sys.stderr)
        return 2
    print("\n".join(pages[arguments[0]]()))
    return 0


# ---------------------------------------------------------------- the API


def api() -> Iterator[str]:
    """Every route and every event."""
    yield "# The API\n"
    yield MADE
    yield _ABOUT
    for area, routes in _by_area(all_routes(find().values())):
        yield f"## {area}\n"
        for route in routes:
            yield from _route(route)
    yield "## Pages for citizens\n"
    yield "HTML, in the citizen's language. What is typed is opened by the cookie of the browser that typed it, alone.\n"
    for address in ADDRESSES:
        yield f"### `{address.method} {canonical(address.path)}`\n"
        yield f"{_whole(address.handler)}\n"
    yield "## Events\n"
    yield _EVENTS
    yield "| event | what happened |\n|---|---|"
    for kind in sorted(events(), key=lambda one: one.dotted):
        yield f"| `{kind.dotted}` | {_first_line(kind)} |"


def events() -> Iterator[type[Event]]:
    """Events that can happen: those that no other event is a kind of."""
    for module in pkgutil.iter_modules(crm_core.model.__path__):
        importlib.import_module(f"crm_core.model.{module.name}")
    yield from _leaves(Event)


def _leaves(kind: type[Event]) -> Iterator[type[Event]]:
    # A dataclass with slots is made twice; the first one stays among its parent's subclasses.
    subs = {sub.__name__: sub for sub in kind.__subclasses__()}
    if not subs:
        yield kind
    for sub in subs.values():
        yield from _leaves(sub)


def _by_area(routes: Iterable[Route]) -> Iterator[tuple[str, list[Route]]]:
    areas: dict[str, list[Route]] = {}
    for route in routes:
        areas.setdefault(_area(route.path), []).append(route)
    yield from areas.items()


def _area(path: str) -> str:
    if not path.startswith(API + "/"):
        return "Beside the API"
    return path.removeprefix(API + "/").split("/")[0].capitalize()


def _route(route: Route) -> Iterator[str]:
    yield f"### `{route.method} {route.canonical}`\n"
    who = "" if route.access is Access.STAFF else " Open to everybody."
    yield f"{_whole(route.handler)}{who} → {route.status}\n"
    for name, model in (("asks", route.query), ("takes", route.body)):
        if model is not None:
            yield f"{name}: " + ", ".join(_fields(model)) + "\n"


def _fields(model: type[Input]) -> Iterator[str]:
    schema = model.model_json_schema()
    for name, field in schema.get("properties", {}).items():
        kind = _type(field, schema.get("$defs", {}))
        if name in schema.get("required", ()):
            yield f"`{name}` {kind}"
        else:
            yield f"`{name}?` {kind.removesuffix(' or null')}"


def _type(field: dict[str, Any], named: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "$ref" in field:
        return _type(named.get(field["$ref"].rpartition("/")[2], {}), named)
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(one, named) for one in field["anyOf"]))
    if "enum" in field or "const" in field:
        return "(" + ", ".join(str(one) for one in field.get("enum", [field.get("const")])) + ")"
    if field.get("type") == "array":
        return f"[{_type(field.get('items', {}), named)}]"
    if field.get("type") == "object" and "properties" in field:
        return "{" + ", ".join(field["properties"]) + "}"
    limit = field.get("maxLength", field.get("maximum"))
    return str(field.get("type", "any")) + (f" ≤ {limit}" if limit is not None and limit < 1 << 31 else "")


# ---------------------------------------------------------------- channels


def channels() -> Iterator[str]:
    """Every channel: what it carries, and what an admin sets."""
    found = sorted(find().values(), key=lambda kind: kind.capabilities.order)
    yield "# Channels\n"
    yield MADE
    yield "Each is one folder in `channels/`; its `README.md` says how it treats signatures, duplicates, order, retries,"
    yield "limits, receipts and attachments, and what is not proven. Nothing outside of that folder knows its name.\n"
    yield "## What they carry\n"
    yield "| | " + " | ".join(f"{kind.title['en']}" for kind in found) + " | meaning |"
    yield "|---|" + "---|" * (len(found) + 1)
    for field in fields(Capabilities):
        cells = " | ".join(_shown(getattr(kind.capabilities, field.name)) for kind in found)
        yield f"| `{field.name}` | {cells} | {CAPABILITIES[field.name]} |"
    for kind in found:
        yield from _channel(kind)


def _channel(kind: ChannelType) -> Iterator[str]:
    yield f"\n## {kind.title['en']} (`{kind.name}`)\n"
    yield _whole(inspect.getmodule(kind.opener) or kind.settings) + "\n"
    if kind.mounts:
        yield "Answers at: " + ", ".join(f"`{mount}`" for mount in kind.mounts) + "\n"
    yield f"[Its card](../channels/{kind.name}/README.md)\n"
    if not fields(kind.settings):
        yield "It has no settings."
        return
    yield "| setting | type | default |\n|---|---|---|"
    for field in fields(kind.settings):
        secret = field.type is Secret or field.type == "Secret"
        shown = "secret: write-only, sealed" if secret else str(getattr(field.type, "__name__", field.type))
        yield f"| `{field.name}` | {shown} | {'' if secret else _shown(field.default)} |"
    yield f"\n{_whole(kind.settings)}"


def _shown(value: Any) -> str:
    if value is MISSING:
        return "needed"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "–", None: "–"}[value]
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 3600:g} h"
    return f"`{value}`" if isinstance(value, str) and value else str(value)


def _first_line(of: Any) -> str:
    return (inspect.getdoc(of) or "").split("\n")[0]


def _whole(of: Any) -> str:
    return inspect.getdoc(of) or ""


_ABOUT = f"""\
Everything stands under `{API}` and speaks JSON. The same, for machines: `/api/openapi.json`; to read and try: `/api/docs`.

- **Who asks**: a browser by its session cookie, and each change with the header `X-CSRF-Token`; a program by
  `Authorization: Bearer <token>` (`onestop token EMAIL` makes one). What you may not see answers as if it did not exist.
- **Times** are RFC 3339 in UTC (`2026-11-23T09:00:00Z`); ids are texts. Fields we do not know are refused (422).
- **Lists** are `{{"items": […], "next": cursor|null}}`; `limit` ≤ 100, `cursor` from `next`, `sort` as `-created_at`.
- **Errors** are `application/problem+json` (RFC 9457): `detail` says what to do, `errors` names fields.
  401 who are you · 403 not with these rights · 404 not there, or not for you · 409 somebody was faster (`version` is the
  newest) or not now · 413, 415, 422 not like this · 429 slower (`Retry-After`) · 503, 507 the record cannot take it now.
- **Twice is once**: give a POST an `Idempotency-Key` and repeat it as often as you like.
- `x?` need not be given.
"""

_EVENTS = f"""\
`GET {API}/events?after=<position>` is a WebSocket of JSON text frames. It tells everything that you may see since that
position, in order, and goes on live. Frames hold one of: `hello` (`position`), `events`, `gone` (tickets that you may no
longer see), `signals` (viewing, typing, replying, left: never stored), `refresh`, `reset` (too much was missed: load
anew). You may say `{{"topics": ["tickets", "ticket:<id>", "agents"]}}`, `{{"signal": {{"kind", "ticket", "channel"?}}}}`
and `{{"ping": 1}}`. Close code 4001: the session ended.

An event is `{{position, id, type, at, actor, ticket, at_version, facts, personal}}`. About a ticket, `facts.row` and
`personal.row` together are its row as lists show it, after the change; keep whichever has the higher `version`.
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
