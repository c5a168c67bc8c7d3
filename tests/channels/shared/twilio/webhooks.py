"""Webhooks as Twilio sends them, signed by its own validator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from multidict import MultiDict
from twilio.request_validator import RequestValidator

from channels.contract import Opening, Wire
from crm_core.model.address import Address
from crm_core.model.ids import InboxId, MessageId
from crm_core.model.message import Outbound

TOKEN = "a token of thirty-two characters"
HOOK = "https://help.larkhaven.example/hooks/sms/i1"
AT = datetime(2026, 11, 26, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
MESSAGE = {
    "MessageSid": "SM00000000000000000000000000000001",
    "SmsSid": "SM00000000000000000000000000000001",
    "AccountSid": "AC00000000000000000000000000000001",
    "SmsStatus": "received",
    "From": "+15550142001",
    "To": "+15550140000",
    "Body": "My bin was not emptied.",
    "NumMedia": "0",
    "NumSegments": "1",
}


def wire(fields: Mapping[str, str] | MultiDict[str], *, url: str = HOOK, token: str = TOKEN, **headers: str) -> Wire:
    """A form that Twilio posted to us."""
    signed = {"Content-Type": FORM, "X-Twilio-Signature": signature(fields, url=url, token=token)}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    body = urlencode(list(fields.items())).encode()
    return Wire(body, {**signed, **more}, url, AT)


def signature(fields: Mapping[str, str] | MultiDict[str], *, url: str = HOOK, token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, fields))


def json_wire(page: Any, *, url: str = HOOK, token: str = TOKEN) -> Wire:
    """A JSON body, of which the address carries the hash."""
    body = json.dumps(page).encode()
    named = f"{url}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": signature({}, url=named, token=token)}
    return Wire(body, headers, named, AT)


def opening(settings: Any, *, hook: str = HOOK) -> Opening:
    return Opening(
        InboxId("i1"), settings.number, "City of Larkhaven", settings, "https://help.larkhaven.example", None, hook
    )


def outbound(text: str = "Come on Monday.", *, to: str = "tel:+15550142001", **more: Any) -> Outbound:
    return Outbound(
        message=MessageId("m1"),
        inbox=InboxId("i1"),
        to=Address.parse(to),
        to_name="Wei",
        from_name="Larkhaven",
        text=text,
        wire_id="<m1.signed@larkhaven.example>",
        created_at=AT,
        **{"ticket_number": "ON-4F7K-2931", **more},
    )
