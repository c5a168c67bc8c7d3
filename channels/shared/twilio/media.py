"""The pictures and files that a message names: they lie at Twilio."""

from channels.shared.twilio.signature import Form

MOST = 10
"""A message has at most ten."""


def media_of(form: Form) -> tuple[str, ...]:
    """Where each of `MediaUrl0`, `MediaUrl1` … lies."""
    return tuple(url for number in range(MOST) if (url := form.get(f"MediaUrl{number}")))
