"""A matter with a place, filed where everybody can look: where it is, and what strangers see of it."""

from dataclasses import dataclass
from datetime import datetime

from crm_core.model.ids import TicketId
from crm_core.model.service import Field

DEGREE = 1_000_000
"""Parts of a degree (WGS 84) in which places are kept: a tenth of a metre, and the same number for ever."""

PUBLIC = "public"
"""The scheme of where answers go that everybody can read; its value is the ticket's number."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is: in millionths of a degree, or in the words of whoever told."""

    lat: int | None = None
    long: int | None = None
    address: str = ""
    address_id: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What of a ticket is for everybody, beside its state. `words` are empty where its service shows none."""

    id: TicketId
    lat: int | None
    long: int | None
    address: str
    address_id: str
    words: str


@dataclass(frozen=True, slots=True)
class PublicService:
    """A service as strangers may file it."""

    code: str
    name: str
    about: str
    keywords: tuple[str, ...]
    group: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class PublicCatalogue:
    """What can be filed where everybody can look, and when that last changed."""

    services: tuple[PublicService, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PublicRequest:
    """One request as strangers see it. `note` is our last answer that was meant for everybody."""

    number: str
    closed: bool
    service: PublicService
    notice: str
    requested_at: datetime
    updated_at: datetime
    expected_at: datetime | None
    spot: Spot
    words: str
    note: str | None


@dataclass(frozen=True, slots=True)
class PublicRequests:
    """A page of them, the newest first; `next` is where the following one begins."""

    items: tuple[PublicRequest, ...]
    next: str | None = None
