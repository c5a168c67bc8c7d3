"""How alike the service is at all doors, in one number for a week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from `begins` on.

    `parts` are shares from 0 to 1 by name, None where there is nothing to tell. `score` is from 0 to 100, None where
    too few `tickets` were opened.
    """

    begins: datetime
    tickets: int
    parts: Mapping[str, float | None]
    score: float | None
