"""The end of the stream: events that this process has just committed, kept for whoever is about to read them.

The stream would ask the record for what the writer had in its hands a moment ago, and the
hop to a reading thread and back costs more than all who listen. It is no second record:
it answers only where it knows every event after a position, and else the record is asked.
"""

from collections import deque
from collections.abc import Sequence

from crm_core.model.event import Stamped

KEPT = 500
"""Events at most; whoever is further behind reads the record."""


class Tail:
    """Filled after each commit, in order; emptied by its one reader."""

    def __init__(self) -> None:
        self._events: deque[Stamped] = deque(maxlen=KEPT)

    def add(self, committed: Sequence[Stamped]) -> None:
        """What a commit brought. If another process wrote before it, what is known ends in a gap and is dropped."""
        if self._events and committed and self._events[-1].position + 1 != committed[0].position:
            self._events.clear()
        self._events.extend(committed)

    def after(self, position: int) -> list[Stamped]:
        """Every event after this position, without a gap; none where that is not known for sure."""
        while self._events and self._events[0].position <= position:
            self._events.popleft()
        if not self._events or self._events[0].position != position + 1:
            return []
        return list(self._events)

    def forget(self) -> None:
        """What is known may no longer be what the record says: words of events were erased."""
        self._events.clear()
