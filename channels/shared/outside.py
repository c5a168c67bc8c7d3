"""What we fetch from, or connect to, outside: never to where no server of others stands.

A name is resolved once and the very address that was looked at is connected to, so neither
spelling nor a DNS that changes its mind leads around it. Link-local addresses lead to the
metadata of the machine (and its credentials) in most clouds.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from channels.contract import Unavailable, Undeliverable

Ip = IPv4Address | IPv6Address
Found = Sequence[tuple[socket.AddressFamily, str]]
Resolve = Callable[[str], Awaitable[Found]]

_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")))
"""Metadata services that are not on link-local addresses (Alibaba, Azure, Oracle, AWS by IPv6)."""

_NAT64 = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")


def is_refused(address: str) -> bool:
    """Whether nobody's server can stand there: link-local, multicast, unspecified, a metadata service."""
    return any(
        ip.is_link_local
        or ip.is_multicast
        or ip.is_unspecified
        or ip in _METADATA
        or (ip.version == 4 and ip.is_reserved)
        for ip in _meant(ip_address(address.partition("%")[0]))
    )


def _meant(ip: Ip) -> list[Ip]:
    """The address, or the one of IPv4 that it carries (mapped, compatible, 6to4, NAT64)."""
    if isinstance(ip, IPv4Address):
        return [ip]
    carried = ip.ipv4_mapped or ip.sixtofour
    if carried is None and ip not in (IPv6Address("::"), IPv6Address("::1")) and (ip in _NAT64 or ip in _COMPATIBLE):
        carried = IPv4Address(int(ip) & 0xFFFFFFFF)
    return [ip] if carried is None else [carried]


async def by_name(host: str) -> Found:
    """What this machine's resolver says, each address once. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def is_near(address: str) -> bool:
    """Whether it is this machine, a private network, or anything else that the whole world cannot reach."""
    return any(not ip.is_global for ip in _meant(ip_address(address.partition("%")[0])))


MOST_HOPS = 3
SECONDS = 20.0


async def fetch(
    url: str, *, most: int, headers: Mapping[str, str] | None = None, near: str = "", resolve: Resolve = by_name
) -> bytes:
    """What stands at a web address, `most` bytes of it at most.

    Nothing near is asked, but for the one host (`near`) that an admin named. A redirect is looked
    at like the first address, and `headers` (credentials) do not go along to another host. Raises
    Undeliverable where it will never be had, Unavailable where it may be later.
    """
    origin = urlsplit(url).netloc
    for _ in range(MOST_HOPS + 1):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Undeliverable("its address is none of the web")
        sent = headers if parts.netloc == origin else None
        found = await _one(url, most=most, headers=sent, guard=_Guard(near, resolve))
        if isinstance(found, bytes):
            return found
        url = urljoin(url, found)
    raise Undeliverable("it is passed on again and again")


async def _one(url: str, *, most: int, headers: Mapping[str, str] | None, guard: "_Guard") -> bytes | str:
    """Its content, or where it says to look instead."""
    connector = aiohttp.TCPConnector(resolver=guard, use_dns_cache=False)
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        await guard.resolve(urlsplit(url).hostname or "")  # aiohttp asks no resolver about a bare address
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.get(url, headers=dict(headers or {}), allow_redirects=False) as answer,
        ):
            return await _content(answer, most=most)
    except (aiohttp.ClientError, TimeoutError, OSError) as why:
        raise Unavailable(f"{urlsplit(url).hostname} cannot be reached ({type(why).__name__}).") from why
    finally:
        await connector.close()


async def _content(answer: aiohttp.ClientResponse, *, most: int) -> bytes | str:
    if answer.status in (301, 302, 303, 307, 308):
        return answer.headers.get("Location", "")
    if answer.status >= 500 or answer.status == 429:
        raise Unavailable(f"{answer.url.host} answers {answer.status}.")
    if answer.status != 200:
        raise Undeliverable(f"it is not there (status {answer.status})")
    content = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        content += chunk
        if len(content) > most:
            raise Undeliverable(f"it is larger than {most >> 20} MB")
    return bytes(content)


class _Guard(AbstractResolver):
    """Resolves, and refuses what is near."""

    def __init__(self, near: str, resolve: Resolve) -> None:
        self._near = near
        self._by_name = resolve

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._by_name(host)
        for _, address in found:
            if is_refused(address) or (host != self._near and is_near(address)):
                raise Undeliverable("it stands where nobody else can fetch it")
        results: list[Any] = [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": kind,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for kind, address in found
        ]
        return results

    async def close(self) -> None:
        """It holds nothing."""
