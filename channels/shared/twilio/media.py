"""The pictures and files that a message names; they are fetched after it was kept."""

from channels.shared.charset import storable
from channels.shared.twilio.signature import Form
from crm_core.model.message import Remote

MOST = 10
"""A message has at most ten."""


def media_of(form: Form) -> tuple[Remote, ...]:
    """Each of `MediaUrl0`, `MediaUrl1` … with its type."""
    found = []
    for number in range(MOST):
        url = form.get(f"MediaUrl{number}")
        if url:
            found.append(Remote(url, storable(form.get(f"MediaContentType{number}", ""))))
    return tuple(found)
