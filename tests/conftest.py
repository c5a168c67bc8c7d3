"""What every test may use: the real peers (`tests/peers/fixtures.py`), and how property tests are run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.peers.fixtures", "tests.world"]

# Two busy cores make any deadline a lie; a failure prints how to find it again.
settings.register_profile("usual", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", parent=settings.get_profile("usual"), max_examples=2000)
settings.load_profile("long" if "ONESTOP_LONG_TESTS" in os.environ else "usual")
