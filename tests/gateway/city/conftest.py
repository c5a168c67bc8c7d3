"""One city for all tests that only look at it, in whichever worker they are: making one takes seconds."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crm_core.model.feedback import Asks
from crm_core.model.inbox import Capabilities
from gateway.city.books import ChannelSample, samples_at
from gateway.city.plan import City, plan
from tests.peers.kept import locked

NOW = datetime(2026, 11, 23, 15, 26, 4, tzinfo=UTC)  # a Monday, 10:26 in Larkhaven
HOURS = [0, 15, *(pytest.param(later, marks=pytest.mark.long) for later in (7, 40))]
"""After that; a city takes seconds to plan."""


def samples() -> list[ChannelSample]:
    """The channels' samples, with what each can carry (the registry is wiring's alone)."""
    mail = Capabilities(html=True, files=True, subject=True, threads=True, asks=Asks.LINK, order=40, icon="mail")
    form = Capabilities(files=True, subject=True, threads=True, starts=False, replies=False, order=60, icon="form")
    text = Capabilities(length=160, parts=10, asks=Asks.LINK, order=20, icon="text")
    bubble = Capabilities(files=True, length=4096, parts=5, starts=False, asks=Asks.BUTTONS, order=30, icon="message")
    call = Capabilities(
        text=False, files=True, live=True, threads=True, starts=False, replies=False, calls=True, units=4
    )
    written = {"smtp": ("mailto", mail), "form": ("", form), "twilio": ("tel", text), "telegram": ("telegram", bubble)}
    doors = {**written, "phone": ("tel", call)}
    return [
        ChannelSample(sample.name, scheme, can, sample.page)
        for door, (scheme, can) in doors.items()
        for sample in samples_at(door)
    ]


SPOKEN = frozenset(sample.name for sample in samples() if sample.can.calls)
"""Channels whose contacts are calls."""


def planned(room: Path, *, now: datetime) -> City:
    """Larkhaven at this hour, planned once for the run. `room` is the folder that all workers share."""
    kept = room / f"planned-{now:%Y%m%dT%H%M}.pickle"
    with locked(kept.with_suffix(".lock")):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(plan(samples(), now=now)))
    city: City = pickle.loads(kept.read_bytes())
    return city


@pytest.fixture(scope="session")
def city(room_of_the_run: Path) -> City:
    """Larkhaven on a Monday morning."""
    return planned(room_of_the_run, now=NOW)


@pytest.fixture(scope="session", params=HOURS, ids=lambda hours: f"{hours}h-later")
def any_city(request: pytest.FixtureRequest, city: City, room_of_the_run: Path) -> tuple[City, datetime]:
    """Larkhaven at other hours, too: in the evening, at night, early, on another day."""
    now = NOW + timedelta(hours=request.param)
    return (planned(room_of_the_run, now=now) if request.param else city), now


@pytest.fixture(scope="session")
def postgres_template() -> str:
    """The city comes into an empty record."""
    return "template0"
