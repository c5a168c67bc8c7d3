"""The way out: connections to one relay, and exactly at which step something failed.

The point of no return is the final dot. Before it was written nothing can have been
accepted: the message may be sent again. After it, only a reply tells; without one nobody
knows, and it is never sent again by us.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException

from channels.contract import OutcomeUnknown, Unavailable, Undeliverable
from channels.email.composing import Letter
from channels.shared import wording

_WORDS = wording.beside(__file__)
_DOT = b".\r\n"
_PORTS = {"smtp": 25, "smtps": 465}
_OUR_FAULT = frozenset({421, 500, 501, 502, 503, 504, 530, 534, 535, 538})
"""Codes at MAIL, RCPT or DATA that speak of us or of the relay, not of this message: tried again."""


@dataclass(frozen=True, slots=True)
class Route:
    """`smtp[s]://[user:pass@]host:port`, taken apart."""

    host: str
    port: int
    implicit_tls: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> "Route":
        """Raises Unavailable, in words for whoever set it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as why:
            raise _WORDS.unavailable("relay_unread", why=why) from why
        if parts.scheme not in _PORTS or not parts.hostname:
            raise _WORDS.unavailable("relay_shape")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password)


@dataclass(slots=True)
class Relay:
    """Sends letters; keeps up to `most_idle` connections open for `idle` seconds.

    `dial` connects instead of the library, where not every address is allowed; `token`
    proves us where there is a user and no password.
    """

    route: Route
    helo: str
    timeout: float = 60.0
    final_timeout: float = 240.0
    idle: float = 20.0
    most_idle: int = 4
    dial: Callable[[str, int], Awaitable[socket.socket]] | None = None
    token: Callable[[], Awaitable[str]] | None = None
    _free: list[tuple[SMTP, asyncio.TimerHandle]] = field(default_factory=list)

    async def send(self, letter: Letter) -> str:
        """The relay's own words on taking it. Raises Unavailable, Undeliverable or OutcomeUnknown."""
        while self._free:
            client, timer = self._free.pop()
            timer.cancel()
            if client.is_connected and await self._still_there(client):
                return await self._over(client, letter)
            client.close()
        return await self._over(await self._connected(), letter)

    async def greet(self) -> None:
        """Connect and prove ourselves, and nothing more. Raises Unavailable."""
        await _hang_up(await self._connected())

    async def close(self) -> None:
        """Hang up what is kept open."""
        while self._free:
            client, timer = self._free.pop()
            timer.cancel()
            await _hang_up(client)

    async def _still_there(self, client: SMTP) -> bool:
        """A kept connection may be dead; asking first keeps that from looking like a failure of the message."""
        try:
            return (await client.execute_command(b"RSET", timeout=5)).code == aiosmtplib.SMTPStatus.completed
        except (SMTPException, OSError):
            return False

    async def _connected(self) -> SMTP:
        route = self.route
        try:
            sock = await self._dialled()
        except (OSError, TimeoutError) as why:
            raise _WORDS.unavailable("relay_refused", where=f"{route.host}:{route.port}", why=_words(why)) from why
        client = SMTP(
            hostname=route.host,
            port=None if sock else route.port,
            sock=sock,
            username=route.user or None,
            password=route.password or None,
            oauth_token_generator=self.token if route.user and not route.password else None,
            local_hostname=self.helo,
            timeout=self.timeout,
            use_tls=route.implicit_tls,
            start_tls=False if route.implicit_tls else (True if route.user else None),
            tls_context=_tls(verify=route.implicit_tls or bool(route.user)),
        )
        try:
            await client.connect()
            await client._ehlo_or_helo_if_needed()  # noqa: SLF001  connect asks only where TLS is possible
        except (SMTPException, OSError, ValueError) as why:
            client.close()
            raise _WORDS.unavailable("relay_refused", where=f"{route.host}:{route.port}", why=_words(why)) from why
        except BaseException:
            client.close()
            raise
        return client

    async def _dialled(self) -> socket.socket | None:
        if self.dial is None:
            return None
        async with asyncio.timeout(self.timeout):
            return await self.dial(self.route.host, self.route.port)

    async def _over(self, client: SMTP, letter: Letter) -> str:
        """One letter over one connection, which is kept only if all went well."""
        try:
            told = await _deliver(client, letter, final_timeout=self.final_timeout)
        except Undeliverable:
            self._keep(client)
            raise
        except BaseException:
            client.close()
            raise
        self._keep(client)
        return told

    def _keep(self, client: SMTP) -> None:
        if not client.is_connected or len(self._free) >= self.most_idle:
            client.close()
            return
        timer = asyncio.get_running_loop().call_later(self.idle, self._expire, client)
        self._free.append((client, timer))

    def _expire(self, client: SMTP) -> None:
        self._free = [kept for kept in self._free if kept[0] is not client]
        client.close()


