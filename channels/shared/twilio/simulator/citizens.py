"""People with phones who text the city, read its answers, and mostly answer once."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from channels.shared.twilio.naming import PREFIX
from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.carrier import Text

ANSWERS = 0.7
PHONES = 60


@cache
def _said() -> list[dict[str, Any]]:
    page = tomllib.loads(Path(__file__).with_name("citizens.toml").read_text("utf-8"))
    return list(page["said"])


@dataclass
class Citizens:
    """`say` gets a line for each thing that happens."""

    simulator: Simulator
    random: Random
    say: Callable[[str], None]
    _ahead: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def write(self) -> None:
        """Somebody has a new matter."""
        to = self.random.choice([one.number for one in self.simulator.carrier.numbers.values() if not one.voice])
        phone = f"+1555014{2000 + self.random.randrange(PHONES)}"
        sender = f"{PREFIX}{phone}" if to.startswith(PREFIX) else phone
        matter = self.random.choice(_said())
        self._ahead[sender, to] = list(matter["then"])
        self._send(sender, to=to, body=matter["first"])

    def read(self, text: Text) -> None:
        """An answer arrived; there may be one to it."""
        self.say(f"{text.to.removeprefix(PREFIX)}  got    {_short(text.body)}")
        ahead = self._ahead.get((text.to, text.sender), [])
        if ahead and self.random.random() < ANSWERS:
            self._send(text.to, to=text.sender, body=ahead.pop(0))

    def _send(self, sender: str, *, to: str, body: str) -> None:
        self.simulator.write(sender, to=to, body=body)
        self.say(f"{sender.removeprefix(PREFIX)}  wrote  {_short(body)}")


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 70 else f"{line[:69]}…"
