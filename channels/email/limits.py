"""How much our mail receiver takes from one peer, and from all. Loopback and private peers are never slowed."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_PEERS = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one receiver.

    `size`: bytes of a mail; `memory`: bytes of all mails being received; `per_peer`: connections of one
    outside peer; `mails_per_second` of one outside peer, `burst` at once; `recipients` of one mail.

    Seconds: `idle` between commands, `hurried` instead when more than three quarters of the
    connections are taken; `grace` until the data of a mail must have come at `pace` bytes a
    second; `taking` until a commit is given up with a 451.
    """

    size: int = 26_214_400
    memory: int = 268_435_456
    connections: int = 1_000
    per_peer: int = 50
    mails_per_second: float = 10.0
    burst: int = 200
    recipients: int = 100
    idle: float = 300.0
    hurried: float = 15.0
    grace: float = 60.0
    pace: int = 512
    taking: float = 120.0


class Refused(Exception):
    """A limit is reached; the text is the SMTP reply."""


@dataclass(slots=True)
class _Bucket:
    """Tokens of one peer: refilled with time, one taken by each mail."""

    tokens: float
    at: float


@dataclass(slots=True)
class Gate:
    """Counts connections, bytes and mails for the whole receiver."""

    limits: Limits
    clock: Callable[[], float] = time.monotonic
    open: int = 0
    bytes: int = 0
    by_peer: dict[str, int] = field(default_factory=dict)
    _buckets: "OrderedDict[str, _Bucket]" = field(default_factory=OrderedDict)

    @property
    def crowded(self) -> bool:
        """Whether so many are connected that the slow must hurry."""
        return self.open * 4 > self.limits.connections * 3

    def enter(self, peer: str) -> None:
        """One more connection. Raises Refused; `leave` only after it returned."""
        if self.open >= self.limits.connections:
            raise Refused("421 4.3.2 Too many connections, try again later")
        if not is_near(peer) and self.by_peer.get(peer, 0) >= self.limits.per_peer:
            raise Refused("421 4.7.0 Too many connections from you, try again later")
        self.open += 1
        self.by_peer[peer] = self.by_peer.get(peer, 0) + 1

    def leave(self, peer: str) -> None:
        """One connection less."""
        self.open -= 1
        self.by_peer[peer] -= 1
        if not self.by_peer[peer]:
            del self.by_peer[peer]

    def mail(self, peer: str) -> None:
        """One more mail. Raises Refused when an outside peer is too fast."""
        if is_near(peer):
            return
        now, limits = self.clock(), self.limits
        bucket = self._buckets.pop(peer, None) or _Bucket(limits.burst, now)
        bucket.tokens = min(limits.burst, bucket.tokens + (now - bucket.at) * limits.mails_per_second)
        bucket.at = now
        self._buckets[peer] = bucket
        if len(self._buckets) > MOST_PEERS:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            raise Refused("450 4.7.1 Too many mails from you, try again later")
        bucket.tokens -= 1


def is_near(peer: str) -> bool:
    """Whether a peer is on this machine, on a private network, or on a socket without addresses."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return not peer
    mapped = getattr(address, "ipv4_mapped", None)
    found = mapped or address
    return found.is_loopback or found.is_private
