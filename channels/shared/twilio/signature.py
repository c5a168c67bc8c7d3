"""Whether a webhook is Twilio's: their own validator judges, with the address that we gave them.

https://www.twilio.com/docs/usage/webhooks/webhooks-security: HMAC over the public address
and the fields of the form (SHA-1 with the account's token; SHA-256 with a shared key where
the header says so); of a JSON body the address carries the SHA-256.
"""

from urllib.parse import parse_qsl, urlsplit

from multidict import MultiDict
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from channels.contract import Forged, Wire

MOST_FIELDS = 1000
_BODY_HASH = "bodySHA256"

Form = MultiDict[str]
"""The fields that a webhook brings."""


def proven(wire: Wire, *, token: str, key: str) -> Form:
    """The fields of a webhook that Twilio signed. Raises Forged.

    `wire.url` is made of the address that is configured, so it does not matter what a
    proxy, or a stranger, calls this host. An empty secret proves nothing: anybody can
    sign with it.
    """
    headers = {name.casefold(): value for name, value in wire.headers.items()}
    settings = headers.get(SIGNATURE_SETTINGS_HEADER.casefold(), "")
    secret = key if settings else token
    signed = headers.get(SIGNATURE_HEADER.casefold(), "")
    if not secret or not signed:
        raise Forged
    fields, body = _content(wire, kind=headers.get("content-type", ""))
    validator = RequestValidator(secret)
    try:
        right = validator.validate(
            wire.url, fields if body is None else body, signed, get_signature_algorithm(settings)
        )
    except ValueError:
        raise Forged from None
    if not right:
        raise Forged
    return fields or _query(wire.url)


def _content(wire: Wire, *, kind: str) -> tuple[Form, str | None]:
    """The form's fields; or, where it is none, the body as text, which must be vouched for by its hash."""
    try:
        body = wire.body.decode()
        if not body or kind.partition(";")[0].strip().casefold() == "application/x-www-form-urlencoded":
            return Form(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)), None
    except ValueError:
        raise Forged from None
    if _BODY_HASH not in _query(wire.url):
        raise Forged
    return Form(), body


def _query(url: str) -> Form:
    """What stands in the address: all there is where they call by GET."""
    return Form(parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=MOST_FIELDS))
