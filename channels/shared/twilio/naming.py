"""How addresses and messages are named on Twilio's side of the wire."""

import base64
import binascii
from urllib.parse import parse_qs, urlsplit

from channels.shared.charset import storable

PREFIX = "whatsapp:"
"""Before a number where it is WhatsApp's."""

_OURS = "message"


def callback(hook_url: str, *, wire_id: str) -> str:
    """Where Twilio is to report on a message: our hook, with the message's name; their signature covers it."""
    named = base64.urlsafe_b64encode(wire_id.encode()).decode().rstrip("=")
    return f"{hook_url}?{_OURS}={named}"


def named_in(url: str) -> str | None:
    """The message that a report is about; None where it is not one of ours."""
    named = parse_qs(urlsplit(url).query).get(_OURS, [""])[0]
    try:
        return storable(base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode()) or None
    except (ValueError, binascii.Error):
        return None
