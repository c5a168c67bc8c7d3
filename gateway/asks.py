"""What a wire may ask of the core (`contract.Ask`): one answer for each kind, given as that inbox.

A channel puts the question and draws the answer; it never sees the record. A new kind is a
function here and a line in `ANSWERS`.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from channels.contract import Ask
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.errors import BadInput, NotFound, Problem
from crm_core.model.report import PublicCatalogue, PublicRequests, PublicService
from crm_core.queries import published
from crm_core.queries.published import Seen, Sought
from crm_core.rules import publishing
from gateway.house import Door, HouseKeeper

Answer = Callable[[Ask, Door, Desk, HouseKeeper], Awaitable[Any]]


async def _services(ask: Ask, door: Door, desk: Desk, keeper: HouseKeeper) -> PublicCatalogue:
    seen = _seen(ask, door, keeper)
    return await desk.ask(Actor.inbox(door.inbox.id), published.catalogue, seen=seen, house=keeper.house)


async def _service(ask: Ask, door: Door, desk: Desk, keeper: HouseKeeper) -> PublicService:
    """Raises NotFound for one that strangers may not file."""
    found = await _services(ask, door, desk, keeper)
    service = next((one for one in found.services if one.code == ask.values["code"]), None)
    if service is None:
        raise NotFound
    return service


async def _requests(ask: Ask, door: Door, desk: Desk, keeper: HouseKeeper) -> PublicRequests:
    """By `numbers`, or else those of a span: `begins`, `ends`, `states` (open, closed), `codes`, `limit`, `cursor`."""
    actor, seen, said = Actor.inbox(door.inbox.id), _seen(ask, door, keeper), ask.values
    if "numbers" in said:
        return await desk.ask(actor, published.named, _listed(said["numbers"]), seen=seen, house=keeper.house)
    sought = Sought(
        codes=_listed(said["codes"]),
        statuses=tuple(status for state in _listed(said["states"]) for status in STATES[state]),
        begins=datetime.fromisoformat(said["begins"]),
        ends=datetime.fromisoformat(said["ends"]),
        limit=int(said["limit"]),
        cursor=said["cursor"] or None,
    )
    return await desk.ask(actor, published.requests, sought, seen=seen, house=keeper.house)


ANSWERS: Mapping[str, Answer] = {"services": _services, "service": _service, "requests": _requests}
STATES = {"open": publishing.OPEN, "closed": publishing.CLOSED}
"""The two states that strangers know."""


async def answer(ask: Ask, *, door: Door, desk: Desk, keeper: HouseKeeper) -> Any:
    """What `Channel.answer` finds in the outcome. Raises BadInput for a kind that nobody answers."""
    found = ANSWERS.get(ask.kind)
    if found is None:
        raise BadInput(Problem("ask", f"Nobody answers {ask.kind!r} here."))
    return await found(ask, door, desk, keeper)


def _seen(ask: Ask, door: Door, keeper: HouseKeeper) -> Seen:
    language = ask.values.get("language", "en")
    groups = {one.id: publishing.said(one.name, language=language) for one in keeper.setup.life_events}
    return Seen(inbox=door.inbox.id, since=door.inbox.created_at, language=language, groups=groups)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
