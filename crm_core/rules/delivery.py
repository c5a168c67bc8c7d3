"""How a delivery moves on, and when a message is tried again."""

from datetime import datetime, timedelta

from crm_core.model.message import Delivery

GIVE_UP_AFTER = timedelta(days=5)
"""As RFC 5321 4.5.4.1 advises for mail: four to five days."""

_FIRST = timedelta(seconds=15)
_LONGEST = timedelta(hours=4)

_RANK = {
    Delivery.RECEIVED: 0,
    Delivery.SCHEDULED: 0,
    Delivery.QUEUED: 1,
    Delivery.NO_RELAY: 1,
    Delivery.SENDING: 2,
    Delivery.UNKNOWN: 3,
    Delivery.TO_PRINT: 4,
    Delivery.PRINTED: 5,
    Delivery.SENT: 6,
    Delivery.DELIVERED: 7,
    Delivery.READ: 8,
    Delivery.FAILED: 8,
    Delivery.WITHDRAWN: 8,
}


def onward(now: Delivery, *, to: Delivery) -> bool:
    """Whether a receipt tells more than we know. Late and repeated callbacks do not.

    A failure after "sent" is news; after "read" it is not. What never left hears of nothing.
    """
    if now in (Delivery.FAILED, Delivery.WITHDRAWN, Delivery.SCHEDULED) or to is Delivery.WITHDRAWN:
        return False
    return _RANK[to] > _RANK[now]


def next_try(attempts: int, *, created_at: datetime, at: datetime) -> datetime | None:
    """When to try again after this many attempts; None when it is time to give up.

    Doubles from 15 s to 4 h, spread by a tenth so that a dead server's queue does not
    come back in one wave; the spread is taken from the clock, so it needs no dice.
    """
    if at - created_at > GIVE_UP_AFTER:
        return None
    wait: timedelta = min(_FIRST * (2 ** min(attempts, 12)), _LONGEST)
    spread = wait * ((at.microsecond % 1000) / 10_000)
    return at + wait + spread
