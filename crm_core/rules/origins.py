"""Which sites may show a form of ours: names of sites as browsers say them, and nothing wider."""

import re
from collections.abc import Iterable

_HOST = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
_ORIGIN = re.compile(rf"https://{_HOST}(?::\d{{1,5}})?|http://(?:localhost|127\.0\.0\.1)(?::\d{{1,5}})?")


def tidy(origins: Iterable[str]) -> tuple[str, ...]:
    """Each once, in small letters and without the slash at the end."""
    return tuple(dict.fromkeys(one.strip().rstrip("/").lower() for one in origins if one.strip()))


def strange(origins: Iterable[str]) -> list[str]:
    """Those that name no site: with a path, with a star, without https. Whole headers are made of these, so nothing else may pass."""
    return [one for one in origins if not _ORIGIN.fullmatch(one)]
