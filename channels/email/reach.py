"""Where a mail server that an admin names may stand: private networks too, but never where no mail server is.

The name is resolved once and the very address that was looked at is connected to, so neither
spelling nor a DNS that changes its mind leads around it (`channels/shared/outside.py`).
"""

import asyncio
import socket

from channels.shared import wording
from channels.shared.outside import Resolve, by_name, is_refused

__all__ = ["by_name", "dial", "is_refused"]

_WORDS = wording.beside(__file__)


async def dial(host: str, port: int, *, resolve: Resolve = by_name) -> socket.socket:
    """A connection to a server that an admin named. Raises Unavailable where none may stand there, and OSError."""
    found = await resolve(host)
    if any(is_refused(address) for _, address in found):
        raise _WORDS.unavailable("nowhere", where=f"{host}:{port}")
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
