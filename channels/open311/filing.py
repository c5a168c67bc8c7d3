"""A request that somebody files by an app becomes a contact: claimed, with its place, its answers unchecked yet."""

import hashlib
import json
import math
from datetime import datetime

from channels.open311.calls import KEY, Call, Fault, Media
from channels.open311.settings import Open311Settings
from crm_core.model import phone
from crm_core.model.address import Address
from crm_core.model.ids import AppKeyId, ServiceId
from crm_core.model.mailbox import mailbox
from crm_core.model.message import File, Inbound
from crm_core.model.report import DEGREE, Spot

LONGEST_DESCRIPTION = 4000
LONGEST_LINE = 500
MOST_MEDIA = 5
LARGEST_MEDIUM = 10 * 1024 * 1024

_SEEN_AS = (
    ("image/jpeg", ".jpg", b"\xff\xd8\xff"),
    ("image/png", ".png", b"\x89PNG\r\n\x1a\n"),
    ("image/gif", ".gif", b"GIF8"),
    ("application/pdf", ".pdf", b"%PDF-"),
)
"""What may come as a file, and how its content begins."""


def inbound(call: Call, *, key: AppKeyId, at: datetime, settings: Open311Settings) -> Inbound:
    """The contact. Raises Fault for what the specification wants and is not there, or cannot be."""
    service = call.required("service_code")
    spot, said = _spot(call), call.arguments.get("description", "")
    if len(said) > LONGEST_DESCRIPTION:
        raise Fault(400, f"description has {LONGEST_DESCRIPTION} characters at most")
    id = _id(call, key=key, at=at)
    addresses = _addresses(call, key=key, id=id, country=settings.country)
    return Inbound(
        external_id=f"open311:{id}",
        sender=addresses[0],
        sender_name=" ".join(filter(None, (_line(call, "first_name"), _line(call, "last_name")))),
        text=said,
        files=tuple(_file(medium, number) for number, medium in enumerate(_media(call), start=1)),
        language=settings.language,
        service=ServiceId(service),
        other_addresses=tuple(addresses[1:]),
        answers=dict(call.attributes),
        spot=spot,
        media=_link(call),
    )


def _id(call: Call, *, key: AppKeyId, at: datetime) -> str:
    """The same call on the same day is the same request: apps send again what they got no answer to.

    Not for ever: the bin that overflows in the same words next month is another matter.
    """
    said = sorted((name, value) for name, value in call.arguments.items() if name != KEY)
    media = [hashlib.sha256(medium.content).hexdigest() for medium in call.media]
    whole = json.dumps([key, at.date().isoformat(), said, sorted(call.attributes.items()), media])
    return hashlib.sha256(whole.encode()).hexdigest()


def _spot(call: Call) -> Spot:
    lat, long = (_degrees(call, name, most) for name, most in (("lat", 90), ("long", 180)))
    if (lat is None) is not (long is None):
        raise Fault(400, "lat and long are both needed, or neither")
    address, id = _line(call, "address_string"), _line(call, "address_id")
    if lat is None and not address and not id:
        raise Fault(400, "A location was not provided: lat and long, address_string or address_id")
    return Spot(lat, long, address, id)


def _degrees(call: Call, name: str, most: int) -> int | None:
    text = call.arguments.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= most:
        raise Fault(400, f"{name} is no number of degrees from -{most} to {most}")
    return round(value * DEGREE)


def _addresses(call: Call, *, key: AppKeyId, id: str, country: str) -> list[Address]:
    """Where they are reached, mail first. An app that says neither is known by its device or account, else by nothing."""
    mail, number = call.arguments.get("email", ""), call.arguments.get("phone", "")
    found = []
    if mail:
        if mailbox(mail) is None:
            raise Fault(400, "email is no mail address")
        found.append(Address.mail(mail))
    if number:
        dialled = phone.e164(number, country=country)
        if dialled is None:
            raise Fault(400, "phone is no phone number")
        found.append(Address.phone(dialled))
    if found:
        return found
    same = call.arguments.get("account_id") or call.arguments.get("device_id")
    known_by = hashlib.sha256(f"{key}\n{same}".encode()).hexdigest() if same else id
    return [Address("app", known_by[:16])]


def _media(call: Call) -> tuple[Media, ...]:
    if len(call.media) > MOST_MEDIA:
        raise Fault(400, f"At most {MOST_MEDIA} files")
    if any(len(medium.content) > LARGEST_MEDIUM for medium in call.media):
        raise Fault(400, f"A file has {LARGEST_MEDIUM // 1024 // 1024} MB at most")
    return call.media


def _file(medium: Media, number: int) -> File:
    """A file is what its content shows, whatever it says it is."""
    for type, ending, begins in _SEEN_AS:
        if medium.content.startswith(begins):
            return File(f"photo-{number}{ending}", type, medium.content)
    raise Fault(400, "Files are photos (JPEG, PNG, GIF) or PDF")


def _link(call: Call) -> str | None:
    """An address of media elsewhere: for the agent to judge. Nothing is fetched from it."""
    text = _line(call, "media_url")
    if not text:
        return None
    if not text.casefold().startswith(("http://", "https://")):
        raise Fault(400, "media_url is no http or https address")
    return text


def _line(call: Call, name: str) -> str:
    text = " ".join(call.arguments.get(name, "").split())
    if len(text) > LONGEST_LINE:
        raise Fault(400, f"{name} has {LONGEST_LINE} characters at most")
    return text
