"""What every test may use: the real peers (`tests/peers/fixtures.py`), and how property tests are run."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests.scale import LONG, grows
from workshop.findings import LONG_ONE

pytest_plugins = ["tests.peers.fixtures", "tests.world", "tests.scans", "tests.told"]

# Two busy cores make any deadline a lie; a failure prints how to find it again.
settings.register_profile("usual", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", parent=settings.get_profile("usual"), max_examples=2000)
settings.load_profile("long" if LONG else "usual")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that is collected is ever rubbish: looking for some took a sixth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Property tests grow with the run; in a long one, the report tells which tests were at full strength.

    Tests that drive the browser share its driver, and so the loop in which it lives. The state proof begins first: its
    tests wait for one recording of a minute, which at the end would keep one worker busy and the others idle.
    """
    items.sort(key=lambda item: item.path.name != "test_state_proof.py")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker(grows)
        if LONG and (item.get_closest_marker("long") or item.get_closest_marker("grows")):
            item.user_properties.append(LONG_ONE)
