"""What strangers see: which services, which requests, and which words of them. Nothing else goes out by a public door.

Three things must be so at once: the door is one where everybody can look, the matter was filed
there, and its service still says that such requests are shown. Whoever moves it to another
service, or makes it confidential, takes it from strangers at the same moment.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from crm_core.model.house import House
from crm_core.model.ids import InboxId, LifeEventId, TicketId
from crm_core.model.inbox import Inbox
from crm_core.model.message import Inbound
from crm_core.model.report import PublicService, Report, Spot
from crm_core.model.service import Publicity, Service
from crm_core.model.ticket import Status, Ticket

CLOSED = (Status.SOLVED, Status.CLOSED)
OPEN = tuple(status for status in Status if status not in CLOSED)
"""Strangers know two states."""

LONGEST_WORDS = 4000
HIDDEN = "[…]"

_MAIL = re.compile(r"[^\s@<>()]{1,64}@[^\s@<>()]{1,255}")
_LINK = re.compile(r"(?i)\b(?:https?://|www\.)\S{1,2000}")
_NUMBER = re.compile(r"\+?\d(?:[\s().\-/]{0,2}\d){6,}")
_SHORTEST_NAME = 2


def offered(house: House) -> list[Service]:
    """The services that can be filed where everybody can look, in their order."""
    able = (one for one in house.services.values() if one.active and one.publicity is not Publicity.PRIVATE)
    return sorted(able, key=lambda one: (one.order, one.id))


def published_in(service: Service, *, inbox: Inbox, house: House) -> InboxId | None:
    """Where everybody sees a matter that is filed at this inbox for this service; None: nowhere."""
    shown = house.can[inbox.channel].public and service.publicity is not Publicity.PRIVATE
    return inbox.id if shown else None


def is_shown(ticket: Ticket, *, house: House) -> bool:
    """Whether strangers see it now, wherever it was published."""
    service = house.services.get(ticket.service)
    told = service is not None and service.publicity is not Publicity.PRIVATE
    return told and not ticket.confidential and ticket.erased_at is None


def report(inbound: Inbound, *, ticket: TicketId, service: Service) -> Report:
    """What is kept for everybody: the place, and the person's own words where their service shows them."""
    spot, telling = inbound.spot or Spot(), service.publicity is Publicity.WORDS
    secret = [inbound.sender_name, inbound.sender.value, *(one.value for one in inbound.other_addresses)]
    return Report(
        id=ticket,
        lat=spot.lat,
        long=spot.long,
        address=without_person(spot.address, names=secret),
        address_id=spot.address_id,
        words=without_person(inbound.text, names=secret)[:LONGEST_WORDS] if telling else "",
    )


def without_person(text: str, *, names: Iterable[str]) -> str:
    """A text without mail addresses, links, numbers that could be a phone's, and what we know of who wrote it.

    What strangers read is not checked by anybody first, so rather too much is hidden.
    """
    for pattern in (_MAIL, _LINK, _NUMBER):
        text = pattern.sub(HIDDEN, text)
    known = {part for name in names for part in (name, *name.split()) if len(part) >= _SHORTEST_NAME}
    for part in sorted(known, key=len, reverse=True):
        text = re.sub(rf"(?i)(?<!\w){re.escape(part)}(?!\w)" if part.isascii() else re.escape(part), HIDDEN, text)
    return text


def card(service: Service, *, language: str, groups: Mapping[LifeEventId, str]) -> PublicService:
    """A service as strangers may know it: nothing of who owns it and where it waits."""
    return PublicService(
        code=service.slug,
        name=said(service.name, language=language),
        about=said(service.about, language=language),
        keywords=service.synonyms.get(language, ()),
        group=next((groups[one] for one in service.life_events if one in groups), ""),
        fields=service.fields,
    )


def said(texts: dict[str, str], *, language: str) -> str:
    """A text in this language, or in what there is."""
    return texts.get(language) or texts.get("en") or next(filter(None, texts.values()), "")


def seen(kept: Report | None, *, service: Service) -> tuple[Spot, str]:
    """The place and the words that strangers see now: a service that shows less hides what was kept."""
    if kept is None:
        return Spot(), ""
    spot = Spot(kept.lat, kept.long, kept.address, kept.address_id)
    return spot, kept.words if service.publicity is Publicity.WORDS else ""


def labelled(inbound: Inbound) -> Inbound:
    """Marked for the agent: everybody sees that it is there."""
    return replace(inbound, flags=(*inbound.flags, "public"))
