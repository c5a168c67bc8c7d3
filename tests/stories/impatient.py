"""The product with less patience for slow clients: minutes become seconds. Nothing else differs.

As a program it is `onestop` in a hurry: `python -m tests.stories.impatient serve`.
"""

from __future__ import annotations

from functools import partial

from channels.email import receiving
from channels.email.limits import Limits
from gateway.__main__ import main
from gateway.http import doors

HEAD, IDLE, GRACE, UNREAD = 4.0, 4.0, 4.0, 4.0


def hurry() -> None:
    """For this process."""
    doors.Bounds = partial(doors.Bounds, head=HEAD, grace=GRACE, unread=UNREAD)  # type: ignore[misc, assignment]
    receiving.Limits = partial(Limits, idle=IDLE, grace=GRACE)  # type: ignore[attr-defined, assignment]


if __name__ == "__main__":
    hurry()
    main()
