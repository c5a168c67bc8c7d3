"""How big a test is: small in every run, at full strength with `./onestop test --long`.

A test whose size hangs on `LONG` says so with `@grows`, and every property test does so by itself:
`./onestop test --long -m "long or grows"` runs what the everyday run has not done.
"""

from __future__ import annotations

import os

import pytest

LONG = "ONESTOP_LONG_TESTS" in os.environ
grows = pytest.mark.grows


def examples(daily: int) -> int:
    """How many examples a property is tried with: few of what is slow to make, and as many as any at length."""
    return 2000 if LONG else daily
