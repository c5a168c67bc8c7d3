"""Beside the city's services: life events, places, owners, what agents taught, and a known problem."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from crm_core.model.agent import Agent
from crm_core.model.catalogue import Notice, NoticeLink, NoticeState, Ownership, Place, Suggestion, SuggestionState
from crm_core.model.ids import LifeEventId, NoticeId, OwnershipId, PlaceId, SuggestionId
from crm_core.model.service import LifeEvent, Service, Unit
from crm_core.model.ticket import Ticket
from gateway.city.books import Books, span
from gateway.city.dice import Dice

_REPORTS = 6
"""Tickets that report the known problem when the city is loaded."""


def life_events(books: Books, *, seed: int, at: datetime) -> dict[str, LifeEvent]:
    """What happens in people's lives, by key."""
    dice = Dice(seed, "life events")
    return {
        page["key"]: LifeEvent(dice.id(LifeEventId, at=at), page["name"], order)
        for order, page in enumerate(books.catalogue["life_event"], start=1)
    }


def places(books: Books, *, seed: int, at: datetime) -> dict[str, Place]:
    """The parts of the city, by key."""
    dice = Dice(seed, "places")
    return {
        page["key"]: Place(dice.id(PlaceId, at=at), page["name"], tuple(page["words"]), order)
        for order, page in enumerate(books.catalogue["place"], start=1)
    }


def ownerships(
    books: Books,
    *,
    services: Mapping[str, Service],
    units: Mapping[str, Unit],
    places: Mapping[str, Place],
    seed: int,
    at: datetime,
) -> tuple[Ownership, ...]:
    """Who owns a service in a place, where that is not the service's own unit."""
    dice = Dice(seed, "ownerships")
    return tuple(
        Ownership(
            dice.id(OwnershipId, at=at),
            services[page["service"]].id,
            places[page["place"]].id,
            units[page["unit"]].id,
            None,
            at,
        )
        for page in books.catalogue["ownership"]
    )


def suggestions(books: Books, *, services: Mapping[str, Service], seed: int, now: datetime) -> tuple[Suggestion, ...]:
    """Words that agents' corrections taught in the last days."""
    dice = Dice(seed, "suggestions")
    made = []
    for number, page in enumerate(books.catalogue["suggestion"]):
        at = now - timedelta(days=number + 1, hours=2)
        id = dice.id(SuggestionId, at=at)
        right, wrong = services[page["service"]].id, services[page["was"]].id
        made.append(Suggestion(id, right, page["language"], page["phrase"], wrong, (), SuggestionState.OPEN, at, at))
    return tuple(made)


def notices(
    books: Books, *, services: Mapping[str, Service], places: Mapping[str, Place], seed: int, now: datetime
) -> tuple[Notice, ...]:
    """What the city knows to be broken."""
    dice = Dice(seed, "notices")
    begun = now - timedelta(hours=5)
    return tuple(
        Notice(
            dice.id(NoticeId, at=begun),
            services[page["service"]].id,
            places[page["place"]].id,
            page["title"],
            page["text"],
            tuple(page["words"]),
            page["acknowledgement"],
            page["answer"],
            NoticeState.OPEN,
            begun,
            None,
            now + span(page["expected"]),
            begun,
            None,
        )
        for page in books.catalogue["notice"]
    )


def reports(
    tickets: Sequence[Ticket], *, notices: Sequence[Notice], agents: Sequence[Agent], seed: int
) -> tuple[NoticeLink, ...]:
    """The newest open tickets of the service and place of each known problem: somebody linked them by hand."""
    ids = sorted(agent.id for agent in agents)
    dice = Dice(seed, "reports")
    return tuple(
        NoticeLink(f"{notice.id}:{one.id}", notice.id, one.id, one.customer, notice.begins_at, dice.pick(ids))
        for notice in notices
        for one in [one for one in tickets if one.status.active and one.service == notice.service][-_REPORTS:]
    )
