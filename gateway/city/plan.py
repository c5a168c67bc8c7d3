"""The plan of a city: pure, the same for the same channels, seed and hour."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crm_core.model.address import Address
from crm_core.model.catalogue import NoticeLink
from crm_core.model.consent import Consent
from crm_core.model.customer import Customer, Identity
from crm_core.model.feedback import Feedback
from crm_core.model.house import House
from crm_core.model.ids import CustomerId, IdentityId
from crm_core.model.message import Message
from crm_core.model.promise import Mark, Timer
from crm_core.model.relation import Relation
from crm_core.model.ticket import Conversation, Status, Ticket
from crm_core.model.work import Work
from crm_core.rules import identity
from gateway.city import catalogue, ratings, whole
from gateway.city.books import ChannelSample, books
from gateway.city.citizens import Citizen, draw_citizens
from gateway.city.dice import Dice
from gateway.city.drafts import Draft, Drafter, with_backlog
from gateway.city.house import CityHouse, build_house
from gateway.city.neighbours import Neighbours, draw_neighbours
from gateway.city.played import Past
from gateway.city.roster import Roster
from gateway.city.stage import Stage
from gateway.city.wishes import draw_wishes

SEED = 20_261_123
"""The seed of the city that everybody sees."""

_SNOOZED = 5
_SIGNED = "signature"


@dataclass(frozen=True, slots=True)
class City:
    """Everything the sample city is made of, as values of the model; `past` is in order of time."""

    house: CityHouse
    customers: tuple[Customer, ...]
    identities: tuple[Identity, ...]
    tickets: tuple[Ticket, ...]
    conversations: tuple[Conversation, ...]
    messages: tuple[Message, ...]
    work: tuple[Work, ...]
    past: tuple[Past, ...]
    marks: tuple[Mark, ...] = ()
    timers: tuple[Timer, ...] = ()
    relations: tuple[Relation, ...] = ()
    reports: tuple[NoticeLink, ...] = ()
    wishes: tuple[Consent, ...] = ()
    feedback: tuple[Feedback, ...] = ()

    def values(self) -> list[Any]:
        """All values, in an order in which each finds what it names."""
        people = [*self.customers, *self.identities, *self.relations]
        spoken = [*self.tickets, *self.conversations, *self.messages, *self.work]
        return [
            *self.house.values(),
            *people,
            *spoken,
            *self.marks,
            *self.timers,
            *self.reports,
            *self.wishes,
            *self.feedback,
        ]


def plan(samples: Sequence[ChannelSample], *, now: datetime, seed: int = SEED, key: bytes = b"sample") -> City:
    """The city as it stands at `now` (UTC). `key` signs the Message-IDs of what the city wrote."""
    pages = books()
    house = build_house(pages, samples, now=now, seed=seed)
    citizens = draw_citizens(pages, now=now, seed=seed)
    drafter = Drafter(pages, house, samples, now=now, seed=seed)
    openings = drafter.openings(citizens)
    named = {draft.citizen.key for draft in openings}
    others = [citizen for citizen in citizens if citizen.key not in named]
    quotas = {queue["slug"]: queue["backlog"] for queue in pages.city["queue"]}
    history = with_backlog(drafter.history(others), quotas=quotas, now=now, dice=Dice(seed, "backlog"))
    rules = house.as_house(samples, key=key, domain=pages.city["domain"])
    stages = _played(openings + history, house, rules, seed=seed)
    neighbours = draw_neighbours(pages.neighbours, citizens, now=now, seed=seed)
    rated = ratings.rate(pages.ratings, stages, house=rules, now=now, seed=seed)
    wishes = draw_wishes(
        pages.neighbours["wish"],
        citizens,
        samples,
        inboxes=house.inboxes,
        agents=house.agents,
        now=now,
        seed=seed,
    )
    return replace(_city(house, citizens, stages, neighbours, rated, now=now, seed=seed), wishes=wishes)


def _played(drafts: Sequence[Draft], house: CityHouse, rules: House, *, seed: int) -> list[Stage]:
    """Opening tickets first: they have their agents by name, the others share what is left."""
    roster = Roster(house.agents, dice=Dice(seed, "roster"))
    dice = Dice(seed, "stage")
    firsts: dict[str, datetime] = {}
    for draft in drafts:
        firsts[draft.citizen.key] = min(draft.opened, firsts.get(draft.citizen.key, draft.opened))
    stages = []
    for draft in drafts:
        new = draft.opened == firsts[draft.citizen.key]
        stage = Stage(draft, city=house, house=rules, roster=roster, dice=dice, new=new)
        stage.play()
        stages.append(stage)
    return stages


def _city(
    house: CityHouse,
    citizens: Sequence[Citizen],
    stages: Sequence[Stage],
    neighbours: Neighbours,
    rated: ratings.Ratings,
    *,
    now: datetime,
    seed: int,
) -> City:
    _snooze(stages, now=now)
    for stage in stages:
        stage.settle(now)
    split = whole.split(books(), house, stages, now=now, seed=seed)
    tickets = (*(stage.ticket for stage in stages), *split.parts)
    work = [stage.work() for stage in stages]
    seen = {ticket.customer for ticket in tickets}
    known = [citizen for citizen in citizens if citizen.customer.id in seen]
    past = [*(event for stage in stages for event in stage.past), *split.past, *rated.past]
    return City(
        house,
        (*(citizen.customer for citizen in known), *neighbours.customers),
        (*_identities(known, stages, seed=seed), *neighbours.identities),
        tickets,
        tuple(strand for stage in stages for strand in stage.strands),
        (*(message for stage in stages for message in stage.messages), *split.messages),
        (*(piece for piece in work if piece is not None), *split.work),
        tuple(sorted(past, key=lambda event: event.at)),
        tuple(mark for stage in stages for mark in stage.marks),
        tuple(timer for stage in stages for timer in stage.timers),
        neighbours.relations,
        catalogue.reports(tickets, notices=house.notices, agents=tuple(house.agents.values()), seed=seed),
        feedback=rated.feedback,
    )


def _identities(citizens: Sequence[Citizen], stages: Sequence[Stage], *, seed: int) -> Iterator[Identity]:
    """Where each is reached; whoever wrote from an address that was new or only claimed has proved it by that."""
    first: defaultdict[CustomerId, dict[Address, datetime]] = defaultdict(dict)
    for stage in stages:
        for strand in stage.strands:
            wrote = first[stage.ticket.customer]
            wrote[strand.address] = min(strand.created_at, wrote.get(strand.address, strand.created_at))
    dice = Dice(seed, "identities")
    for citizen in citizens:
        wrote = first[citizen.customer.id]
        for one in citizen.identities:
            at = wrote.pop(one.address, None)
            yield one if at is None else identity.prove(one, evidence=_SIGNED, at=at)
        for address, at in wrote.items():
            id = dice.id(IdentityId, at=at)
            yield Identity(id, citizen.customer.id, address, evidence=_SIGNED, created_at=at, proven_at=at)


def _snooze(stages: Sequence[Stage], *, now: datetime) -> None:
    """A few that wait for somebody else sleep until a day to come."""
    waiting = [stage for stage in stages if stage.ticket.status is Status.ON_HOLD]
    for number, stage in enumerate(waiting[:_SNOOZED], start=1):
        stage.snooze(now + timedelta(days=1 + number, hours=1))
