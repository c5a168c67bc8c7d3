"""What inboxes say by themselves when something new arrives: to whom, in which words, and how often."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import acknowledging as actions
from crm_core.model.acknowledging import Acknowledging, Allowance, Whom
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Inbox
from crm_core.model.view import Json, maybe_instant
from crm_core.queries import acknowledging, inboxes
from crm_core.rules import acknowledging as rule
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route


class AcknowledgingItem(faces.Face):
    """One inbox: `to` is what an admin chose, `recommended` what holds where nobody did; `used` of `most` within the hour."""

    inbox: str
    name: str
    channel: str
    to: Whom | None
    recommended: Whom
    texts: dict[str, str]
    most: int
    used: int
    paused_until: str | None
    """Too much was asked for: nothing is acknowledged until then, and then it goes on by itself."""


class AcknowledgingBody(Input):
    """`to`: nobody, proven or everybody; null: as recommended. `texts` are own words by language, with {number}, {promise} and {link}."""

    to: Whom | None = None
    texts: dict[Annotated[str, Field(pattern="^(en|zh)$")], Annotated[str, Field(max_length=2000)]] = Field(
        default_factory=dict
    )
    most: Annotated[int, Field(ge=1, le=10_000)] = 200


@route("GET", f"{API}/acknowledging", answer=faces.Page[AcknowledgingItem])
async def all_of_them(ask: Ask) -> Json:
    """What each inbox acknowledges, and which of them pause."""
    found = await ask.read(inboxes.all_with_secrets)
    counters = await ask.read(acknowledging.counted)
    at = ask.house.clock()
    return {"items": [_item(ask, one, counters.get(one.id), at=at) for one, _ in found], "next": None}


@route("PUT", f"{API}/inboxes/{{id}}/acknowledging", body=AcknowledgingBody, answer=AcknowledgingItem)
async def choose(ask: Ask, *, id: str, body: AcknowledgingBody) -> Any:
    """To whom this inbox says that something arrived, and in which words."""
    wanted = Acknowledging(body.to, {tongue: text for tongue, text in body.texts.items() if text.strip()}, body.most)
    inbox = await ask.house.desk.do(ask.actor, actions.choose_acknowledging, InboxId(id), wanted)
    counters = await ask.read(acknowledging.counted)
    await ask.house.keeper.refresh()
    return _item(ask, inbox, counters.get(inbox.id), at=ask.house.clock())


def _item(ask: Ask, inbox: Inbox, counter: Allowance | None, *, at: datetime) -> Json:
    kind = ask.house.types.get(inbox.channel)
    paused = counter is not None and counter.until is not None and counter.until > at
    return {
        "inbox": inbox.id,
        "name": inbox.name,
        "channel": inbox.channel,
        "to": inbox.acknowledging.to,
        "recommended": Whom.NOBODY if kind is None else rule.recommended(kind.capabilities),
        "texts": inbox.acknowledging.texts,
        "most": inbox.acknowledging.most,
        "used": counter.used if counter is not None and at - counter.began_at < rule.HOUR else 0,
        "paused_until": maybe_instant(counter.until) if counter is not None and paused else None,
    }
