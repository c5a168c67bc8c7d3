"""Our mail receiver: a `250` is a promise that the mail is committed, and nothing else is one.

aiosmtpd speaks the protocol; `smtp_session.py` is the thin adapter around it. One port
serves every mailbox: `way_for` says for each recipient whose it is and who takes its mail.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from channels.contract import Cursor, Forged, Take, Way, Wire
from channels.email.envelope import Envelope, WayFor
from channels.email.limits import Gate, Limits
from channels.email.proving import Prover
from channels.email.smtp_session import Dialogue, Host
from crm_core.model.errors import Busy, Refusal, StoreDown, StoreFull

log = logging.getLogger("onestop.smtp")

__all__ = ["Envelope", "Limits", "Receiver", "Way", "WayFor"]

_FULL = "452 4.3.1 No room at the moment, try again later"
_LATER = "451 4.3.0 Not taken, try again later"
_BUSY = "451 4.3.2 Too much at once, try again later"
_DOWN = "451 4.3.0 Our record cannot be reached, try again later"
_NO = "550 5.7.1 Not taken"


@dataclass(slots=True)
class Receiver:
    """Open it, and mail comes in until it is closed.

    `prover` finds out whether the sender is proven, before the mail is handed over.
    """

    way_for: WayFor
    host: str = "127.0.0.1"
    port: int = 2525
    hostname: str = "localhost"
    limits: Limits = field(default_factory=Limits)
    prover: Prover = field(default_factory=Prover)
    tls: ssl.SSLContext | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    drain: float = 10.0
    _host: Host = field(default_factory=lambda: Host("localhost"))
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        """Bind and listen. Raises OSError where the port cannot be had."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd logs addresses of people
        gate, host = Gate(self.limits), Host(self.hostname, self.tls)
        loop = asyncio.get_running_loop()
        self._host = host
        self._server = await loop.create_server(
            lambda: Dialogue(self, gate, host=host, loop=loop), self.host, self.port, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """No new connections; mail that is on its way in is finished, within `drain` seconds."""
        if self._server is None:
            return
        self._server.close()
        for session in list(self._host.sessions):
            session.finish()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.drain):
                while self._host.sessions:
                    await asyncio.sleep(0.02)
        for session in list(self._host.sessions):
            session.abort()
        await asyncio.sleep(0)
        await self.prover.close()
        self._server = None

    async def listen(self, take: Take | None = None, *, since: Cursor | None = None) -> None:
        """Open until cancelled. A port serves many inboxes, so the ways in come from `way_for`, not from `take`."""
        await self.open()
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    async def receive(self, envelope: Envelope) -> str:
        """Hand the mail over, once for each of our mailboxes it is for; the reply to give."""
        wire = await self._wire(envelope)
        by_inbox: dict[str, tuple[Way, list[str]]] = {}
        for address, way in envelope.recipients:
            by_inbox.setdefault(way.inbox, (way, []))[1].append(address)
        told = b""
        try:
            async with asyncio.timeout(self.limits.taking):
                for way, addresses in by_inbox.values():
                    response = await way.take(replace(wire, recipients=tuple(addresses)))
                    if not 200 <= response.status < 300:
                        return _NO if 400 <= response.status < 500 else _LATER
                    told = told or response.body
        except Exception as why:  # noqa: BLE001  every doubt is a "later": the other side keeps the mail
            return _refusal(why)
        return f"250 2.0.0 {_printable(told)}"

    async def _wire(self, envelope: Envelope) -> Wire:
        evidence = {"peer": envelope.peer, "helo": envelope.helo, "mail_from": envelope.mail_from}
        if envelope.secured:
            evidence["tls"] = "yes"
        now = self.clock()
        return Wire(
            envelope.body, {}, "smtp:", now, evidence={**evidence, **await self.prover.evidence(envelope, at=now)}
        )


def _refusal(why: Exception) -> str:
    match why:
        case StoreFull():
            return _FULL
        case Busy():
            return _BUSY
        case StoreDown():
            return _DOWN
        case Forged():
            return _NO
        case Refusal() | TimeoutError():
            return _LATER
    log.error("mail not taken", exc_info=why)
    return _LATER


def _printable(told: bytes) -> str:
    """What the taker says, as far as it fits into a reply (a ticket's number)."""
    text = told.decode("ascii", "replace")
    return text if len(text) <= 100 and text.isprintable() and "\ufffd" not in text else "kept"
