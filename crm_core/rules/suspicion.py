"""How much a contact looks like spam, each sign with its weight, so that a person can see why it was held.

Nothing here decides that anything is lost: the most that comes of it is that somebody
looks first. A few plain signs are worth more than a filter that nobody can argue with.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network

from crm_core.model.address import Address
from crm_core.model.errors import NotAllowedNow
from crm_core.model.suspicion import ROOM, Block, BlockKind, Sign
from crm_core.model.ticket import Ticket

WEIGHTS = {
    Sign.BLOCKED: 10,
    Sign.FORGED: 2,
    Sign.MANY_LINKS: 2,
    Sign.LINKS: 1,
    Sign.SAME: 2,
    Sign.AUTOMATIC: 1,
    Sign.KNOWN: -3,
}
THRESHOLD = 3
"""From here on it is held, where nothing else is set."""

READ = 20_000
"""Characters that are looked at."""

_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a contact. `forged`: its domain asks that such mail be refused; `same`: many sent the same words."""

    sender: Address
    peer: str
    text: str
    forged: bool
    same: bool
    automatic: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sum, and what it is made of."""

    score: int
    signs: tuple[Sign, ...]

    def holds(self, threshold: int) -> bool:
        """Whether somebody looks first."""
        return self.score >= threshold


def judge(facts: Facts, *, blocks: Iterable[Block], at: datetime) -> Verdict:
    """Every sign that holds, with the sum of their weights."""
    links, words = len(_LINK.findall(facts.text[:READ])), len(_WORD.findall(facts.text[:READ]))
    holds = {
        Sign.BLOCKED: blocked(facts.sender, peer=facts.peer, blocks=blocks, at=at) is not None,
        Sign.FORGED: facts.forged,
        Sign.MANY_LINKS: links >= 3 and words < links * 20,
        Sign.LINKS: 0 < links < 3 and words < links * 12,
        Sign.SAME: facts.same,
        Sign.AUTOMATIC: facts.automatic,
        Sign.KNOWN: facts.known,
    }
    signs = tuple(sign for sign, so in holds.items() if so)
    return Verdict(sum(WEIGHTS[sign] for sign in signs), signs)


def blocked(sender: Address, *, peer: str, blocks: Iterable[Block], at: datetime) -> Block | None:
    """The block that this sender, or where it came from, falls under."""
    return next((one for one in blocks if one.stands(at) and _falls_under(one, sender=sender, peer=peer)), None)


def _falls_under(block: Block, *, sender: Address, peer: str) -> bool:
    value = sender.value.casefold()
    if block.kind is BlockKind.ADDRESS:
        return value == block.value
    if block.kind is BlockKind.DOMAIN:
        domain = value.rpartition("@")[2]
        return "@" in value and (domain == block.value or domain.endswith(f".{block.value}"))
    try:
        return ip_address(peer.partition("%")[0]) in ip_network(block.value)
    except ValueError:
        return False


def must_be_none(*tickets: Ticket) -> None:
    """What is held leaves its room in one way only, so that whoever looks at it decides what it is. Raises NotAllowedNow."""
    if any(ticket.queue == ROOM for ticket in tickets):
        raise NotAllowedNow("It is held as suspected spam. Say first that it is none; it goes where it belongs then.")


def tidy(kind: BlockKind, value: str) -> str | None:
    """What is blocked in its one spelling; None for what is none of the kind, or far too wide."""
    plain = value.strip().casefold()
    if kind is BlockKind.NETWORK:
        try:
            network = ip_network(plain, strict=False)
        except ValueError:
            return None
        return str(network) if network.prefixlen >= (16 if network.version == 4 else 32) else None
    if kind is BlockKind.DOMAIN:
        plain = plain.lstrip("@.")
        return plain if "." in plain.strip(".") and not re.search(r"[\s@/]", plain) else None
    return plain if plain and not re.search(r"\s", plain) else None
