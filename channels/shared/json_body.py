"""Bodies of wires that we write ourselves, as JSON: told by our own pages, and read as if by anybody.

Whatever stands in one is a text, a list or a file, or it is refused by ValueError.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.shared.charset import storable

Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the words."""

    name: str
    type: str
    content: bytes


def write(page: Page, *, files: Sequence[Upload]) -> bytes:
    """The body."""
    packed = [
        {"name": file.name, "type": file.type, "content": base64.b64encode(file.content).decode("ascii")}
        for file in files
    ]
    return json.dumps({**page, "files": packed}, ensure_ascii=False, separators=(",", ":")).encode()


def read(body: bytes) -> Page:
    """What stands in it."""
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as why:
        raise ValueError(f"not JSON: {why}") from why
    if not isinstance(page, dict):
        raise ValueError("not an object")
    return page


def text(page: Page, key: str) -> str:
    """Words, empty where there are none."""
    value = page.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")
    return storable(value)  # JSON lets lone surrogates pass


def maybe(page: Page, key: str) -> str | None:
    """Words, None where there are none."""
    return text(page, key) or None


def rows(page: Page, key: str) -> list[Page]:
    """A list of objects, empty where there is none."""
    value = page.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValueError(f"{key} is not a list of objects")
    return value


def files(page: Page) -> tuple[Upload, ...]:
    """Those that came with it."""
    return tuple(Upload(text(one, "name"), text(one, "type"), _content(one)) for one in rows(page, "files"))


def _content(file: Page) -> bytes:
    try:
        return base64.b64decode(text(file, "content"), validate=True)
    except binascii.Error as why:
        raise ValueError(f"a file is not whole: {why}") from why
