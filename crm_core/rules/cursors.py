"""Cursors of lists: opaque, safe in an address, and worth nothing but a place in a list."""

import base64
import binascii
import json
from typing import Any

from crm_core.model.errors import BadInput, Problem


def made(*place: int | str) -> str:
    """The cursor of a place."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def opened(cursor: str, *kinds: type) -> list[Any]:
    """The place it names. Raises BadInput for anything we did not make."""
    try:
        place = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        place = None
    if isinstance(place, list) and [type(part) for part in place] == list(kinds) and all(map(_is_sane, place)):
        return place
    raise BadInput(Problem("cursor", "Take the cursor from the page before, with the same question."))


def _is_sane(part: int | str) -> bool:
    return abs(part) < 1 << 63 if isinstance(part, int) else "\0" not in part
