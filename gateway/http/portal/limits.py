"""How many forms somebody may send: per peer, and per mail address or phone number.

People in offices and libraries share an address of the network, so its limit is wide;
nobody needs to send twenty forms with one mail address. Peers of our own network are
not slowed: behind them stand proxies, counters and tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.http import peers
from gateway.http.limits import Limiter
from gateway.http.peers import Peer


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate in forms a second, and how many at once."""

    rate: float
    burst: float


SENDING = Pace(1 / 30, 20)
"""Forms from one peer."""
ADDRESS = Pace(1 / 600, 5)
"""Forms with one mail address or phone number."""
WRITING = Pace(2, 120)
"""Pages filled in by one peer."""
OURS = Pace(500, 1000)
"""Anything from our own network."""


class Turnstile:
    """Counts what a peer does; raises `Slower` where it is too much."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._limiter = Limiter(clock=lambda: clock().timestamp())

    def fill(self, peer: Peer | None) -> None:
        """Somebody fills in a page. Raises Slower."""
        self._take(f"fill {peers.network_of(peer)}", pace=WRITING, peer=peer)

    def send(self, peer: Peer | None, *, way: str) -> None:
        """Somebody sends a form; `way` is where the answer is to go. Raises Slower."""
        self._take(f"way {way}", pace=ADDRESS, peer=peer)
        self._take(f"send {peers.network_of(peer)}", pace=SENDING, peer=peer)

    def _take(self, name: str, *, pace: Pace, peer: Peer | None) -> None:
        if peers.is_near(peer):
            name, pace = f"near {name}", OURS
        self._limiter.take(name, rate=pace.rate, burst=pace.burst)
