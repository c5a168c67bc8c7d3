"""Questions to the DNS: answers kept as long as they hold, and silence remembered for a minute."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
import dns.reversename

Ip = IPv4Address | IPv6Address

MOST_ANSWERS = 10_000
SILENCE_SECONDS = 60.0
"""A server that did not answer is not asked again for so long: each mail would wait for it."""


class Silent(Exception):
    """No answer that can be relied on: nothing came, or nonsense (RFC 7208 calls it a temporary error)."""


def _system() -> dns.asyncresolver.Resolver:
    return dns.asyncresolver.Resolver()


@dataclass(slots=True)
class Names:
    """Look-ups by name; "there is none" is an empty answer. `seconds` bound one look-up."""

    resolver: Callable[[], dns.asyncresolver.Resolver] = _system
    seconds: float = 3.0
    _known: dns.asyncresolver.Resolver | None = None
    _silent: "OrderedDict[tuple[str, str], float]" = field(default_factory=OrderedDict)

    async def texts(self, name: str) -> list[bytes]:
        """TXT records, each joined from its pieces. Raises Silent, as all here."""
        return [b"".join(record.strings) for record in await self._ask(name, "TXT")]

    async def addresses(self, name: str, *, like: Ip) -> list[Ip]:
        """A records for a peer of IPv4, AAAA for one of IPv6."""
        kind = "A" if like.version == 4 else "AAAA"
        return [ip_address(record.address) for record in await self._ask(name, kind)]

    async def exchangers(self, name: str) -> list[str]:
        """The names of its MX records, the preferred first."""
        found = sorted(await self._ask(name, "MX"), key=lambda record: int(record.preference))
        return [record.exchange.to_text(omit_final_dot=True) for record in found]

    async def names_of(self, ip: Ip) -> list[str]:
        """What its PTR records say."""
        reverse = dns.reversename.from_address(str(ip)).to_text(omit_final_dot=True)
        return [record.target.to_text(omit_final_dot=True) for record in await self._ask(reverse, "PTR")]

    async def _ask(self, name: str, kind: str) -> list[Any]:
        key, now = (name.casefold().rstrip("."), kind), asyncio.get_running_loop().time()
        if self._silent.get(key, now) > now:
            raise Silent(f"{kind} {name} was not answered a moment ago")
        try:
            resolver = self._resolver()
            return list(await resolver.resolve(dns.name.from_text(name), kind, lifetime=self.seconds, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.name.NameTooLong, dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.IDNAException):
            return []  # what cannot be a name has no records
        except asyncio.CancelledError:  # whoever asks has no more time
            self._fell_silent(key, now=now)
            raise
        except (dns.exception.DNSException, OSError, ValueError) as why:
            self._fell_silent(key, now=now)
            raise Silent(f"{kind} {name}: {type(why).__name__}") from why

    def _resolver(self) -> dns.asyncresolver.Resolver:
        if self._known is None:
            self._known = self.resolver()
            self._known.cache = dns.resolver.LRUCache(MOST_ANSWERS)
        return self._known

    def _fell_silent(self, key: tuple[str, str], *, now: float) -> None:
        self._silent[key] = now + SILENCE_SECONDS
        self._silent.move_to_end(key)
        if len(self._silent) > MOST_ANSWERS:
            self._silent.popitem(last=False)
