"""Mail that lies unread in the mailbox although all of it was taken: what an admin hears of, before a citizen tells them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.shared import wording

_WORDS = wording.beside(__file__)

PATIENCE = timedelta(minutes=10)
MOST_KNOWN = 1_000


@dataclass(slots=True)
class Unread:
    """Since when each mail is seen to lie there; only what is still unread is remembered."""

    since: dict[int, datetime] = field(default_factory=dict)

    def look(self, uids: Sequence[int], *, at: datetime) -> Mapping[str, str] | None:
        """What to say of the unread mails that were found now, for the admin, by language; None while none is old."""
        self.since = {uid: self.since.get(uid, at) for uid in sorted(uids)[:MOST_KNOWN]}
        old = [uid for uid, first in self.since.items() if at - first >= PATIENCE]
        if not old:
            return None
        return _WORDS.said("left_unread", count=len(uids), minutes=_minutes(at - min(self.since.values())))


def _minutes(time: timedelta) -> int:
    return int(time.total_seconds()) // 60
