"""Who writes about what, and where it stands when the city opens.

A draft is a ticket before it is played: citizen, script, hours. The backlog is made by
letting the city load a moment too early: of matters that were solved lately, some are
cut after a citizen's words, so that these still wait; the promise says how late that is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm_core.model.address import Address
from crm_core.model.inbox import Inbox
from crm_core.rules import sla
from crm_core.rules.sla import Promise
from gateway.city.books import Books, ChannelSample, Matter, Opening
from gateway.city.citizens import Citizen
from gateway.city.dice import Dice
from gateway.city.house import CityHouse
from gateway.city.schedule import Step, answered, arrivals, exact, schedule, standing
from gateway.city.slots import fill, promised_day

_LATEST = timedelta(hours=5)
"""How late, at most, a ticket of the backlog is, in open hours."""

_PACE = {"benefits": 1.7, "housing-repairs": 1.2}


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket before it is played. `queue` is where it belongs, by slug; `steps` end where it stands.

    `address` is where the citizen writes from.
    """

    citizen: Citizen
    matter: Matter
    sample: ChannelSample
    inbox: Inbox
    queue: str
    promise: Promise
    slots: dict[str, str]
    steps: tuple[Step, ...]
    address: Address
    opening: Opening | None = None

    @property
    def opened(self) -> datetime:
        """When the citizen first wrote."""
        return self.steps[0].at


class Drafter:
    """Draws drafts; each script comes again only after all others of its service."""

    def __init__(
        self,
        books: Books,
        house: CityHouse,
        samples: Sequence[ChannelSample],
        *,
        now: datetime,
        seed: int,
        purpose: str = "",
    ) -> None:
        self._books = books
        self._house = house
        self._samples = {sample.name: sample for sample in samples}
        self._now = now
        self._seed = seed
        self._dice = Dice(seed, "drafts", *filter(None, [purpose]))
        self._decks: dict[tuple[str, str], list[Matter]] = {}
        self._zone = ZoneInfo(books.city["zone"])
        self._written = {
            language: [matter for matter in books.matters if matter.language == language] for language in ("en", "zh")
        }
        page = {service["slug"]: service["weight"] for service in books.services["service"]}
        self._weights = {matter.service: page[matter.service] for matter in self._written["en"]}

    def history(self, citizens: Sequence[Citizen]) -> list[Draft]:
        """Sixty days of contacts, each with all its steps until now."""
        hours = arrivals(self._books.city["arrivals"], now=self._now, zone=self._zone, dice=self._dice)
        return [self.drawn(opened, citizens) for opened in hours]

    def openings(self, citizens: Iterable[Citizen]) -> list[Draft]:
        """The tickets of the design's pictures."""
        by_key = {citizen.key: citizen for citizen in citizens}
        return [
            self._opening(opening, by_key[opening.citizen])
            for opening in self._books.openings
            if opening.channel in self._samples
        ]

    def drawn(self, opened: datetime, citizens: Sequence[Citizen]) -> Draft:
        """Somebody writes then, about something, by one of the channels."""
        dice = self._dice
        citizen = dice.pick(citizens)
        matter = self._matter(self._language(citizen))
        promise = self._promise(matter)
        queue = self._queue(matter)
        pace = _PACE.get(queue, 1.0)
        steps = schedule(matter, opened=opened, promise=promise, pace=pace, dice=dice)
        doors = (sample for sample in self._samples.values() if _address(citizen, sample) is not None)
        name = dice.weighted({sample.name: sample.page["share"] for sample in doors})
        slower = self._samples[name].page.get("slower", {}).get(matter.service, 1.0)
        if slower > 1:  # the office is slower by this door: what the consistency report is to find
            own = Dice(self._seed, "slower", opened)
            steps = schedule(matter, opened=opened, promise=promise, pace=pace, dice=own, slower=slower)
        past = tuple(step for step in steps if step.at <= max(opened, self._now))
        return replace(self._made(citizen, matter, self._samples[name], steps), steps=past)

    def spoken(self, opened: datetime, citizen: Citizen, sample: ChannelSample) -> Draft:
        """They call then, about something that needs no paper; with all that would follow, also what lies ahead."""
        language = self._language(citizen)
        matter = self._matter(language)
        while matter.turns[0].files:
            matter = self._matter(language)
        pace = _PACE.get(self._queue(matter), 1.0) * sample.page["pace"]
        steps = schedule(matter, opened=opened, promise=self._promise(matter), pace=pace, dice=self._dice)
        return self._made(citizen, matter, sample, steps)

    def _language(self, citizen: Citizen) -> str:
        return "zh" if citizen.customer.language == "zh" and self._dice.chance(0.92) else "en"

    def _opening(self, opening: Opening, citizen: Citizen) -> Draft:
        matter = opening.matter
        if opening.due is None:
            last = self._now - (opening.ended or timedelta())
        else:
            last = self._when_due(matter, promise=self._promise(matter), left=opening.due)
        draft = self._made(citizen, matter, self._samples[opening.channel], exact(matter, last=last))
        return replace(draft, opening=opening, slots={**draft.slots, **opening.slots})

    def _made(self, citizen: Citizen, matter: Matter, sample: ChannelSample, steps: tuple[Step, ...]) -> Draft:
        queue = self._queue(matter)
        local = steps[0].at.astimezone(self._zone)
        promised = promised_day(answered(steps).astimezone(self._zone))
        slots = fill(self._books, citizen, language=matter.language, opened=local, promised=promised, dice=self._dice)
        inbox = self._inbox(sample, queue=queue)
        address = _address(citizen, sample) or citizen.mail
        return Draft(citizen, matter, sample, inbox, queue, self._promise(matter), slots, steps, address)

    def _matter(self, language: str) -> Matter:
        """The next script of a service's deck; Chinese scripts are fewer and share one deck."""
        slug = self._dice.weighted(self._weights) if language == "en" else ""
        deck = self._decks.setdefault((slug, language), [])
        if not deck:
            fitting = [matter for matter in self._written[language] if matter.service == slug or not slug]
            deck.extend(self._dice.shuffled(fitting))
        return deck.pop()

    def _inbox(self, sample: ChannelSample, *, queue: str) -> Inbox:
        """The mailbox of the queue, if it has one and people know it; the general one otherwise."""
        own = [inbox for inbox in self._house.inboxes if inbox.channel == sample.name]
        fitting = [inbox for inbox in own if inbox.queue == self._house.queues[queue].id]
        known = fitting and (queue == "chinese" or self._dice.chance(0.6))
        return fitting[0] if known else own[0]

    def _promise(self, matter: Matter) -> Promise:
        house, service = self._house, self._house.services[matter.service]
        policy = next(policy for policy in house.policies.values() if policy.id == service.policy)
        calendar = next(calendar for calendar in house.calendars.values() if calendar.id == policy.calendar)
        return Promise(policy, calendar)

    def _queue(self, matter: Matter) -> str:
        wanted = self._house.services[matter.service].queue
        return next(slug for slug, queue in self._house.queues.items() if queue.id == wanted)

    def _when_due(self, matter: Matter, *, promise: Promise, left: timedelta) -> datetime:
        """When the citizen must have written for so much open time to be left: halving the days before."""
        first = not any(turn.who == "agent" for turn in matter.turns)
        early, late = self._now - timedelta(days=12), self._now - timedelta(seconds=30)
        for _ in range(40):
            middle = early + (late - early) / 2
            due = due_after(middle, promise=promise, first=first)
            if sla.slack(due, at=self._now, calendar=promise.calendar) > left:
                late = middle
            else:
                early = middle
        return early


