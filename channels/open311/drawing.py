"""Answers as the specification writes them: XML, and the same as JSON (GeoReport v2, "Spark convention").

A document is a tree of dictionaries and lists. In XML a list is a container whose name is the
plural of its items'; in JSON the outermost container is the list itself.
"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.contract import Response

TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
FROM_ANYWHERE = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Link"}
"""Apps that run in browsers on other sites read this. No cookie counts here, so nothing is given away."""

_ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Document:
    """An answer: the name of its outermost element, and what it holds."""

    name: str
    content: Any


def drawn(document: Document, *, format: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The answer in the format that was asked for."""
    body = _json(document) if format == "json" else _xml(document)
    return Response(status, body, TYPES[format], {**FROM_ANYWHERE, **(headers or {})})


def fault(status: int, *whys: str, format: str) -> Response:
    """What went wrong, as the specification's clients expect it."""
    errors = [{"code": str(status), "description": why} for why in whys]
    return drawn(Document("errors", errors), format=format, status=status)


def _json(document: Document) -> bytes:
    return json.dumps(document.content, ensure_ascii=False, separators=(",", ":")).encode()


def _xml(document: Document) -> bytes:
    root = ET.Element(document.name)
    _fill(root, document.content)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _fill(element: ET.Element, content: Any) -> None:
    if isinstance(content, dict):
        for name, value in content.items():
            _fill(ET.SubElement(element, name), value)
    elif isinstance(content, list):
        for item in content:
            _fill(ET.SubElement(element, _ITEMS[element.tag]), item)
    elif content is not None:
        text = str(content).lower() if isinstance(content, bool) else str(content)
        element.text = _NOT_IN_XML.sub("\ufffd", text)
