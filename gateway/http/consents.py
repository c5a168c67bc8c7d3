"""Whether we may write to somebody: what they asked for, by which door, and what one of us wrote down for them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import consents as actions
from crm_core.actions.consents import Said
from crm_core.model.address import Address
from crm_core.model.consent import Consent, How, Wish
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import CustomerId, InboxId
from crm_core.model.view import Json, instant
from crm_core.queries import consents
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, Input, route

OF_CUSTOMER = f"{API}/customers/{{id}}/consents"


class ConsentItem(faces.Face):
    """One line of the ledger; the newest for an address and an inbox holds."""

    id: str
    address: str
    inbox: str
    wish: Wish
    how: How
    """Who made it known: the person by a word, a provider that carries nothing to them, a complaint, or one of us."""
    at: datetime
    by: str | None
    """Who wrote it down, where it came by another way."""
    reason: str


class LedgerQuery(Asked):
    """How much, and from where."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


class ConsentBody(Input):
    """A wish that came by another way, and how."""

    address: Annotated[str, Field(min_length=3, max_length=400)]
    inbox: Annotated[str, Field(min_length=1, max_length=60)]
    wish: Annotated[Wish, Field(strict=False)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@route("GET", OF_CUSTOMER, query=LedgerQuery, answer=faces.Page[ConsentItem])
async def ledger(ask: Ask, *, id: str, query: LedgerQuery) -> Json:
    """When they asked for no more messages, or for them again; the newest first."""
    found = await ask.read(consents.ledger, CustomerId(id), limit=query.limit, cursor=query.cursor)
    return {"items": [_item(one) for one in found.items], "next": found.next}


@route("POST", OF_CUSTOMER, body=ConsentBody, answer=ConsentItem, status=201)
async def write_down(ask: Ask, *, id: str, body: ConsentBody) -> Any:
    """Write down what they told one of us: at the counter, on paper, on the telephone. It holds from now on."""
    try:
        address = Address.parse(body.address)
    except ValueError:
        raise BadInput(Problem("address", "Take the address as the customer's identities name it.", "wrong")) from None
    said = Said(address=address, inbox=InboxId(body.inbox), wish=body.wish, reason=body.reason.strip())
    return await ask.do(_item, actions.write_down, CustomerId(id), said, house=ask.house.keeper.house)


def _item(one: Consent) -> Json:
    return {
        "id": one.id,
        "address": str(one.address),
        "inbox": one.inbox,
        "wish": one.wish.value,
        "how": one.how.value,
        "at": instant(one.at),
        "by": one.by,
        "reason": one.reason,
    }
