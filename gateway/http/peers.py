"""Who is on the other end of a connection. Headers of proxies count only from proxies we were told to trust."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web

from config.settings import Network

Peer = IPv4Address | IPv6Address

CLIENT: "web.RequestKey[Peer | None]" = web.RequestKey("client", object)  # type: ignore[arg-type]
"""Where a request came from; `app` sets it before anybody asks."""


def peer(request: web.Request, *, trusted: tuple[Network, ...]) -> Peer | None:
    """The address of the client: the nearest one that is not a trusted proxy; None on a socket without addresses."""
    near = address(_remote(request))
    if near is None or not is_within(near, trusted):
        return near
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        found = address(hop)
        if found is None:
            return near
        if not is_within(found, trusted):
            return found
        near = found
    return near


def is_near(found: Peer | None) -> bool:
    """Loopback and private networks: the house itself and its own offices."""
    return found is None or found.is_loopback or found.is_private


def is_forwarded(request: web.Request) -> bool:
    """Whether some proxy stands between, trusted or not."""
    return "X-Forwarded-For" in request.headers or "Forwarded" in request.headers


def address(text: str) -> Peer | None:
    """What a socket or a header says, as an address; None where it is none."""
    try:
        found = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def is_within(found: Peer, networks: tuple[Network, ...]) -> bool:
    """Whether an address belongs to one of these."""
    return any(found.version == network.version and found in network for network in networks)


def network_of(found: Peer | None) -> str:
    """What counts as one peer: an IPv4 address, or the /64 that one customer of IPv6 has."""
    if found is None:
        return ""
    return str(found) if found.version == 4 else found.exploded[:19]


def _remote(request: web.Request) -> str:
    name = request.transport.get_extra_info("peername") if request.transport is not None else None
    return str(name[0]) if isinstance(name, tuple) else ""
