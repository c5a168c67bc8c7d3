"""The city's books: its TOML files read into values, checked as they are read.

Whatever a file says wrongly (an unknown service, a turn nobody can play) is found here,
with the file's own words, and not as a strange ticket on the screen.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from channels.contract import ChannelType
from crm_core.model.inbox import Capabilities

Page = dict[str, Any]

_TURN = re.compile(r"(?P<who>[a-z.]+)(?P<marks>(?: \+\d+[mhd]| \[[a-z -]+\]| [a-z_-]+)*): (?P<text>.+)", re.DOTALL)
_SPAN = re.compile(r"(-?\d+)([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of a conversation: who, how long after the step before, what they say, with which files.

    Who is `citizen`, `agent`, `note`, `colleague`, `move`, `raise`, or a colleague by name.
    `word` is the status that an agent leaves, the queue it moves to, or the new priority.
    """

    who: str
    after: timedelta
    text: str
    word: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """A script: what people write about one service, and how it goes on.

    `answers` are those to questions of its form that hang on what it is about, by key: an
    option in English, anything else in the words of the script.
    """

    service: str
    language: str
    priority: str
    subjects: tuple[str, ...]
    turns: tuple[Turn, ...]
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Opening:
    """A matter of a named citizen that stands open at the loading hour.

    `due` is how far the promise is then; `ended` how long ago the last step was.
    """

    citizen: str
    channel: str
    assignee: str
    matter: Matter
    due: timedelta | None
    ended: timedelta | None
    slots: dict[str, str]


@dataclass(frozen=True, slots=True)
class ChannelSample:
    """What a channel brings to the sample city, read from its folder's `sample.toml`."""

    name: str
    scheme: str
    can: Capabilities
    page: Page

    @property
    def writes_from(self) -> str:
        """Of which scheme people's addresses are here; where nothing goes back to, it is where mail goes."""
        return self.scheme or "mailto"


@dataclass(frozen=True, slots=True)
class Books:
    """All pages of a city."""

    city: Page
    staff: list[Page]
    services: Page
    catalogue: Page
    answers: Page
    people: Page
    neighbours: Page
    places: Page
    ratings: Page
    matters: tuple[Matter, ...]
    openings: tuple[Opening, ...]


def sample_of(kind: ChannelType) -> ChannelSample | None:
    """What this channel brings, or None if its folder has no sample."""
    folder = kind.settings.__module__.rpartition(".")[0]  # wherever it was found
    page = files(folder) / "sample.toml"
    if not page.is_file():
        return None
    return ChannelSample(kind.name, kind.address_scheme, kind.capabilities, _read(page))


def samples_at(door: str) -> list[ChannelSample]:
    """The samples of all channels that are driven through this door (`smtp`, `form`), by their folders."""
    pages = ((folder.name, folder / "sample.toml") for folder in files("channels").iterdir())
    read = [(name, _read(page)) for name, page in sorted(pages, key=lambda one: one[0]) if page.is_file()]
    return [ChannelSample(name, "mailto", Capabilities(), page) for name, page in read if page["door"] == door]


@cache
def books() -> Books:
    """Larkhaven's books. Raises ValueError where a page is wrong."""
    shelf = files("gateway.city") / "larkhaven"
    services = _read(shelf / "services.toml")
    known = {service["slug"] for service in services["service"]}
    pages = sorted((shelf / "matters").iterdir(), key=lambda page: page.name)
    matters = [_matter(page, known=known) for file in pages for page in _read(file)["matter"]]
    return Books(
        city=_read(shelf / "city.toml"),
        staff=_read(shelf / "staff.toml")["agent"],
        services=services,
        catalogue=_read(shelf / "catalogue.toml"),
        answers=_read(shelf / "answers.toml"),
        people=_read(shelf / "people.toml"),
        neighbours=_read(shelf / "neighbours.toml"),
        places=_read(shelf / "places.toml"),
        ratings=_read(shelf / "ratings.toml"),
        matters=tuple(matters),
        openings=tuple(_opening(page, known=known) for page in _read(shelf / "opening.toml")["opening"]),
    )


def span(text: str) -> timedelta:
    """`90s`, `20m`, `4h`, `2d` or `-42m` as a duration. Raises ValueError."""
    found = _SPAN.fullmatch(text)
    if not found:
        raise ValueError(f"not a duration: {text!r}")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def turn(text: str) -> Turn:
    """A turn as it stands in a script: `who +3h word [file file]: words`. Raises ValueError."""
    found = _TURN.fullmatch(text)
    if not found:
        raise ValueError(f"nobody can play this turn: {text[:60]!r}")
    marks = re.findall(r"\+\d+[mhd]|\[[a-z -]+\]|[a-z_-]+", found["marks"])
    after = next((span(mark[1:]) for mark in marks if mark[0] == "+"), timedelta())
    attached = next((tuple(mark[1:-1].split()) for mark in marks if mark[0] == "["), ())
    word = next((mark for mark in marks if mark[0] not in "+["), "")
    return Turn(found["who"], after, found["text"].strip(), word, attached)


def _matter(page: Page, *, known: set[str]) -> Matter:
    if page["service"] not in known:
        raise ValueError(f"no such service: {page['service']!r}")
    return Matter(
        page["service"],
        page.get("lang", "en"),
        page.get("priority", "normal"),
        tuple(page["subjects"]),
        tuple(turn(text) for text in page["turns"]),
        page.get("answers", {}),
    )


def _opening(page: Page, *, known: set[str]) -> Opening:
    due, ended = page.get("due"), page.get("ended")
    return Opening(
        page["citizen"],
        page["channel"],
        page["assignee"],
        _matter(page, known=known),
        span(due) if due else None,
        span(ended) if ended else None,
        {name: page[name] for name in ("plate", "zone") if name in page},
    )


def _read(page: Traversable) -> Page:
    return tomllib.loads(page.read_text(encoding="utf-8"))