def _address(citizen: Citizen, sample: ChannelSample) -> Address | None:
    return citizen.at(sample.writes_from, looks=sample.page.get("person", ""))


def due_after(written: datetime, *, promise: Promise, first: bool) -> datetime:
    """When the answer to words written then is due."""
    policy, calendar = promise.policy, promise.calendar
    if first:
        due = sla.first_due(written, policy=policy, calendar=calendar, live=False)
    else:
        due = sla.next_due(written, policy=policy, calendar=calendar)
    assert due is not None, "a calendar of the city never opens"
    return due


def with_backlog(drafts: list[Draft], *, quotas: dict[str, dict[str, int]], now: datetime, dice: Dice) -> list[Draft]:
    """The drafts with enough of them cut short that each queue has its backlog."""
    shaped = list(drafts)
    for queue, quota in quotas.items():
        for state in ("ours", "waiting", "on_hold"):
            there = Counter(standing(draft.steps) for draft in shaped if draft.queue == queue)[state]
            cuts = _cuts(shaped, queue=queue, state=state, now=now, dice=dice)
            for index, length in cuts[: max(0, quota[state] - there)]:
                shaped[index] = replace(shaped[index], steps=shaped[index].steps[:length])
    return shaped


def _cuts(drafts: list[Draft], *, queue: str, state: str, now: datetime, dice: Dice) -> list[tuple[int, int]]:
    """Where drafts could end in this state: (which, after how many steps), the best first, each draft once."""
    ends: dict[int, tuple[float, int]] = {}
    for index, draft in enumerate(drafts):
        if draft.queue != queue or standing(draft.steps) != "over":
            continue
        for length in range(len(draft.steps), 0, -1):
            part = draft.steps[:length]
            if part[-1].turn.who in ("citizen", "agent") and standing(part) == state:
                cost = _cost(draft, part, state=state, now=now)
                if cost is not None:
                    end = (cost * dice.stretch(0.7), _with_taker(draft, length))
                    ends[index] = min(end, ends.get(index, end))
    return [(index, length) for index, (_, length) in sorted(ends.items(), key=lambda end: end[1])]


def _cost(draft: Draft, part: tuple[Step, ...], *, state: str, now: datetime) -> float | None:
    """How far from a believable end this is (seconds); None if it cannot be one."""
    age = now - part[-1].at
    if state != "ours":
        return age.total_seconds() if age < timedelta(days=12) else None
    first = not any(step.turn.who == "agent" for step in part)
    due = due_after(part[-1].at, promise=draft.promise, first=first)
    left = sla.slack(due, at=now, calendar=draft.promise.calendar)
    latest = _LATEST if draft.promise.policy.first_deferred > timedelta(hours=2) else timedelta(minutes=25)
    if left <= -latest:
        return None
    asks = any(step.turn.who not in ("citizen", "solve", "close") for step in draft.steps[len(part) :])
    return (abs(left.total_seconds() - 3600 * 3) + 600) * (1 if asks else 8)  # a thank-you is no backlog


def _with_taker(draft: Draft, length: int) -> int:
    """Where the next step is that somebody takes it, it often still happens."""
    following = draft.steps[length : length + 1]
    taken = following and following[0].turn.who == "assign" and _share(draft) < 0.25
    return length + 1 if taken else length


def _share(draft: Draft) -> float:
    """A number in [0, 1) that belongs to the draft: the same in every run, unlike `hash`."""
    return draft.opened.microsecond % 1000 / 1000
