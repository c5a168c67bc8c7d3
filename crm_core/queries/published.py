"""What strangers may ask: services that are public, and requests that were filed for everybody to see.

Asked as the inbox at which they came in; `rules/publishing.py` says what is seen. Each pair
of service and status is one short walk along an index of published tickets alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from crm_core.model.house import House
from crm_core.model.ids import InboxId, LifeEventId, ServiceId, TicketId
from crm_core.model.report import PublicCatalogue, PublicRequest, PublicRequests, PublicService, Report
from crm_core.model.service import Service
from crm_core.model.ticket import Status, Ticket
from crm_core.queries.inbox_list import MOST_WALKS, Order, numbered, portions, together
from crm_core.rules import cursors, publishing
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import messages, public_reports, service_editions, tickets
from crm_core.store.tx import Read, listed

MOST_NAMED = 100
"""Requests that one question may name."""

NEWEST_FIRST = Order("created_at", down=True)
_LAST = (1 << 63) - 1
_text, _big = sa.Text, sa.BigInteger
_BY_IDS = sa.select(tickets).where(among(tickets.c.id, "ids"))
_BY_NUMBERS = sa.select(tickets).where(
    among(tickets.c.number, "numbers"), tickets.c.published_in == sa.bindparam("inbox", type_=_text)
)
_REPORTS = sa.select(public_reports).where(among(public_reports.c.id, "ids"))
_ANSWERS = (
    sa.select(messages.c.ticket, messages.c.text)
    .where(
        among(messages.c.ticket, "ids"),
        messages.c.inbox == sa.bindparam("inbox", type_=_text),
        sa.text("direction = 'out' AND delivery IN ('sent', 'delivered', 'read')"),
    )
    .order_by(messages.c.ticket, messages.c.at_version, messages.c.id)
)
_CHANGED = sa.select(sa.func.max(service_editions.c.at).label("at")).where(sa.text("state = 'published'"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How it is shown: at which inbox (there since), in which language, and what life events are called."""

    inbox: InboxId
    since: datetime
    language: str = "en"
    groups: Mapping[LifeEventId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which requests: `codes` of services (none: all that are public), a span, and a page of it."""

    codes: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = tuple(Status)
    begins: datetime
    ends: datetime
    limit: int
    cursor: str | None = None


async def catalogue(read: Read, *, seen: Seen, house: House) -> PublicCatalogue:
    """The services that strangers may file."""
    await read.permit(to="ask")
    row = await read.one(_CHANGED)
    changed = seen.since if row is None or row["at"] is None else max(seen.since, instant_of(row["at"]))
    cards = tuple(_card(service, seen) for service in publishing.offered(house))
    return PublicCatalogue(cards, changed)


async def requests(read: Read, sought: Sought, *, seen: Seen, house: House) -> PublicRequests:
    """A page of the requests of a span, the newest first. Raises BadInput for a cursor that is none."""
    await read.permit(to="ask")
    services = [one.id for one in publishing.offered(house) if not sought.codes or one.slug in sought.codes]
    key, id = cursors.opened(sought.cursor, int, str) if sought.cursor else (_LAST, "~")
    where = {
        "inbox": seen.inbox,
        "begins": micros(sought.begins),
        "ends": micros(sought.ends),
        "key": key,
        "id": id,
        "limit": sought.limit + 1,
        **numbered("status", sought.statuses),
    }
    rows: list[tuple[int, str]] = []
    for some in portions(services, of=max(1, MOST_WALKS // len(sought.statuses))):
        statement = walks(len(some), len(sought.statuses))
        rows += [(row[1], row[0]) for row in await read.all(statement, **where, **numbered("service", some))]
    rows.sort(reverse=True)
    shown = rows[: sought.limit]
    found = {one.id: one for one in await read.values(Ticket, _BY_IDS, ids=listed(id for _, id in shown))}
    items = await _shown(read, [found[TicketId(id)] for _, id in shown if id in found], seen=seen, house=house)
    return PublicRequests(tuple(items), cursors.made(*shown[-1]) if len(rows) > sought.limit else None)


async def named(read: Read, numbers: Sequence[str], *, seen: Seen, house: House) -> PublicRequests:
    """The requests with these numbers that strangers see; the others are not there."""
    await read.permit(to="ask")
    some = listed(numbers[:MOST_NAMED])
    found = {one.number: one for one in await read.values(Ticket, _BY_NUMBERS, numbers=some, inbox=seen.inbox)}
    known = [found[number] for number in dict.fromkeys(numbers) if number in found]
    return PublicRequests(tuple(await _shown(read, known, seen=seen, house=house)))


@cache
def walks(services: int, statuses: int) -> Any:
    """One walk for each service and status, merged."""
    column, id = tickets.c.created_at, tickets.c.id
    after = sa.tuple_(column, id) < sa.tuple_(sa.bindparam("key", type_=_big), sa.bindparam("id", type_=_text))
    return together(
        [
            sa.select(id, column.label("key")).where(
                tickets.c.published_in == sa.bindparam("inbox", type_=_text),
                tickets.c.service == sa.bindparam(f"service{service}", type_=_text),
                tickets.c.status == sa.bindparam(f"status{status}", type_=_text),
                sa.text("published_in IS NOT NULL AND confidential = 0 AND erased_at IS NULL"),
                column >= sa.bindparam("begins", type_=_big),
                column <= sa.bindparam("ends", type_=_big),
                after,
            )
            for service in range(services)
            for status in range(statuses)
        ],
        NEWEST_FIRST,
    )


async def _shown(read: Read, found: Iterable[Ticket], *, seen: Seen, house: House) -> list[PublicRequest]:
    """They as strangers see them, in their order."""
    told = [ticket for ticket in found if publishing.is_shown(ticket, house=house)]
    ids = listed(ticket.id for ticket in told)
    kept = {one.id: one for one in await read.values(Report, _REPORTS, ids=ids)}
    notes = {row[0]: row[1] for row in await read.all(_ANSWERS, ids=ids, inbox=seen.inbox)}
    return [_request(one, kept.get(one.id), notes.get(one.id), seen=seen, house=house) for one in told]


def _request(ticket: Ticket, kept: Report | None, note: str | None, *, seen: Seen, house: House) -> PublicRequest:
    service, closed = house.services[ServiceId(ticket.service)], ticket.status in publishing.CLOSED
    spot, words = publishing.seen(kept, service=service)
    return PublicRequest(
        number=ticket.number,
        closed=closed,
        service=_card(service, seen),
        notice=publishing.said(service.facts.get("answer", {}), language=seen.language),
        requested_at=ticket.created_at,
        updated_at=(ticket.solved_at if closed else None) or ticket.updated_at,
        expected_at=None if closed else ticket.resolution_due_at,
        spot=spot,
        words=words,
        note=note,
    )


def _card(service: Service, seen: Seen) -> PublicService:
    return publishing.card(service, language=seen.language, groups=seen.groups)
