"""Signed marks in a form's hidden field: which form it is and when it was drawn.

A form that we did not draw, or drew too long ago, sends nothing. Together with cookies
that other sites cannot send, and the browser's own word on where a form came from, this
is what keeps another site from sending forms in somebody's name.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

KEPT = timedelta(days=7)
"""How long a form that was begun can be finished."""

_AHEAD = timedelta(minutes=5)  # clocks of two hosts differ


@dataclass(frozen=True, slots=True)
class Mark:
    """What a form's hidden field says: the service it is for, and when it was drawn."""

    slug: str
    submission: str
    drawn_at: datetime


def sign(keys: Sequence[bytes], mark: Mark) -> str:
    """The mark as text for a hidden field."""
    plain = f"{mark.slug}.{mark.submission}.{int(mark.drawn_at.timestamp())}"
    return f"{plain}.{_mac(keys[0], plain)}"


def read(keys: Sequence[bytes], text: str, *, slug: str, now: datetime) -> Mark | None:
    """The mark, or None for one that is not ours, for another form, or too old."""
    plain, _, mac = text[:400].rpartition(".")
    parts = plain.rsplit(".", 2)
    right = [hmac.compare_digest(_mac(key, plain).encode(), mac.encode("utf-8", "replace")) for key in keys]
    if not any(right) or len(parts) != 3 or parts[0] != slug:
        return None
    drawn_at = datetime.fromtimestamp(int(parts[2]), UTC)
    return Mark(slug, parts[1], drawn_at) if now - KEPT < drawn_at < now + _AHEAD else None


def _mac(key: bytes, plain: str) -> str:
    return hmac.digest(key, f"onestop form\0{plain}".encode("utf-8", "replace"), hashlib.sha256).hex()[:40]
