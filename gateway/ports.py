"""Ports that the house opens for a whole channel: one for mail, whatever the number of mailboxes."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from channels.contract import Port, Way
from gateway.wiring import House


class PortTaken(Exception):
    """A port cannot be had; the text names the setting."""


@asynccontextmanager
async def open_ports(house: House) -> AsyncIterator[None]:
    """Open them; on leaving, what is on its way in is finished."""
    place = house.settings.smtp
    async with AsyncExitStack() as stack:
        for kind in house.types.values():
            if kind.receiver is None or place is None:
                continue
            receiver = kind.receiver(_port(house, place.host, place.port))
            try:
                await receiver.open()
            except OSError as why:
                raise PortTaken(
                    f"ONESTOP_SMTP: {place} cannot be opened ({why.strerror}). Is it in use? Choose another."
                ) from why
            stack.push_async_callback(receiver.close)
        yield


def _port(house: House, host: str, port: int) -> Port:
    settings = house.settings

    def way_for(recipient: str) -> Way | None:
        door = house.keeper.door_at(recipient)
        take = None if door is None else house.reception.take_for(door.inbox.id)
        return None if door is None or take is None else Way(door.inbox.id, take)

    return Port(
        host=host,
        port=port,
        hostname=house.keeper.house.domain or socket.gethostname(),
        way_for=way_for,
        trust_near=settings.trust_private_peers,
        trusted_mx=frozenset(settings.trusted_mx),
        size=settings.mail_size,
        per_second=settings.mails_per_second,
        clock=house.clock,
    )
