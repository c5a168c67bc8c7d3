"""Quiet hours as an admin writes them down."""

import re

from crm_core.model.habits import Quiet

_QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")


def quiet_of(text: str) -> Quiet | None:
    """`21:00-08:00` as minutes of the day; None where nothing is set. Raises ValueError."""
    if not text.strip():
        return None
    found = _QUIET.fullmatch(text.strip())
    if not found:
        raise ValueError(f"not hours of the day: {text!r}")
    begins, ends = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return Quiet(begins, ends) if begins != ends else None


def is_hours(text: str) -> bool:
    """Whether it can be read."""
    try:
        quiet_of(text)
    except ValueError:
        return False
    return True
