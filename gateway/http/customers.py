"""Customers: whom we serve, their addresses and their whole history."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import CustomerId
from crm_core.model.message import Message
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries import customer, past, people
from crm_core.queries.customer import Known
from crm_core.queries.past import Joined
from crm_core.rules import likeness, preferences
from crm_core.rules.likeness import Suggest
from gateway.http import faces
from gateway.http.faces_people import CustomerItem, FoundPerson, KnownNeedItem, SuggestionItem
from gateway.http.routes import API, Ask, Asked, route
from gateway.http.timeline import TimelineItem, item


class FindQuery(Asked):
    """A name in any order or script, pinyin or its initials, a mail address, or the end of a number."""

    q: Annotated[str, Field(min_length=1, max_length=200)]
    limit: Annotated[int, Field(ge=1, le=100)] = 25
    cursor: Annotated[str, Field(max_length=400)] | None = None


@route("GET", f"{API}/customers", query=FindQuery, answer=faces.Page[FoundPerson])
async def find(ask: Ask, *, query: FindQuery) -> Json:
    """People of whom I may see a ticket, or who have none yet."""
    found = await ask.read(people.find, query.q, limit=query.limit, cursor=query.cursor)
    return {"items": [found_person(one, theirs) for one, theirs in found.items], "next": found.next}


@route("GET", f"{API}/customers/{{id}}", answer=CustomerItem)
async def show(ask: Ask, *, id: str) -> Json:
    """A customer of whom I may see a ticket; somebody who was merged is answered by who they are now."""
    return customer_item(await ask.read(customer.customer, CustomerId(id)), at=ask.house.clock())


class HistoryQuery(Asked):
    """How much, and from where."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


@route("GET", f"{API}/customers/{{id}}/timeline", query=HistoryQuery, answer=faces.PositionedPage[TimelineItem])
async def history(ask: Ask, *, id: str, query: HistoryQuery) -> Json:
    """What was said with them through every door, in tickets that I may see, and when records became one; newest first."""
    found = await ask.read(past.history, CustomerId(id), limit=query.limit, cursor=query.cursor)
    return {"items": [_past(one) for one in found.items], "next": found.next, "position": found.position}


@route("GET", f"{API}/customers/{{id}}/suggestions", answer=faces.Page[SuggestionItem])
async def suggestions(ask: Ask, *, id: str) -> Json:
    """Who may be the same person, with the reasons; nothing joins by itself."""
    found = await ask.read(customer.suggestions, CustomerId(id))
    return {"items": [_suggestion(one) for one in found], "next": None}


@route("GET", f"{API}/needs", answer=faces.Page[KnownNeedItem])
async def needs(ask: Ask) -> Json:
    """What people may need in order to be served, in both languages."""
    _ = ask.known
    known = preferences.known_needs().values()
    return {"items": [{"code": one.code, "words": dict(one.words), "asks": one.asks} for one in known], "next": None}


def customer_item(known: Known, *, at: datetime) -> Json:
    """A customer with all that is known of them now."""
    found, wishes = known.customer, known.wishes
    return {
        **found_person(found, known.identities),
        "language": wishes.language,
        "channel": wishes.channel,
        "do_not": [{"what": one.what, "before": one.before, "after": one.after} for one in wishes.do_not],
        "needs": [{"code": one.code, "detail": one.detail} for one in wishes.needs],
        "safety": [{"reason": one.reason, "until": instant(one.until)} for one in wishes.safety],
        "records": [one.id for one in known.records],
        "relations": [_relation(one, other, known=known, at=at) for one, other in known.relations],
        "merges": [
            {
                "id": merge.id,
                "source": merge.source,
                "source_name": source.name,
                "at": instant(merge.at),
                "by": merge.by,
                "why": merge.why,
                "stays": list(stays),
            }
            for merge, source, stays in known.merges
        ],
    }


def found_person(found: Customer, identities: tuple[Identity, ...]) -> Json:
    """A customer as lists show them."""
    return {
        "id": found.id,
        "name": found.name,
        "latin": likeness.latin(found.name),
        "language": found.language,
        "kind": found.kind,
        "street": found.street,
        "place": found.place,
        "created_at": instant(found.created_at),
        "identities": [identity_item(one) for one in identities],
        "version": found.version,
    }


def identity_item(one: Identity) -> Json:
    """An address, and how we know it is theirs."""
    return {
        "id": one.id,
        "address": str(one.address),
        "scheme": one.address.scheme,
        "proven": one.proven,
        "evidence": one.evidence,
        "shared": one.shared,
        "held": one.held,
        "created_at": instant(one.created_at),
        "proven_at": maybe_instant(one.proven_at),
    }


def _relation(one: Any, other: Customer, *, known: Known, at: datetime) -> Json:
    return {
        "id": one.id,
        "kind": one.kind,
        "side": "customer" if one.customer in {record.id for record in known.records} else "other",
        "with_id": other.id,
        "with_name": other.name,
        "with_kind": other.kind,
        "role": one.role,
        "consent": one.consent,
        "consented_at": maybe_instant(one.consented_at),
        "ends_at": maybe_instant(one.ends_at),
        "holds": one.holds(at),
        "created_at": instant(one.created_at),
    }


def _past(one: Message | Joined) -> Json:
    """A message, or a line about records that became one person, or two again."""
    if isinstance(one, Message):
        return item(one)
    merge = one.merge
    named = {"name": one.other.name if one.other else None, "why": merge.why}
    return {
        "type": "event",
        "id": one.id,
        "event": f"person.{one.kind}",
        "at": instant(one.at),
        "actor": {"kind": "agent" if one.staff else "house", "id": one.by},
        "facts": {"merge": merge.id, "source": merge.source, "target": merge.target, **named},
        "said": None,
        "ticket": None,
        "at_version": 0,
        "position": 0,
    }


def _suggestion(one: Suggest) -> Json:
    return {
        "customer": found_person(one.other.customer, one.other.identities),
        "reasons": [
            {"code": reason.code, "words": reason.words, "detail": reason.detail, "shared": reason.shared}
            for reason in one.reasons
        ],
    }
