"""The product with less patience: minutes of waiting for a dead mail server become seconds. Nothing else differs.

As a program it is `onestop` in a hurry: `python -m tests.stories.hurried serve`.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from channels.email import sending
from channels.email.relay import Relay
from crm_core.rules import delivery
from gateway.__main__ import main
from gateway.workers import sender


def hurry() -> None:
    """For this process."""
    sending.Relay = partial(Relay, timeout=1.0, final_timeout=1.5)  # type: ignore[attr-defined, assignment]
    delivery._FIRST = timedelta(milliseconds=250)
    sender.LEASE_SECONDS = 2.0
    sender.LOOK_SECONDS = 0.2


if __name__ == "__main__":
    hurry()
    main()
