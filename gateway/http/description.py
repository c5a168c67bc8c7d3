"""The API's description (OpenAPI 3.1), made from the routes themselves, and a plain page that shows it."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from crm_core.model.view import Json
from gateway.http import faces
from gateway.http.errors import STATUS, TYPE
from gateway.http.face import said_of_fields
from gateway.http.routes import KEY_HEADER, Access, Ask, Route, route

DESCRIBED: "web.AppKey[Callable[[], Json]]" = web.AppKey("described")
"""Made when somebody asks first: it takes a good part of a second, and a start does not wait for it."""

_REF = "#/components/schemas/{model}"
_SAID = {
    400: "The request could not be read.",
    401: "Nobody we know is asking: sign in, or send a token.",
    403: "You see it, but may not do this; or the request came from another site.",
    404: "There is nothing here that you can see.",
    409: "Not in this state, or somebody was faster. `version` says how things are now.",
    410: "It was there and is over.",
    413: "Larger than we take.",
    415: "Not a type that this address takes.",
    422: "Something in it cannot be taken; `errors` names each field.",
    429: "Too much at once: Retry-After says when to come back.",
    500: "A fault of ours; it is in our log.",
    503: "The record, or a part of the house, is away. Nothing was acknowledged.",
    507: "The disk is full. Nothing was acknowledged.",
}


class FieldProblem(faces.Face):
    """One thing that is wrong with one field."""

    field: str
    why: str
    code: str | None = Field(None, description="The same for screens that have words for it.")


class ProblemDocument(BaseModel):
    """RFC 9457: what happened, and what to do."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
    version: int | None = Field(None, description="The thing's version now, where yours was old.")
    waiting_for: list[str] | None = None


@route("GET", "/api/openapi.json", access=Access.ANYONE)
async def openapi(ask: Ask) -> Json:
    """This description."""
    return ask.request.app[DESCRIBED]()


@route("GET", "/api/docs", access=Access.ANYONE, produces="text/html")
async def docs(ask: Ask) -> web.Response:
    """The same for people."""
    page = _page(ask.request.app[DESCRIBED]())
    digest = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
    return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})


def describe(routes: Iterable[Route]) -> Json:
    """The whole description."""
    listed = list(routes)
    schemas = _schemas(listed)
    paths: dict[str, Json] = {}
    for found in listed:
        paths.setdefault(found.canonical, {})[found.method.lower()] = _operation(found, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Onestop",
            "version": "1",
            "description": "Times are RFC 3339 in UTC. Lists go on with `cursor`. Refusals are RFC 9457 documents.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas["definitions"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "onestop"},
            },
        },
    }


def _schemas(routes: list[Route]) -> Json:
    """Every type that goes in or out, and by which reference each is named."""
    wanted: dict[tuple[Any, str], None] = {(ProblemDocument, "serialization"): None}
    for found in routes:
        wanted |= {(kind, "validation"): None for kind in (found.body, found.query) if kind is not None}
        if found.answer is not None:
            wanted[(found.answer, "serialization")] = None
    refs, top = models_json_schema(list(wanted), ref_template=_REF)  # type: ignore[arg-type]
    definitions: Json = top.get("$defs", {})
    for kind, fields in said_of_fields().items():
        long = f"{kind.__module__}.{kind.__qualname__}".replace(".", "__")  # pydantic's, where two have one name
        schema: Json = definitions.get(long) or definitions.get(kind.__name__) or {}
        known: Json = schema.get("properties", {})
        for field in fields.keys() & known.keys():
            known[field].setdefault("description", fields[field])
    return {"refs": refs, "definitions": definitions}


