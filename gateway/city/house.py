"""The city's own house: offices, hours, promises, queues, services, people and inboxes as values."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from crm_core.model.account import AppKey
from crm_core.model.acknowledging import Acknowledging, Whom
from crm_core.model.agent import Agent, Capacity, Duty, Role
from crm_core.model.answer import Answer, Macro
from crm_core.model.catalogue import Notice, Ownership, Place, Suggestion
from crm_core.model.house import House
from crm_core.model.ids import (
    AgentId,
    AppKeyId,
    CalendarId,
    InboxId,
    PeriodId,
    PolicyId,
    QueueId,
    ServiceId,
    TeamId,
    UnitId,
)
from crm_core.model.inbox import Inbox
from crm_core.model.queue import Queue, Team
from crm_core.model.retention import Kept, Period
from crm_core.model.service import Condition, Field, FieldKind, Given, LifeEvent, Publicity, Service, Unit
from crm_core.model.sla import PAUSES, Calendar, Counted, Reason, SlaPolicy, Targets, Window
from crm_core.rules import matching
from gateway.city import answers as library
from gateway.city import catalogue
from gateway.city.books import Books, ChannelSample, Page, span
from gateway.city.dice import Dice
from gateway.http.who import digest

GENERAL_QUEUE = "city-hall-desk"
"""Where the front desk sits: an inbox of this queue takes everything, and the queue follows the service."""


@dataclass(frozen=True, slots=True)
class CityHouse:
    """Everything the city has before the first citizen writes."""

    units: dict[str, Unit]
    teams: dict[str, Team]
    calendars: dict[str, Calendar]
    policies: dict[str, SlaPolicy]
    queues: dict[str, Queue]
    services: dict[str, Service]
    agents: dict[str, Agent]
    inboxes: tuple[Inbox, ...]
    keys: tuple[AppKey, ...]
    life_events: dict[str, LifeEvent]
    places: dict[str, Place]
    ownerships: tuple[Ownership, ...]
    suggestions: tuple[Suggestion, ...]
    notices: tuple[Notice, ...]
    periods: tuple[Period, ...]
    answers: dict[str, Answer]
    macros: tuple[Macro, ...]

    def values(self) -> list[Any]:
        """All of them, in an order in which each finds what it names."""
        groups: list[Iterable[Any]] = [
            self.units.values(),
            self.teams.values(),
            self.calendars.values(),
            self.policies.values(),
            self.life_events.values(),
            self.places.values(),
            self.queues.values(),
            self.services.values(),
            self.agents.values(),
            self.inboxes,
            self.keys,
            self.ownerships,
            self.suggestions,
            self.notices,
            self.periods,
            self.answers.values(),
            library.editions(self.answers),
            self.macros,
        ]
        return [value for group in groups for value in group]

    def as_house(self, samples: Sequence[ChannelSample], *, key: bytes, domain: str) -> House:
        """The same as the rules know it."""
        return House(
            services={service.id: service for service in self.services.values()},
            queues={queue.id: queue for queue in self.queues.values()},
            policies={policy.id: policy for policy in self.policies.values()},
            calendars={calendar.id: calendar for calendar in self.calendars.values()},
            inboxes={inbox.id: inbox for inbox in self.inboxes},
            can={sample.name: sample.can for sample in samples},
            schemes={sample.name: sample.scheme for sample in samples},
            keys=(key,),
            domain=domain,
            places=tuple(self.places.values()),
            ownerships=self.ownerships,
            notices=self.notices,
            index=matching.build(self.services.values(), places=self.places.values()),
        )


def build_house(books: Books, samples: Sequence[ChannelSample], *, now: datetime, seed: int) -> CityHouse:
    """The city as it stands at the loading hour."""
    dice = Dice(seed, "house")
    founded = now - timedelta(days=900)
    city = books.city
    units = {page["key"]: Unit(dice.id(UnitId, at=founded), page["name"], founded) for page in city["unit"]}
    teams = {page["key"]: Team(dice.id(TeamId, at=founded), page["name"]) for page in city["team"]}
    calendars = {page["key"]: _calendar(page, city=city, dice=dice, now=now) for page in city["calendar"]}
    policies = {page["key"]: _policy(page, calendars, dice=dice, at=founded) for page in city["policy"]}
    queues = {
        page["slug"]: _queue(page, order, teams=teams, calendars=calendars, id=dice.id(QueueId, at=founded))
        for order, page in enumerate(city["queue"], start=1)
    }
    life_events = catalogue.life_events(books, seed=seed, at=founded)
    services = {
        page["slug"]: _service(
            page, order, books=books, units=units, queues=queues, policies=policies, id=dice.id(ServiceId, at=founded)
        )
        for order, page in enumerate(books.services["service"], start=1)
    }
    services = {
        page["slug"]: replace(
            services[page["slug"]],
            life_events=tuple(life_events[key].id for key in page.get("life_events", ())),
            hours=calendars[page["hours"]].id if "hours" in page else None,
        )
        for page in books.services["service"]
    }
    agents = {
        page["email"]: _agent(page, teams=teams, domain=city["domain"], dice=dice, now=now) for page in books.staff
    }
    inboxes = tuple(_inboxes(samples, queues=queues, domain=city["domain"], dice=dice, at=founded))
    places = catalogue.places(books, seed=seed, at=founded)
    owners = catalogue.ownerships(books, services=services, units=units, places=places, seed=seed, at=founded)
    told = library.answers(books, services=services, agents=agents, seed=seed, now=now)
    return CityHouse(
        units,
        teams,
        calendars,
        policies,
        queues,
        services,
        agents,
        inboxes,
        tuple(_keys(samples, inboxes, seed=seed, at=founded)),
        life_events,
        places,
        owners,
        catalogue.suggestions(books, services=services, seed=seed, now=now),
        catalogue.notices(books, services=services, places=places, seed=seed, now=now),
        tuple(
            Period(dice.id(PeriodId, at=founded), Kept(kind), days, founded, "city", founded)
            for kind, days in city["retention"].items()
        ),
        told,
        library.macros(books, answers=told, seed=seed, now=now),
    )


def _calendar(page: Page, *, city: Page, dice: Dice, now: datetime) -> Calendar:
    years = range(now.year - 1, now.year + 3)
    closed = {_holiday(day, year=year): day["name"] for day in city["holiday"] for year in years}
    return Calendar(
        dice.id(CalendarId, at=now),
        page["name"],
        city["zone"],
        tuple(Window(*window) for window in page["windows"]),
        dict.fromkeys(sorted(closed), ()) if page["holidays"] else {},
        dict(sorted(closed.items())) if page["holidays"] else {},
    )


def _holiday(page: Page, *, year: int) -> date:
    """A fixed day, or the nth (-1: last) weekday of a month."""
    month = page["month"]
    if "day" in page:
        return date(year, month, page["day"])
    first, length = monthrange(year, month)
    days = [day for day in range(1, length + 1) if (first + day - 1) % 7 == page["weekday"]]
    return date(year, month, days[page["nth"] - 1 if page["nth"] > 0 else page["nth"]])


def _policy(page: Page, calendars: dict[str, Calendar], *, dice: Dice, at: datetime) -> SlaPolicy:
    every = _targets(page)
    return SlaPolicy(
        dice.id(PolicyId, at=at),
        page["name"],
        calendars[page["calendar"]].id,
        every.first_live,
        every.first_deferred,
        every.next_answer,
        every.resolution,
        acceptance=every.acceptance,
        counting=every.counting,
        by_priority={name: _targets(row) for name, row in page.get("by_priority", {}).items()},
        pauses={Reason(name): span(cap) for name, cap in page["pauses"].items()} if "pauses" in page else dict(PAUSES),
    )


def _targets(page: Page) -> Targets:
    return Targets(
        span(page["first_live"]),
        span(page["first_deferred"]),
        span(page["next_answer"]),
        span(page["resolution"]),
        span(page["acceptance"]) if "acceptance" in page else None,
        {kind: Counted(how) for kind, how in page.get("counting", {}).items()},
    )


def _queue(page: Page, order: int, *, teams: dict[str, Team], calendars: dict[str, Calendar], id: QueueId) -> Queue:
    team, calendar = teams[page["team"]], calendars[page["calendar"]]
    titles = page.get("titles", {})
    return Queue(
        id, page["slug"], page["name"], team.id, page["skills"], calendar.id, page["icon"], order, titles=titles
    )


def _service(
    page: Page,
    order: int,
    *,
    books: Books,
    units: dict[str, Unit],
    queues: dict[str, Queue],
    policies: dict[str, SlaPolicy],
    id: ServiceId,
) -> Service:
    return Service(
        id,
        page["slug"],
        page["name"],
        page["about"],
        {language: tuple(words) for language, words in page["synonyms"].items()},
        units[page["unit"]].id,
        queues[page["queue"]].id,
        policies[page["policy"]].id,
        page["skills"],
        tuple(
            replace(_field(key, books.services["field"][key]), page=part)
            for key, part in zip(page["fields"], page.get("page_of", [1] * len(page["fields"])), strict=True)
        ),
        {fact: page[fact] for fact in ("cost", "form", "answer", "result", "ready")},
        active=True,
        order=order,
        steps=tuple(page.get("steps", ())),
        pages=tuple(page.get("pages", ())),
        publicity=Publicity(page.get("publicity", Publicity.PRIVATE)),
        confirm=page.get("confirm", False),
        asked=page.get("asked", True),
    )


def _field(key: str, page: Page) -> Field:
    kind, choices = FieldKind(page["kind"]), tuple(page.get("choices", ()))
    on = page.get("only_if")
    condition = on and Condition(on["field"], Given(on.get("given", Given.ONE_OF)), tuple(on.get("values", ())))
    return Field(key, kind, page["label"], page["help"], page.get("required", False), choices, only_if=condition)


def _agent(page: Page, *, teams: dict[str, Team], domain: str, dice: Dice, now: datetime) -> Agent:
    """A member of staff. Who looks at the sample sits at their own screen; the others do something and take no offers."""
    does, since = _does(page, dice=Dice(0, "duty", page["email"]), now=now)
    joined = now - timedelta(days=dice.number(200, 890), minutes=dice.number(0, 600))
    return Agent(
        dice.id(AgentId, at=joined),
        f"{page['email']}@{domain}",
        page["name"],
        Role(page["role"]),
        tuple(page["languages"]),
        page["skills"],
        Capacity(page["most"], {}),
        does,
        duty_since=since,
        duty_reason=None,
        active=True,
        created_at=joined,
        teams=frozenset(teams[team].id for team in page["teams"]),
    )


_SIGNS_IN = frozenset({"admin", "supervisor", "agent"})
_DUTIES = {Duty.BUSY: 10, Duty.BREAK: 2, Duty.LUNCH: 1, Duty.TRAINING: 2, Duty.OFFLINE: 3}


def _does(page: Page, *, dice: Dice, now: datetime) -> tuple[Duty, datetime]:
    """Nobody is available of whom nobody sits at the screen: what was offered to them would only come back."""
    if page["email"] in _SIGNS_IN:
        return Duty.OFFLINE, now
    return dice.weighted(_DUTIES), now - timedelta(minutes=dice.number(1, 28), seconds=dice.number(0, 59))


def _keys(samples: Sequence[ChannelSample], inboxes: Sequence[Inbox], *, seed: int, at: datetime) -> Iterable[AppKey]:
    """Of programs of others that file here."""
    dice = Dice(seed, "keys")
    pages = [page for sample in samples for page in sample.page["inbox"]]
    for inbox, page in zip(inboxes, pages, strict=True):
        for key in page.get("key", ()):
            yield AppKey(dice.id(AppKeyId, at=at), inbox.id, digest(key["secret"]), key["name"], at)


def _inboxes(
    samples: Sequence[ChannelSample], *, queues: dict[str, Queue], domain: str, dice: Dice, at: datetime
) -> Iterable[Inbox]:
    """Each channel's inboxes, the first one of each the oldest: answers start from it."""
    for sample in samples:
        for index, page in enumerate(sample.page["inbox"]):
            made = at + timedelta(minutes=index)
            local = page.get("address", "")
            yield Inbox(
                dice.id(InboxId, at=made),
                sample.name,
                page["name"],
                queues[page["queue"]].id,
                (local if local.startswith("+") else f"{local}@{domain}") if local else None,
                page.get("settings", {}),
                active=page.get("open", True),
                created_at=made,
                bound=page["queue"] != GENERAL_QUEUE,
                acknowledging=Acknowledging(Whom(page["acknowledge"]) if "acknowledge" in page else None),
                asks=page.get("asks", False),
            )
