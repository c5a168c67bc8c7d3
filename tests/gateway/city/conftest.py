"""One city for all tests that only look at it: making one takes a second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm_core.model.inbox import Capabilities
from gateway.city.books import ChannelSample, samples_at
from gateway.city.plan import City, plan

NOW = datetime(2026, 11, 23, 15, 26, 4, tzinfo=UTC)  # a Monday, 10:26 in Larkhaven


def samples() -> list[ChannelSample]:
    """The channels' samples, with what each can carry (the registry is wiring's alone)."""
    mail = Capabilities(html=True, files=True, subject=True, threads=True, order=40, icon="mail")
    form = Capabilities(files=True, subject=True, threads=True, starts=False, replies=False, order=60, icon="form")
    return [
        ChannelSample(sample.name, "mailto" if can.replies else "", can, sample.page)
        for door, can in (("smtp", mail), ("form", form))
        for sample in samples_at(door)
    ]


@pytest.fixture(scope="session")
def city() -> City:
    """Larkhaven on a Monday morning."""
    return plan(samples(), now=NOW)


@pytest.fixture(scope="session", params=[0, 7, 15, 40], ids=lambda hours: f"{hours}h-later")
def any_city(request: pytest.FixtureRequest, city: City) -> tuple[City, datetime]:
    """Larkhaven at other hours, too: in the evening, at night, early, on another day."""
    now = NOW + timedelta(hours=request.param)
    return (plan(samples(), now=now) if request.param else city), now


@pytest.fixture(scope="session")
def postgres_template() -> str:
    """The city comes into an empty record."""
    return "template0"