def _operation(found: Route, schemas: Json) -> Json:
    said = (found.handler.__doc__ or "").strip()
    operation: Json = {
        "operationId": found.name,
        "tags": [found.handler.__module__.rpartition(".")[2]],
        "summary": said,
        "parameters": _parameters(found, schemas),
        "responses": _responses(found, schemas),
        "security": [] if found.access is not Access.STAFF else [{"token": []}, {"session": []}],
    }
    if found.body is not None:
        content = {"application/json": {"schema": schemas["refs"][(found.body, "validation")]}}
        operation["requestBody"] = {"required": True, "content": content}
    if found.upload:
        content = operation.setdefault("requestBody", {"required": True, "content": {}})["content"]
        content["multipart/form-data"] = {"schema": _multipart(found, schemas)}
    return operation


def _multipart(found: Route, schemas: Json) -> Json:
    """One file; or, where there is a body of JSON, that as a part, and any number of files by their names."""
    file = {"type": "string", "format": "binary"}
    if found.body is None:
        return {"type": "object", "properties": {"file": file}, "required": ["file"]}
    whole = {"contact": schemas["refs"][(found.body, "validation")]}
    return {"type": "object", "properties": whole, "required": ["contact"], "additionalProperties": file}


def _parameters(found: Route, schemas: Json) -> list[Json]:
    parameters: list[Json] = [
        {"name": name.partition(":")[0], "in": "path", "required": True, "schema": {"type": "string"}}
        for name in found.parameters
    ]
    if found.query is not None:
        whole = schemas["definitions"][found.query.__name__]
        for name, schema in whole.get("properties", {}).items():
            required = name in whole.get("required", ())
            parameters.append(
                {"name": name, "in": "query", "required": required, "schema": schema, "style": "form", "explode": False}
            )
    if found.method == "POST" and found.access is Access.STAFF:
        key = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"}
        parameters.append({"name": KEY_HEADER, "in": "header", "required": False, "schema": key})
    return parameters


def _responses(found: Route, schemas: Json) -> Json:
    answer: Json = {"description": "Done."}
    if found.answer is not None:
        answer["content"] = {found.produces: {"schema": schemas["refs"][(found.answer, "serialization")]}}
    elif found.status not in (101, 204):
        answer["content"] = {found.produces: {}}
    problem = {TYPE: {"schema": schemas["refs"][(ProblemDocument, "serialization")]}}
    refused = {str(status): {"description": _SAID[status], "content": problem} for status in refusals(found)}
    empty = {"204": {"description": "Nothing."}} if found.may_be_empty else {}
    return {str(found.status): answer, **empty, **refused}


def refusals(found: Route) -> list[int]:
    """The statuses by which a route may refuse."""
    known = {400, 422, 429, 500, 503}
    if found.access is Access.STAFF:
        known |= {401, 403}
    if found.access is Access.OUTSIDE:
        known.add(403)
    if found.parameters or found.may_be_missing:
        known.add(404)
    if found.method != "GET":
        known |= {401, 403, 404, 409, 410, 413, 415, 507}
    assert known <= {*STATUS.values(), 400, 500}
    return sorted(known)


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "code{font:13px ui-monospace,monospace}h2{margin-top:2rem}dt{font-weight:600;margin-top:1rem}dd{margin:0 0 0 1.5rem}"
)


def _page(described: Json) -> str:
    rows = "".join(
        f"<dt><code>{method.upper()} {escape(path)}</code></dt><dd>{escape(operation['summary'])}{_takes(operation)}</dd>"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    )
    problems = "".join(
        f'<dt id="problem-{status}"><code>{status}</code></dt><dd>{escape(said)}</dd>' for status, said in _SAID.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Onestop API</title><style>{_STYLE}</style>'
        f"<h1>Onestop API</h1><p>{escape(described['info']['description'])} For programs: "
        f'<a href="/api/openapi.json">openapi.json</a>. Send <code>Authorization: Bearer …</code>.</p>'
        f"<h2>Addresses</h2><dl>{rows}</dl><h2>Refusals</h2><dl>{problems}</dl></html>"
    )


def _takes(operation: Json) -> str:
    names = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in body:
        names.append(f"body: {body['$ref'].rpartition('/')[2]}")
    return f"<br><small>{escape(', '.join(names))}</small>" if names else ""
