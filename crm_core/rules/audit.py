"""The chain that shows if anybody changed, removed or reordered what happened.

Each event's facts are chained to the ticket's event before it, and all of them in one
chain in their order. Personal words are not in it, only a salted digest: they can be
erased and the chain still holds. A cut tail shows only against a head kept elsewhere.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
"""What stands before the first event."""


@dataclass(frozen=True, slots=True)
class Link:
    """One event as the record holds it. `thread` names whose chain it is in (a ticket; empty: the house's).

    `personal` is None where it was erased; its digest is chained all the same.
    """

    position: int
    thread: str
    facts: str
    digest: str
    ticket_hash: str
    chain_hash: str
    salt: str = ""
    personal: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: what an anchor elsewhere keeps."""

    position: int
    chain_hash: str


@dataclass(frozen=True, slots=True)
class Sound:
    """The chain holds, and ends here."""

    head: Head
    events: int


@dataclass(frozen=True, slots=True)
class Broken:
    """The first event that is not as it was written, and how it shows."""

    position: int
    why: str


_CANONICAL = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> str:
    """JSON that is the same text for the same value: sorted keys, no spaces, no NaN."""
    return _CANONICAL.encode(value)


def personal_digest(salt: str, *, personal: str) -> str:
    """What stands in the chain for personal words; without the salt it tells nothing of them."""
    return hmac.digest(bytes.fromhex(salt), personal.encode(), "sha256").hex()


def ticket_hash(previous: str, *, facts: str, digest: str) -> str:
    """The next hash of a ticket's own chain. `facts` is canonical and names the event, its time and actor."""
    return _hash("ticket", previous, facts, digest)


def chain_hash(previous: str, *, position: int, ticket_hash: str) -> str:
    """The next hash of the chain of all events."""
    return _hash("chain", previous, str(position), ticket_hash)


def verify(links: Iterable[Link], *, anchor: Head | None = None) -> Sound | Broken:
    """Walk the whole record in its order; `anchor` is a head kept elsewhere, which must lie on the way."""
    head, threads, events = Head(0, GENESIS), dict[str, str](), 0
    for link in links:
        why = _fault(link, before=head, thread=threads.get(link.thread, GENESIS))
        if why is None and anchor and link.position == anchor.position and link.chain_hash != anchor.chain_hash:
            why = "it differs from the anchor: the record was written anew"
        if why is not None:
            return Broken(link.position, why)
        head = Head(link.position, link.chain_hash)
        threads[link.thread] = link.ticket_hash
        events += 1
    if anchor is not None and anchor.position > head.position:
        return Broken(head.position + 1, "events are missing at the end: the anchor is further on")
    return Sound(head, events)


def _fault(link: Link, *, before: Head, thread: str) -> str | None:
    if link.position != before.position + 1:
        return f"event {before.position + 1} is missing or out of order"
    if link.personal is not None and personal_digest(link.salt, personal=link.personal) != link.digest:
        return "its personal words were changed"
    if ticket_hash(thread, facts=link.facts, digest=link.digest) != link.ticket_hash:
        return "its facts were changed, or one before it of the same ticket was removed"
    if chain_hash(before.chain_hash, position=link.position, ticket_hash=link.ticket_hash) != link.chain_hash:
        return "its link to the event before it was changed"
    return None


def _hash(*parts: str) -> str:
    """SHA-256 over the parts, each with its length before it: no two lists of parts look alike."""
    digest = hashlib.sha256()
    for part in parts:
        octets = part.encode()
        digest.update(len(octets).to_bytes(8, "big") + octets)
    return digest.hexdigest()
