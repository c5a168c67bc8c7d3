"""Two records of one person, joined by a pointer that can be taken away again."""

from dataclasses import dataclass
from datetime import datetime

from crm_core.model.ids import CustomerId, MergeId


@dataclass(frozen=True, slots=True)
class Merge:
    """That `source` is the same person as `target`, since when, by whom and why.

    Nothing else is written: tickets and addresses keep the customer they came to. While
    it holds (`undone_at` is None), whoever asks for the source gets the target.
    `target_version` is the target's own version then: what was changed since stays with it.
    """

    id: MergeId
    source: CustomerId
    target: CustomerId
    at: datetime
    by: str
    why: str
    target_version: int
    undone_at: datetime | None = None
    undone_by: str | None = None
    version: int = 1