async def _deliver(client: SMTP, letter: Letter, *, final_timeout: float) -> str:
    options = [b"SMTPUTF8", b"BODY=8BITMIME"] if letter.utf8 else []
    if letter.utf8 and not client.supports_extension("smtputf8"):
        raise Undeliverable("The relay cannot handle an address with letters beyond ASCII (no SMTPUTF8).")
    try:
        sender = b"FROM:<" + letter.sender.encode() + b">"
        _expect(await client.execute_command(b"MAIL", sender, *options), 250, what="our address")
        _expect(
            await client.execute_command(b"RCPT", b"TO:<" + letter.recipient.encode() + b">"), 250, what="the recipient"
        )
        _expect(await client.execute_command(b"DATA"), 354, what="the message")
        await _write(client, letter.content)
    except (SMTPException, OSError, ValueError) as why:
        raise Unavailable(f"The connection to the relay failed before the message was sent: {_words(why)}.") from why
    return await _finish(client, timeout=final_timeout)


def _expect(response: SMTPResponse, code: int, *, what: str) -> None:
    if response.code == code or (code == 250 and response.code == 251):
        return
    words = f"{response.code} {_one_line(response.message)}"
    if response.code >= 500 and response.code not in _OUR_FAULT:
        raise Undeliverable(f"The mail server refused {what}: {words}")
    raise Unavailable(f"The mail server did not take {what} now: {words}")


async def _write(client: SMTP, content: bytes) -> None:
    """The whole message but its final dot, and wait until it has left us."""
    protocol, transport = client.protocol, client.transport
    if protocol is None or transport is None:
        raise aiosmtplib.SMTPServerDisconnected("connection lost")
    protocol.write(_with_dots(content))
    async with asyncio.timeout(client.timeout):
        while isinstance(transport, asyncio.WriteTransport) and transport.get_write_buffer_size():
            if not client.is_connected:
                raise aiosmtplib.SMTPServerDisconnected("connection lost")
            await asyncio.sleep(0.002)
    await asyncio.sleep(0)
    if not client.is_connected:
        raise aiosmtplib.SMTPServerDisconnected("connection lost")


async def _finish(client: SMTP, *, timeout: float) -> str:
    """The point of no return, and what the other side says to it."""
    protocol = client.protocol
    if protocol is None:
        raise Unavailable("The connection to the relay failed before the message was sent.")
    try:
        protocol.write(_DOT)
    except (SMTPException, OSError) as why:
        raise Unavailable("The connection to the relay failed before the message was sent.") from why
    try:
        response = await protocol.read_response(timeout=timeout)
    except (SMTPException, OSError) as why:
        raise OutcomeUnknown(
            f"The connection was lost after the message was sent, before the mail server confirmed it: {_words(why)}."
        ) from why
    if response.code < 400 and response.code != 250:
        raise OutcomeUnknown(f"The mail server answered something odd: {response.code} {_one_line(response.message)}")
    _expect(response, 250, what="the message")
    return _one_line(response.message)


def _with_dots(content: bytes) -> bytes:
    """Transparency (RFC 5321 §4.5.2). All line ends are CR LF already: we wrote them."""
    body = content if content.endswith(b"\r\n") else content + b"\r\n"
    return (b"\r\n" + body).replace(b"\r\n.", b"\r\n..")[2:]


@cache
def _tls(*, verify: bool) -> ssl.SSLContext:
    """Where a password or `smtps` asks for it, the certificate is checked; else TLS only keeps out listeners."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _words(why: BaseException) -> str:
    if isinstance(why, SMTPResponseException):
        return f"{why.code} {_one_line(why.message)}"
    return _one_line(str(why)) or type(why).__name__


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:300]


async def _hang_up(client: SMTP) -> None:
    with suppress(SMTPException, OSError):
        await client.quit(timeout=2)
    client.close()
