"""The catalogue as those see it who keep it: drafts, editions, suggestions, owners, and wrong desks counted."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.catalogue import EditionState, Ownership, ServiceEdition, Suggestion
from crm_core.model.ids import QueueId, ServiceId, since
from crm_core.model.service import Service, Unit
from crm_core.model.ticket import Ticket
from crm_core.rules import cursors
from crm_core.rules.dispatch import Asked
from crm_core.store.maps.codec import micros
from crm_core.store.tables import misdirects, ownerships, service_editions, services, suggestions, tickets, units
from crm_core.store.tx import Read

MOST_EDITIONS = 100
MOST_REPLAYED = 500
MOST_LINES = 5000

_text, _big = sa.Text, sa.BigInteger
_SERVICES = sa.select(services).order_by(services.c.order, services.c.id)
_DRAFTS = sa.select(service_editions).where(service_editions.c.state == "draft")
_EDITIONS = (
    sa.select(service_editions)
    .where(service_editions.c.service == sa.bindparam("service", type_=_text))
    .order_by(service_editions.c.number.desc())
    .limit(MOST_EDITIONS)
)
_SUGGESTIONS = (
    sa.select(suggestions)
    .where(
        suggestions.c.state == sa.bindparam("state", type_=_text),
        sa.tuple_(suggestions.c.updated_at, suggestions.c.id)
        < sa.tuple_(sa.bindparam("at", type_=_big), sa.bindparam("below", type_=_text)),
    )
    .order_by(suggestions.c.updated_at.desc(), suggestions.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_LINES = (
    sa.select(ownerships).order_by(ownerships.c.service, ownerships.c.valid_from, ownerships.c.id).limit(MOST_LINES)
)
_UNITS = sa.select(units).order_by(units.c.valid_from, units.c.name)
_LATEST = sa.select(tickets).order_by(tickets.c.id.desc()).limit(sa.bindparam("limit", type_=sa.Integer))
_HELD = (
    sa.select(tickets.c.unit, sa.func.count().label("open"))
    .where(tickets.c.unit.is_not(None), sa.text("status NOT IN ('solved', 'closed')"))
    .group_by(tickets.c.unit)
)
_WRONG = (
    sa.select(misdirects.c.service, misdirects.c.queue, sa.func.count().label("wrong"))
    .where(misdirects.c.id >= sa.bindparam("since", type_=_text))
    .group_by(misdirects.c.service, misdirects.c.queue)
)
_CAME = (
    sa.select(tickets.c.received_in, sa.func.count().label("came"))
    .where(tickets.c.id >= sa.bindparam("since", type_=_text), tickets.c.received_in.is_not(None))
    .group_by(tickets.c.received_in)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A service as it is shown, the draft of its next edition, and what was published before."""

    service: Service
    draft: ServiceEdition | None
    editions: tuple[ServiceEdition, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """How many tickets came to the wrong desk, by what they were taken for and who had them."""

    service: ServiceId
    queue: QueueId
    wrong: int


@dataclass(frozen=True, slots=True)
class Misdirected:
    """Wrong desks since a day, beside all that came in: the misdirect rate."""

    since: datetime
    came: dict[QueueId, int]
    wrong: tuple[Wrong, ...]


async def entries(read: Read) -> list[Entry]:
    """Every service, with the draft of its next edition."""
    await read.permit(to="catalogue")
    drafts = {draft.service: draft for draft in await read.values(ServiceEdition, _DRAFTS)}
    return [Entry(one, drafts.get(one.id)) for one in await read.values(Service, _SERVICES)]


async def entry(read: Read, id: ServiceId) -> Entry:
    """One service with its editions, the newest first. Raises NotFound."""
    await read.permit(to="catalogue")
    service = await read.get(Service, id)
    found = await read.values(ServiceEdition, _EDITIONS, service=id)
    draft = next((one for one in found if one.state is EditionState.DRAFT), None)
    return Entry(service, draft, tuple(one for one in found if one is not draft))


async def taught(read: Read, *, state: str, limit: int, cursor: str | None) -> tuple[list[Suggestion], str | None]:
    """Suggestions in a state, the newest first; a page."""
    await read.permit(to="catalogue")
    at, below = cursors.opened(cursor, int, str) if cursor else ((1 << 63) - 1, "~")
    found = await read.values(Suggestion, _SUGGESTIONS, state=state, at=at, below=below, limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return found[:limit], None if last is None else cursors.made(micros(last.updated_at), last.id)


async def lines(read: Read) -> list[Ownership]:
    """Every line of the dispatch catalogue, those that ended too."""
    await read.permit(to="catalogue")
    return await read.values(Ownership, _LINES)


async def all_units(read: Read) -> list[tuple[Unit, int]]:
    """Every unit there is or was, with how many open tickets it owns."""
    await read.permit(to="catalogue")
    held = {row[0]: int(row[1]) for row in await read.all(_HELD)}
    return [(unit, held.get(unit.id, 0)) for unit in await read.values(Unit, _UNITS)]


async def latest(read: Read, *, limit: int) -> list[Asked]:
    """What the newest tickets asked of the dispatch catalogue, for a replay."""
    await read.permit(to="catalogue")
    return [Asked(one.service, one.place, one.created_at) for one in await read.values(Ticket, _LATEST, limit=limit)]


async def misdirected(read: Read, *, begins: datetime) -> Misdirected:
    """Wrong desks since then. Both counts walk ids, which are times, and no older history."""
    await read.permit(to="reports")
    floor = since(begins)
    came = {QueueId(row[0]): int(row[1]) for row in await read.all(_CAME, since=floor)}
    wrong = tuple(Wrong(row[0], row[1], int(row[2])) for row in await read.all(_WRONG, since=floor))
    return Misdirected(begins, came, wrong)


async def may_match(read: Read) -> None:
    """Whether somebody may try words on the catalogue. Raises Forbidden."""
    await read.permit(to="match")
