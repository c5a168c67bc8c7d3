"""Who calls the city's line, what about, and what becomes of it: drawn before it is played, and nobody talks twice at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm_core.model.address import Address
from crm_core.model.agent import Agent
from crm_core.model.call import CallEnding
from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import AgentId, CallId, CustomerId, IdentityId
from crm_core.model.queue import Queue
from crm_core.rules import callers
from gateway.city.books import Books, ChannelSample, Page
from gateway.city.citizens import Citizen, telephones
from gateway.city.dice import Dice
from gateway.city.drafts import Draft, Drafter
from gateway.city.house import CityHouse
from gateway.city.roster import Roster
from gateway.city.schedule import arrivals

OVER_BY = timedelta(minutes=45)
"""Whoever called so long before the loading hour has hung up by then, callbacks and all: no call is going on."""

_ASKED = 5
"""So many are looked for who are free, before somebody waits."""

_SHORT = 0.2
"""Of those who give up, who change their mind at once."""

_FIRST_LIGHT, _LAST_LIGHT = 8, 20
"""Nobody is called back at night."""


class Becomes(StrEnum):
    """What becomes of a call that waits."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    MESSAGE = "message"
    CALLBACK = "callback"


_WAITING_NOW = ((Becomes.MESSAGE, timedelta(minutes=52)), (Becomes.ABANDONED, timedelta(minutes=47)))
"""What always stands open when the city opens, and how long ago they called."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A call back: when, whether they were reached, and when it was over."""

    at: datetime
    reached: bool
    over: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call before it is played. `number` is None where they withhold it.

    They wait from `enters` on, until they are `answered`, or until they do something else (`leaves`).
    `taker` has it, and `asks` is who gets it from them. `follows`: when what is not solved by then (`solves`) is taken
    and solved by whoever it is passed on to (`moves`), or who talked. `tries` are calls back to who was missed.
    """

    id: CallId
    draft: Draft
    number: str | None
    becomes: Becomes
    enters: datetime
    taker: Agent
    over: datetime
    answered: datetime | None = None
    leaves: datetime
    asks: Agent | None = None
    ending: CallEnding = CallEnding.CALLER
    wraps: timedelta = timedelta(seconds=40)
    picks_up: timedelta = timedelta(seconds=9)
    speaks: timedelta = timedelta()
    solves: bool = False
    moves: bool = False
    stands: str = "waiting"
    follows: tuple[datetime, datetime]
    tries: tuple[Tried, ...] = ()


@dataclass(slots=True)
class Line:
    """Everybody who calls, drawn one after another; who is on the line until when is kept.

    The pictures' people (`named`) call only where they share a telephone: their pages stay as they are drawn.
    """

    books: Books
    house: CityHouse
    sample: ChannelSample
    citizens: Sequence[Citizen]
    named: frozenset[str]
    roster: Roster
    now: datetime
    seed: int
    dice: Dice = field(init=False)
    _drafter: Drafter = field(init=False)
    _busy: dict[AgentId, datetime] = field(default_factory=dict)
    _fates: dict[str, list[Becomes]] = field(default_factory=dict)
    _numbers: Iterator[str] = field(init=False)
    _known: list[tuple[Citizen, str]] = field(init=False)
    _families: list[tuple[Citizen, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.dice = Dice(self.seed, "callers", self.sample.name)
        self._drafter = Drafter(
            self.books, self.house, [self.sample], now=self.now, seed=self.seed, purpose=self.sample.name
        )
        known = {one.address.value for citizen in self.citizens for one in citizen.identities}
        free = [number for number in telephones(self.books.people) if number not in known]
        self._numbers = iter(self.dice.shuffled(free))
        self._families = [(one, tel) for one in self.citizens if (tel := _telephone(one, shared=True))]
        others = (one for one in self.citizens if one.key not in self.named)
        self._known = [(one, tel) for one in others if (tel := _telephone(one, shared=False))]

    def calls(self, *, beside: float, written: int) -> list[Called]:
        """Sixty days of them: as many as the sample's share beside those who write (`beside`: all their shares)."""
        count = round(written * self.sample.page["share"] / beside)
        page, zone = self.books.city["arrivals"], ZoneInfo(self.books.city["zone"])
        came = arrivals({**page, "tickets": count}, now=self.now - OVER_BY, zone=zone, dice=self.dice)
        family = set(self.dice.shuffled(came)[: self.sample.page["family"]])
        history = [self._called(at, who="family" if at in family else self._who()) for at in came]
        open_ones = [self._called(self.now - ago, who="known", waits=fate) for fate, ago in _WAITING_NOW]
        return sorted([*history, *open_ones], key=lambda one: one.draft.opened)

    def _who(self) -> str:
        return str(self.dice.weighted(self.sample.page["who"]))

    def _called(self, at: datetime, *, who: str, waits: Becomes | None = None) -> Called:
        """`waits`: what became of it, and nobody has called them back yet."""
        dice, id = self.dice, self.dice.id(CallId, at=at)
        enters = at + timedelta(seconds=dice.number(8, 17))
        drawn, number = self._caller(who)
        draft = self._drafter.spoken(at, drawn, self.sample)
        if number is None or who == "new":
            draft = replace(draft, citizen=_stranger(draft, id, number, dice=dice, at=enters))
        fate = waits or self._fate(draft.matter.language, number)
        return self._waited(draft, id, number, fate, enters=enters, waits=waits is not None)

    def _fate(self, language: str, number: str | None) -> Becomes:
        """Dealt like cards, for each language, so that the shares hold and nothing is missing."""
        deck = self._fates.setdefault(language, [])
        if not deck:
            wanted = self.sample.page["becomes"].items()
            deck.extend(self.dice.shuffled([Becomes(name) for name, many in wanted for _ in range(many)]))
        needs_number = {Becomes.MESSAGE, Becomes.CALLBACK} if number is None else frozenset[Becomes]()
        fitting = next((fate for fate in deck if fate not in needs_number), Becomes.ANSWERED)
        if fitting in deck:
            deck.remove(fitting)
        return fitting

    def _caller(self, who: str) -> tuple[Citizen, str | None]:
        """Whoever it is, and the number they are seen to call from."""
        there = self._families if who == "family" else self._known
        citizen, tel = self.dice.pick(there)
        if who == "withheld":
            return citizen, None
        return citizen, next(self._numbers) if who == "new" else tel

    def _waited(
        self, draft: Draft, id: CallId, number: str | None, fate: Becomes, *, enters: datetime, waits: bool
    ) -> Called:
        dice, line = self.dice, self._queue(draft.inbox.queue)
        leaves = enters + self._patience(fate)
        wanted = leaves + timedelta(seconds=dice.number(150, 560)) if fate is Becomes.CALLBACK else leaves
        taker, answered = self._free(line, draft, at=wanted)
        over = answered + self._talk()
        asks = self._colleague(draft, taker) if fate is Becomes.ANSWERED and dice.chance(_page(draft)["asks"]) else None
        wraps = timedelta(seconds=dice.number(18, 57))
        speaks = timedelta(seconds=dice.number(14, 48))
        tries = self._tries(leaves + speaks, waits=waits) if fate in (Becomes.ABANDONED, Becomes.MESSAGE) else ()
        if fate in (Becomes.ANSWERED, Becomes.CALLBACK):
            self._busy[taker.id] = over + wraps
        over = tries[-1].over if tries else over
        follows = _follows(draft, over=over)
        first = next((turn for turn in draft.matter.turns if turn.who == "agent"), None)
        solves = first is None or first.word == "solved"
        return Called(
            id=id,
            draft=draft,
            number=number,
            becomes=fate,
            enters=enters,
            taker=taker,
            over=over,
            answered=answered if fate in (Becomes.ANSWERED, Becomes.CALLBACK) else None,
            leaves=leaves,
            asks=asks,
            ending=CallEnding.CALLER if dice.chance(0.8) else CallEnding.AGENT,
            wraps=wraps,
            picks_up=timedelta(seconds=dice.number(5, 14)),
            speaks=speaks,
            solves=solves,
            moves=not solves and self._has_an_office(draft) and dice.chance(_page(draft)["moves"]),
            stands=(first.word if first is not None else "") or "waiting",
            follows=follows,
            tries=tries,
        )

    def _has_an_office(self, draft: Draft) -> bool:
        return bool(draft.matter.service != self.books.city["general"])

    def _patience(self, fate: Becomes) -> timedelta:
        dice = self.dice
        match fate:
            case Becomes.ANSWERED:
                return timedelta(seconds=min(2 + 9 * dice.stretch(0.8), 170))
            case Becomes.ABANDONED if dice.chance(_SHORT):
                return timedelta(seconds=dice.number(2, 4))
            case Becomes.ABANDONED:
                return timedelta(seconds=dice.number(22, 260))
            case Becomes.MESSAGE:
                return timedelta(seconds=dice.number(45, 200))
            case Becomes.CALLBACK:
                return timedelta(seconds=dice.number(122, 230))

    def _talk(self) -> timedelta:
        return timedelta(seconds=min(840, max(45, 185 * self.dice.stretch(0.55))))

    def _free(self, line: Queue, draft: Draft, *, at: datetime) -> tuple[Agent, datetime]:
        """Somebody who is on no other call then; where all are, the one who is free first."""
        asked = list[Agent]()
        for _ in range(_ASKED):
            one = self._taker(line, draft)
            if self._busy.get(one.id, at) <= at:
                return one, at
            asked.append(one)
        first = min(asked, key=lambda one: self._busy[one.id])
        return first, self._busy[first.id] + timedelta(seconds=2)

    def _taker(self, queue: Queue, draft: Draft) -> Agent:
        found = self.roster.taker(queue, language=draft.matter.language, in_hand=False)
        assert found is not None, "a line without a team"
        return found

    def _colleague(self, draft: Draft, taker: Agent) -> Agent | None:
        """Of those who know the matter, somebody else."""
        asked = self._taker(self.house.queues[draft.queue], draft)
        return asked if asked.id != taker.id else None

    def _tries(self, missed: datetime, *, waits: bool) -> tuple[Tried, ...]:
        """Called back within the hour, as a rule; whom nobody reaches, once more after a while."""
        if waits:
            at = self.now + timedelta(minutes=30)
            return (Tried(at, reached=True, over=at + self._talk()),)
        made = list[Tried]()
        at = missed + timedelta(minutes=6) + timedelta(seconds=self.dice.waiting(45 * 60))
        for reached in ((True,), (False, True))[self.dice.chance(0.2)]:
            at = self._by_day(at)
            lasts = self._talk() if reached else timedelta(seconds=self.dice.number(22, 30))
            made.append(Tried(at, reached=reached, over=at + timedelta(seconds=45) + lasts))
            at += timedelta(minutes=self.dice.number(70, 160))
        return tuple(made)

    def _by_day(self, at: datetime) -> datetime:
        local = at.astimezone(ZoneInfo(self.books.city["zone"]))
        if _FIRST_LIGHT <= local.hour < _LAST_LIGHT:
            return at
        day = local.date() + timedelta(days=local.hour >= _LAST_LIGHT)
        morning = datetime.combine(day, time(_FIRST_LIGHT, self.dice.number(3, 50), self.dice.number(0, 59)))
        return morning.replace(tzinfo=local.tzinfo).astimezone(at.tzinfo)

    def _queue(self, id: str) -> Queue:
        return next(queue for queue in self.house.queues.values() if queue.id == id)


