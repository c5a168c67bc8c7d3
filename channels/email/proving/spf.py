"""SPF (RFC 7208): whether a peer may send for a domain, within that standard's own limits.

Ours, since the one library that evaluates SPF (pyspf, last released in 2020) blocks at each
look-up. Nothing here is kept between mails: answers are, by `names.py`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, ip_network
from typing import TypeVar

from channels.email.proving.names import Ip, Names, Silent
from channels.email.proving.spf_record import Record, Term, UnreadableRecord, expand, parse

T = TypeVar("T")

MOST_LOOKUPS = 10
MOST_VOID = 2
MOST_NAMES = 10
"""Names of one `mx` or `ptr` that are looked up; more MX than that is an error of theirs (RFC 7208 §4.6.4)."""

NARROWEST = 8
"""Bits of the widest network that shows anything: who lets half the world send proves nothing."""


class Spf(StrEnum):
    """The results of RFC 7208 §2.6; `open` is our own: a pass that everybody, or half the world, would get."""

    PASS = "pass"  # noqa: S105 - a result, no password
    OPEN = "open"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_ANY_FOUR = IPv4Address("0.0.0.0")  # noqa: S104 - only its version is looked at
_BY_SIGN = {"+": Spf.PASS, "-": Spf.FAIL, "~": Spf.SOFTFAIL, "?": Spf.NEUTRAL}


class _TooMany(Exception):
    """A limit of RFC 7208 §4.6.4 is reached."""


@dataclass(slots=True)
class _Check:
    """One evaluation: who sends what, and how much was asked so far."""

    names: Names
    ip: Ip
    sender: str
    helo: str
    lookups: int = 0
    void: int = 0
    open: bool = False
    _mechanisms: "dict[str, Callable[[Term, str], Awaitable[bool]]]" = field(init=False)

    def __post_init__(self) -> None:
        self._mechanisms = {
            "all": self._all,
            "include": self._include,
            "a": self._a,
            "mx": self._mx,
            "ptr": self._ptr,
            "ip4": self._network,
            "ip6": self._network,
            "exists": self._exists,
        }

    async def of(self, domain: str) -> Spf:
        """check_host of RFC 7208 §4 for this domain."""
        record = await self._record(domain)
        if record is None:
            return Spf.NONE
        for term in record.terms:
            if await self._mechanisms[term.name](term, domain):
                return _BY_SIGN[term.sign]
        if record.redirect is None:
            return Spf.NEUTRAL
        self._count()
        result = await self.of(self._expanded(record.redirect, domain))
        return Spf.PERMERROR if result is Spf.NONE else result

    async def _record(self, domain: str) -> Record | None:
        if not _possible(domain):
            return None
        texts = [text for text in await self.names.texts(domain) if text.lower().split(b" ")[0] == b"v=spf1"]
        if len(texts) > 1:
            raise UnreadableRecord("more than one record")
        return parse(texts[0]) if texts else None

    # ------------------------------------------------------------ mechanisms

    async def _all(self, _term: Term, _domain: str) -> bool:
        self.open = True
        return True

    async def _include(self, term: Term, domain: str) -> bool:
        self._count()
        match await self.of(self._expanded(term.spec, domain)):
            case Spf.PASS:
                return True
            case Spf.NONE:
                raise UnreadableRecord("an include that is not there")
        self.open = False
        return False

    async def _a(self, term: Term, domain: str) -> bool:
        self._count()
        return self._among(await self._addresses(self._expanded(term.spec, domain)), term)

    async def _mx(self, term: Term, domain: str) -> bool:
        self._count()
        hosts = self._seen(await self.names.exchangers(self._expanded(term.spec, domain)))
        if len(hosts) > MOST_NAMES:
            raise _TooMany("more than 10 MX")
        for host in hosts:
            if self._among(await self.names.addresses(host, like=self.ip), term):
                return True
        return False

    async def _ptr(self, term: Term, domain: str) -> bool:
        self._count()
        wanted = self._expanded(term.spec, domain).casefold()
        async for name in self._own_names():
            if name == wanted or name.endswith(f".{wanted}"):
                return True
        return False

    async def _network(self, term: Term, _domain: str) -> bool:
        if ip_network(term.spec, strict=False).version != self.ip.version:
            return False
        found = self.ip in ip_network(term.spec, strict=False)
        self.open = found and ip_network(term.spec, strict=False).prefixlen < NARROWEST
        return found

    async def _exists(self, term: Term, domain: str) -> bool:
        self._count()
        four = self.ip if self.ip.version == 4 else _ANY_FOUR
        return bool(self._seen(await self.names.addresses(self._expanded(term.spec, domain), like=four)))

    # ------------------------------------------------------------ parts

    async def _addresses(self, host: str) -> list[Ip]:
        return self._seen(await self.names.addresses(host, like=self.ip))

    async def _own_names(self) -> AsyncIterator[str]:
        """The peer's names that lead back to it (RFC 7208 §5.5); doubt there is no match."""
        try:
            for name in self._seen(await self.names.names_of(self.ip))[:MOST_NAMES]:
                if self.ip in await self.names.addresses(name, like=self.ip):
                    yield name.casefold()
        except Silent:
            return

    def _among(self, addresses: list[Ip], term: Term) -> bool:
        bits = term.bits4 if self.ip.version == 4 else term.bits6
        found = any(self.ip in ip_network(f"{address}/{bits}", strict=False) for address in addresses)
        self.open = found and bits < NARROWEST
        return found

    def _expanded(self, spec: str, domain: str) -> str:
        return expand(spec, domain=domain, sender=self.sender, ip=self.ip, helo=self.helo) if spec else domain

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise _TooMany(f"more than {MOST_LOOKUPS} look-ups")

    def _seen(self, records: list[T]) -> list[T]:
        self.void += not records
        if self.void > MOST_VOID:
            raise _TooMany(f"more than {MOST_VOID} look-ups that found nothing")
        return records


async def check(names: Names, *, ip: Ip, sender: str, helo: str) -> Spf:
    """What SPF says of a peer that sends for `sender` (`local@domain`; the null sender's is postmaster@HELO)."""
    asked = _Check(names, ip, sender, helo)
    try:
        result = await asked.of(sender.rpartition("@")[2])
    except Silent:
        return Spf.TEMPERROR
    except (UnreadableRecord, _TooMany):
        return Spf.PERMERROR
    return Spf.OPEN if result is Spf.PASS and asked.open else result


def _possible(domain: str) -> bool:
    labels = domain.rstrip(".").split(".")
    return len(labels) > 1 and len(domain) <= 253 and all(0 < len(label) <= 63 for label in labels)
