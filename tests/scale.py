"""How big a test is: small in every run, at full strength with `./onestop test --long`.

A test whose size hangs on `LONG` says so with `@grows`, and every property test does so by itself:
`./onestop test --long -m "long or grows"` runs what the everyday run has not done.
"""

from __future__ import annotations

import os

import pytest

LONG = "ONESTOP_LONG_TESTS" in os.environ
grows = pytest.mark.grows
