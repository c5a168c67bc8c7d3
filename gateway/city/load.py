"""Writes the planned city into the record, in parts, through the Desk as the importer.

How far it came stands in the record with the hour it was planned for. A start that finds
it half done plans the same city again (the plan is pure) and goes on; one that finds it
whole has nothing to do.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_core.actions.desk import Desk
from crm_core.actions.importing import Batch, announce_city, import_batch
from crm_core.model.actor import Actor
from crm_core.model.blob import Blob
from crm_core.model.event import MessageEvent
from crm_core.queries import setup
from gateway.city.books import ChannelSample
from gateway.city.files import sheets
from gateway.city.plan import SEED, City, plan
from gateway.city.played import Past

NAME = "larkhaven"
IMPORTER = Actor.importer(NAME)

_SETTING = "sample city"
_VALUES = 400
_EVENTS = 500

Progress = Callable[[int, int], None]
"""Called after each part with how many parts are written, and of how many."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the city is written: the hour and seed of its plan, and the parts that are done."""

    now: datetime
    seed: int
    done: int
    of: int

    @property
    def whole(self) -> bool:
        """Whether nothing is left to write."""
        return self.done >= self.of

    def text(self) -> str:
        """As it is kept in the record."""
        return json.dumps({"now": self.now.isoformat(), "seed": self.seed, "done": self.done, "of": self.of})

    @classmethod
    def read(cls, text: str) -> "Mark":
        """What `text` wrote."""
        page = json.loads(text)
        return cls(datetime.fromisoformat(page["now"]), page["seed"], page["done"], page["of"])


async def load(
    desk: Desk,
    samples: Sequence[ChannelSample],
    *,
    now: datetime,
    key: bytes,
    seed: int = SEED,
    progress: Progress = lambda _done, _of: None,
) -> bool:
    """Bring the city into an empty record; whether there was anything to do. `key` signs Message-IDs."""
    mark = await marked(desk)
    if mark is not None and mark.whole:
        return False
    begun = mark or Mark(now, seed, 0, 1)
    city = await asyncio.to_thread(plan, samples, now=begun.now, seed=begun.seed, key=key)
    parts = _parts(city)
    for done in range(begun.done, len(parts)):
        reached = Mark(begun.now, begun.seed, done + 1, len(parts))
        if reached.whole:
            await desk.do(IMPORTER, announce_city, NAME, counts=_counts(city))
        await desk.do(IMPORTER, import_batch, parts[done], name=_SETTING, mark=reached.text())
        progress(done + 1, len(parts))
    return True


async def marked(desk: Desk) -> Mark | None:
    """How far the city is written; None if it never was begun."""
    text = await desk.ask(IMPORTER, setup.setting, _SETTING)
    return None if text is None else Mark.read(text)


def _parts(city: City) -> list[Batch]:
    """Values before the events that tell of them; the last part only says that all is written."""
    contents = [Blob(sheet.digest, len(sheet.content), sheet.content) for sheet in sheets().values()]
    values = city.values()
    parts = [Batch(contents=contents)]
    parts += [Batch(values=values[at : at + _VALUES]) for at in range(0, len(values), _VALUES)]
    told = [event for event in city.past if not isinstance(event.event, MessageEvent)]
    parts += [Batch(past=[(event.at, event.event) for event in some]) for some in _by_moments(told)]
    return [*parts, Batch()]


def _by_moments(past: Sequence[Past]) -> list[Sequence[Past]]:
    """In portions; what happened in one moment stays together."""
    portions, begin = [], 0
    for at in range(1, len(past)):
        if at - begin >= _EVENTS and past[at].at != past[at - 1].at:
            portions.append(past[begin:at])
            begin = at
    return [*portions, past[begin:]]


def _counts(city: City) -> dict[str, int]:
    return {
        "services": len(city.house.services),
        "agents": len(city.house.agents),
        "customers": len(city.customers),
        "tickets": len(city.tickets),
        "messages": len(city.messages),
    }
