"""How often one client may ask. Loopback, private networks, tokens and providers are never slowed below what they need."""

import time
from collections import OrderedDict
from collections.abc import Callable

from aiohttp import web

from crm_core.rules.limits import Bucket, take
from gateway.house import HOOKS
from gateway.http import peers
from gateway.http.errors import Slower
from gateway.http.peers import Peer

MOST_CLIENTS = 20_000
FOR_A_TOKEN = 200.0
BURST_SECONDS = 3
WITH_CREDENTIAL = 10
"""Many people of an office share one address: whoever brings a cookie gets this many times as much."""


class Limiter:
    """Token buckets by name; the longest unused is forgotten first (and is full again)."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._clock = clock

    def take(self, name: str, *, rate: float, burst: float) -> None:
        """Count one. Raises Slower where it is too much."""
        taken = take(self._buckets.get(name), at=self._clock(), rate=rate, burst=burst)
        self._keep(name, taken.bucket)
        if not taken.allowed:
            raise Slower(retry_after=taken.retry_after)

    def must_have_room(self, name: str, *, rate: float, burst: float) -> None:
        """Raise Slower where `take` would, and count nothing."""
        taken = take(self._buckets.get(name), at=self._clock(), rate=rate, burst=burst)
        if not taken.allowed:
            raise Slower(retry_after=taken.retry_after)

    def _keep(self, name: str, bucket: Bucket) -> None:
        self._buckets[name] = bucket
        self._buckets.move_to_end(name)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)


def ask(limiter: Limiter, request: web.Request, *, client: Peer | None, per_second: int) -> None:
    """Count a request. Raises Slower."""
    if peers.is_near(client):
        return
    rate = float(per_second)
    if "Authorization" in request.headers or request.path.startswith(f"{HOOKS}/"):
        rate = max(rate * WITH_CREDENTIAL, FOR_A_TOKEN)
    elif "Cookie" in request.headers:
        rate *= WITH_CREDENTIAL
    limiter.take(f"{client} {rate}", rate=rate, burst=rate * BURST_SECONDS)


FAILURES = 10
FAILURES_OF_A_PLACE = 50
FAILURE_RATE = 1 / 30
"""A wrong password every 30 seconds, after ten: only failures count, so nobody can lock a colleague out for long."""


def who_tries(account: str, *, client: Peer | None) -> dict[str, int]:
    """Whose failures count, and how many are let pass: the account's and, from outside, those of the place."""
    tries = {f"sign-in {account}": FAILURES}
    return tries if peers.is_near(client) else {**tries, f"sign-in from {client}": FAILURES_OF_A_PLACE}


def guard_sign_in(limiter: Limiter, tries: dict[str, int]) -> None:
    """Raise Slower while too many sign-ins have failed."""
    for name, burst in tries.items():
        limiter.must_have_room(name, rate=FAILURE_RATE, burst=burst)


def count_failure(limiter: Limiter, tries: dict[str, int]) -> None:
    """A sign-in failed."""
    for name, burst in tries.items():
        limiter.take(name, rate=FAILURE_RATE, burst=burst)
