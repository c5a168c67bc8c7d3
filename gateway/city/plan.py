"""The plan of a city: pure, the same for the same channels, seed and hour."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crm_core.model.address import Address
from crm_core.model.call import Call
from crm_core.model.catalogue import NoticeLink, Tenure
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
from gateway.city.books import Books, ChannelSample, books
from gateway.city.callers import Called, Line
from gateway.city.citizens import Citizen, draw_citizens
from gateway.city.dice import Dice
from gateway.city.drafts import Draft, Drafter, with_backlog
from gateway.city.house import CityHouse, build_house
from gateway.city.neighbours import Neighbours, draw_neighbours
from gateway.city.phone import CallStage
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
    calls: tuple[Call, ...] = ()
    tenures: tuple[Tenure, ...] = ()

    def values(self) -> list[Any]:
        """All values, in an order in which each finds what it names."""
        people = [*self.customers, *self.identities, *self.relations]
        spoken = [*self.tickets, *self.conversations, *self.messages, *self.work, *self.calls, *self.tenures]
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
    written = [sample for sample in samples if not sample.can.calls]
    drafter = Drafter(pages, house, written, now=now, seed=seed)
    openings = drafter.openings(citizens)
    named = {draft.citizen.key for draft in openings}
    others = [citizen for citizen in citizens if citizen.key not in named]
    quotas = {queue["slug"]: queue["backlog"] for queue in pages.city["queue"]}
    history = with_backlog(drafter.history(others), quotas=quotas, now=now, dice=Dice(seed, "backlog"))
    rules = house.as_house(samples, key=key, domain=pages.city["domain"])
    roster = Roster(house.agents, dice=Dice(seed, "roster"))
    called = _called(pages, house, samples, citizens, named=frozenset(named), now=now, seed=seed)
    firsts = _firsts([*openings, *history, *(one.draft for one in called)])
    stages = _played(openings + history, house, rules, roster=roster, firsts=firsts, seed=seed)
    lines = _lines(called, house, rules, roster=roster, firsts=firsts, now=now, seed=seed)
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
    city = _city(house, rules, citizens, stages, lines=lines, neighbours=neighbours, rated=rated, now=now, seed=seed)
    return replace(city, wishes=wishes)


def _called(
    pages: Books,
    house: CityHouse,
    samples: Sequence[ChannelSample],
    citizens: Sequence[Citizen],
    *,
    named: frozenset[str],
    now: datetime,
    seed: int,
) -> list[Called]:
    """Who does not write, at doors where people are heard: so many that the shares of all doors are kept."""
    beside = sum(sample.page["share"] for sample in samples if not sample.can.calls)
    written = pages.city["arrivals"]["tickets"]
    roster = Roster(house.agents, dice=Dice(seed, "line"))
    heard = [sample for sample in samples if sample.can.calls]
    lines = [Line(pages, house, sample, citizens, named, roster, now, seed) for sample in heard]
    return [one for line in lines for one in line.calls(beside=beside, written=written)]


def _firsts(drafts: Sequence[Draft]) -> dict[str, datetime]:
    """When each first came, by whatever door."""
    firsts: dict[str, datetime] = {}
    for draft in drafts:
        firsts[draft.citizen.key] = min(draft.opened, firsts.get(draft.citizen.key, draft.opened))
    return firsts


def _played(
    drafts: Sequence[Draft],
    house: CityHouse,
    rules: House,
    *,
    roster: Roster,
    firsts: dict[str, datetime],
    seed: int,
) -> list[Stage]:
    """Opening tickets first: they have their agents by name, the others share what is left."""
    dice = Dice(seed, "stage")
    stages = []
    for draft in drafts:
        new = draft.opened == firsts[draft.citizen.key]
        stage = Stage(draft, city=house, house=rules, roster=roster, dice=dice, new=new)
        stage.play()
        stages.append(stage)
    return stages


def _lines(
    called: Sequence[Called],
    house: CityHouse,
    rules: House,
    *,
    roster: Roster,
    firsts: dict[str, datetime],
    now: datetime,
    seed: int,
) -> list[CallStage]:
    dice = Dice(seed, "phone")
    stages = []
    for one in called:
        new = one.draft.opened == firsts[one.draft.citizen.key]
        stage = CallStage(one, city=house, house=rules, roster=roster, dice=dice, now=now, new=new)
        stage.play()
        stages.append(stage)
    return stages


def _city(
    house: CityHouse,
    rules: House,
    citizens: Sequence[Citizen],
    stages: Sequence[Stage],
    *,
    lines: Sequence[CallStage],
    neighbours: Neighbours,
    rated: ratings.Ratings,
    now: datetime,
    seed: int,
) -> City:
    _snooze(stages, now=now)
    played = [*stages, *lines]
    for one in played:
        one.settle(now)
    split = whole.split(books(), house, stages, rules=rules, now=now, seed=seed)
    tickets = (*(one.ticket for one in played), *split.parts)
    seen = {ticket.customer for ticket in tickets}
    strangers = {one.draft.citizen.key: one.draft.citizen for one in lines}
    everybody = {**strangers, **{citizen.key: citizen for citizen in citizens}}
    known = [citizen for citizen in everybody.values() if citizen.customer.id in seen]
    past = [*(event for one in played for event in one.past), *split.past, *rated.past]
    return City(
        house,
        (*(citizen.customer for citizen in known), *neighbours.customers),
        (*_identities(known, stages, seed=seed), *neighbours.identities),
        tickets,
        tuple(strand for one in played for strand in one.strands),
        (*(message for one in played for message in one.messages), *split.messages),
        (*(piece for one in played for piece in one.works), *split.work),
        tuple(sorted(past, key=lambda event: event.at)),
        (*(mark for one in played for mark in one.marks), *split.marks),
        tuple(timer for one in played for timer in one.timers),
        neighbours.relations,
        catalogue.reports(tickets, notices=house.notices, agents=tuple(house.agents.values()), seed=seed),
        feedback=rated.feedback,
        calls=tuple(call for line in lines for call in line.calls),
        tenures=tuple(tenure for line in lines for tenure in line.tenures),
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
