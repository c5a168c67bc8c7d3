"""People who call: they come at random moments, wait as long as they have patience, press keys, talk, and hang up.

Nothing is recorded of them but what a counting board could be compared with.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from channels.shared.twilio.simulator.exchange import Exchange
from channels.shared.twilio.simulator.lines import Line

_MAY_WE_RECORD = re.compile(r"record.*press 1|录音.*按 1")
NUMBERS = "+155501421{:02}"
WORDS = (
    "My street lamp has been out since Monday.",
    "When is the next collection of bulky waste?",
    "I have moved, and want to tell you my new address.",
)


@dataclass
class Person:
    """One caller: `patience` and `talks` in seconds; `keys` are pressed one after another, whenever they are asked.

    `agrees` is the key they press when they are asked whether they may be recorded; none: they say nothing to it.
    `became` says in words what became of their call, once it is over.
    """

    number: str
    patience: float
    talks: float
    keys: list[str] = field(default_factory=list)
    message: tuple[int, str] = (0, "")
    agrees: str = ""
    became: str = ""
    heard: list[str] = field(default_factory=list)

    def hears(self, words: str) -> None:
        """They remember it."""
        self.heard.append(words)

    def presses(self) -> str:
        """The next key they mean to press."""
        if self.heard and _MAY_WE_RECORD.search(self.heard[-1]):
            return self.agrees
        return self.keys.pop(0) if self.keys else ""

    def says(self) -> tuple[int, str]:
        """What they leave as a message: how long, and the words."""
        return self.message


@dataclass
class Answering:
    """A telephone that answers after so many seconds, or says why not; whoever holds it presses nothing."""

    exchange: Exchange
    after: float = 1.0
    result: str = "in-progress"
    rang: int = 0
    on: list[Line] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    async def ring(self, line: Line) -> str:
        """As it was set."""
        self.rang += 1
        await self.exchange.pass_(self.after)
        if self.result == "in-progress":
            self.on.append(line)
            self.exchange.callers[line.sid] = self
        return self.result

    def hears(self, words: str) -> None:
        """They remember it."""
        self.heard.append(words)

    def presses(self) -> str:
        """Nothing."""
        return ""

    def says(self) -> tuple[int, str]:
        """Nothing."""
        return 0, ""

    def over(self, line: Line) -> None:
        """It is put down."""
        if line in self.on:
            self.on.remove(line)


@dataclass
class Callers:
    """A population. `called` is told of each call when it is over."""

    exchange: Exchange
    random: Random
    called: Callable[[Line, Person], None] = lambda _line, _person: None
    placed: list[tuple[Line, Person]] = field(default_factory=list)

    async def call(self, person: Person, *, to: str) -> Line:
        """From dialling to hanging up."""
        line = self.exchange.call(person.number, to=to, caller=person)
        self.placed.append((line, person))
        ends = asyncio.get_running_loop().time() + person.patience * self.exchange.scale
        while not line.over and not self._talks(line) and asyncio.get_running_loop().time() < ends:
            await self.exchange.pass_(0.2)
        talks = self._talks(line)
        person.became = "talked with somebody" if talks else "pressed a key or left word" if line.over else "gave up"
        if talks:
            await self.exchange.pass_(person.talks)
        self.exchange.hang_up(line)
        self.called(line, person)
        return line

    def drawn(self) -> Person:
        """Somebody: most are patient, some are not, a few withhold their number or press a key."""
        dice = self.random
        number = "+266696687" if dice.random() < 0.05 else NUMBERS.format(dice.randrange(100))
        keys = [dice.choice(["1", "2"])] if dice.random() < 0.1 else []
        patience, talks, message = dice.expovariate(1 / 90), dice.uniform(20, 180), (8, dice.choice(WORDS))
        return Person(number, patience, talks, keys, message, agrees=dice.choice(["1", "1", "2", ""]))

    def _talks(self, line: Line) -> bool:
        return any(line.sid in room.talking() and len(room.talking()) > 1 for room in self.exchange.rooms.values())
