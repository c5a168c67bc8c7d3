"""Where a mail server that an admin names may stand: private networks too, but never where no mail server is.

Link-local addresses lead to the metadata of the machine (and its credentials) in most
clouds. The name is resolved once and the very address that was looked at is connected to,
so neither spelling nor a DNS that changes its mind leads around it.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from channels.contract import Unavailable

Ip = IPv4Address | IPv6Address
Found = Sequence[tuple[socket.AddressFamily, str]]
Resolve = Callable[[str], Awaitable[Found]]

_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")))
"""Metadata services that are not on link-local addresses (Alibaba, Azure, Oracle, AWS by IPv6)."""

_NAT64 = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")


def is_refused(address: str) -> bool:
    """Whether nobody's mail server can stand there: link-local, multicast, unspecified, a metadata service."""
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


async def dial(host: str, port: int, *, resolve: Resolve = by_name) -> socket.socket:
    """A connection to a server that an admin named. Raises Unavailable where none may stand there, and OSError."""
    found = await resolve(host)
    if any(is_refused(address) for _, address in found):
        raise Unavailable(f"The relay {host}:{port} is at an address where no mail server can be; name another.")
    failed: OSError = ConnectionError("it has no address")
    for family, address in found:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(0)
        try:
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
        except OSError as why:
            sock.close()
            failed = why
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failed