def _page(draft: Draft) -> Page:
    return draft.sample.page


def _telephone(citizen: Citizen, *, shared: bool) -> str | None:
    tels = (one for one in citizen.identities if one.address.scheme == "tel" and one.shared is shared)
    return next((one.address.value for one in tels), None)


def _follows(draft: Draft, *, over: datetime) -> tuple[datetime, datetime]:
    """As long as the same matter takes that somebody wrote: the script's last end, before it is closed for good."""
    ended = max(draft.steps[-2].at, over + timedelta(minutes=30))
    taken = next((step.at for step in draft.steps if step.turn.who == "assign"), ended)
    return min(max(taken, over + timedelta(minutes=5)), ended - timedelta(minutes=10)), ended


def _stranger(draft: Draft, id: CallId, number: str | None, *, dice: Dice, at: datetime) -> Citizen:
    """Whom we do not know: filed under their number, or as nobody; what they say of themselves stands in words."""
    language = draft.matter.language
    customer = Customer(dice.id(CustomerId, at=at), number or callers.SOMEBODY[language], language, at)
    address = Address("caller", id) if number is None else Address.phone(number)
    evidence = "claimed" if number is None else "carrier"
    identity = Identity(dice.id(IdentityId, at=at), customer.id, address, evidence=evidence, created_at=at)
    return replace(draft.citizen, key=f"caller {id}", customer=customer, identities=(identity,))
