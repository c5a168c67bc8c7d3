"""A mailbox on somebody's IMAP server, opened, read and marked; no decision about what is in it.

The library waits where it stands, so every mailbox has a thread of its own. Whatever goes
wrong with the server is one thing to whoever listens: it cannot be used now, and why.
"""

import asyncio
import imaplib
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from channels.contract import Unavailable
from channels.email.reach import dial
from channels.shared import wording

T = TypeVar("T")
Token = Callable[[], Awaitable[str]]

SECONDS = 60.0
"""How long the server may take for one answer."""

RENEWED = 240.0
"""Seconds of waiting for news before it is asked all the same: routers forget a silent line sooner than IMAP (29 min)."""

POLLED = 30.0
"""Seconds between questions to a server that cannot tell by itself."""

_WORDS = wording.beside(__file__)
_PORTS = {"imap": 143, "imaps": 993}
_WHOLE, _HEADERS = b"BODY[]", b"BODY[HEADER]"

logging.getLogger("imapclient").setLevel(logging.WARNING)  # below it, it logs what people wrote


@dataclass(frozen=True, slots=True)
class Place:
    """`imap[s]://user[:password]@host[:port][/folder]`, taken apart."""

    host: str
    port: int
    implicit_tls: bool
    user: str
    password: str = field(repr=False)
    folder: str

    @classmethod
    def parse(cls, url: str) -> "Place":
        """Raises Unavailable, in words for whoever set it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as why:
            raise _WORDS.unavailable("mailbox_unread", why=why) from why
        if parts.scheme not in _PORTS or not parts.hostname or not parts.username:
            raise _WORDS.unavailable("mailbox_shape")
        folder = unquote(parts.path.removeprefix("/")) or "INBOX"
        user, password = unquote(parts.username), unquote(parts.password or "")
        return cls(parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "imaps", user, password, folder)


@dataclass(slots=True)
class Mailbox:
    """An open folder. `validity` and `next_uid` as it was opened: ids mean nothing under another validity."""

    client: "Client"
    thread: ThreadPoolExecutor
    validity: int
    next_uid: int

    async def uids(self, criteria: Sequence[str | int]) -> list[int]:
        """Of the mails that meet criteria, in order."""
        return sorted(await self._do(lambda: self.client.search(list(criteria))))

    async def sizes(self, uids: Sequence[int]) -> Mapping[int, int]:
        """Bytes, of those that are still there."""
        found = await self._do(lambda: self.client.fetch(list(uids), [b"RFC822.SIZE"]))
        return {uid: one[b"RFC822.SIZE"] for uid, one in found.items() if b"RFC822.SIZE" in one}

    async def fetch(self, uids: Sequence[int]) -> Mapping[int, bytes]:
        """Whole mails, as they lie there; those that are gone meanwhile are left out."""
        return await self._parts(uids, _WHOLE)

    async def fetch_headers(self, uid: int) -> bytes | None:
        """Only the headers of one mail."""
        return (await self._parts([uid], _HEADERS)).get(uid)

    async def mark_seen(self, uids: Sequence[int]) -> None:
        """So that whoever opens the mailbox sees what has come in here."""
        await self._do(lambda: self.client.add_flags(list(uids), [rb"\Seen"], silent=True))

    async def wait(self) -> None:
        """Until the server says that something came, or it is time to ask all the same."""
        if await self._do(lambda: self.client.has_capability("IDLE")):
            await self._do(self._idle)
        else:
            await asyncio.sleep(POLLED)
            await self._do(self.client.noop)

    async def _parts(self, uids: Sequence[int], part: bytes) -> Mapping[int, bytes]:
        asked = part.replace(b"BODY[", b"BODY.PEEK[")
        found = await self._do(lambda: self.client.fetch(list(uids), [asked]))
        return {uid: one[part] for uid, one in found.items() if one.get(part)}

    def _idle(self) -> None:
        if self.client.line.has_told():
            return
        self.client.idle()
        if not self.client.line.has_more():
            self.client.idle_check(timeout=RENEWED)
        self.client.idle_done()

    async def _do(self, work: Callable[[], T]) -> T:
        return await _in_thread(self.thread, work)


@asynccontextmanager
async def opened(place: Place, *, token: Token | None = None) -> AsyncIterator[Mailbox]:
    """The folder, open; `token` proves us instead of a password. Raises Unavailable, then and at every question."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="mailbox")
    client: Client | None = None
    try:
        sock = await _dialled(place)
        client = await _in_thread(thread, lambda: _greeted(sock, place))
        proof = await token() if token is not None else None
        folder = await _in_thread(thread, lambda: _selected(client, place, token=proof))
        yield Mailbox(client, thread, folder[b"UIDVALIDITY"], folder.get(b"UIDNEXT", 1))
    finally:
        if client is not None:
            _hang_up(client, thread)
        thread.shutdown(wait=False)


def _hang_up(client: "Client", thread: ThreadPoolExecutor) -> None:
    """The thread may be waiting for the server, and holds what it reads from: it wakes by the socket, and closes."""
    with suppress(OSError):
        client.socket().shutdown(socket.SHUT_RDWR)
    thread.submit(client.shutdown)


async def _dialled(place: Place) -> socket.socket:
    try:
        async with asyncio.timeout(SECONDS):
            sock = await dial(place.host, place.port)
    except (OSError, TimeoutError) as why:
        raise _unavailable(place.host, why) from why
    sock.settimeout(SECONDS)
    return sock


def _greeted(sock: socket.socket, place: Place) -> "Client":
    """Under TLS, unless the server is this very machine."""
    near = sock.getpeername()[0] in ("127.0.0.1", "::1")
    try:
        client = Client(sock, place)
        if not place.implicit_tls and (client.has_capability("STARTTLS") or not near):
            client.starttls(ssl.create_default_context())
    except BaseException:
        sock.close()
        raise
    return client


def _selected(client: "Client", place: Place, *, token: str | None) -> Mapping[bytes, Any]:
    if token is not None:
        client.oauth2_login(place.user, token)
    else:
        client.login(place.user, place.password)
    return client.select_folder(place.folder)  # type: ignore[no-any-return]


class Client(IMAPClient):  # type: ignore[misc]  # it has no types
    """The library's client on a connection that is there already: where it leads was looked at."""

    def __init__(self, sock: socket.socket, place: Place) -> None:
        self._given = sock
        super().__init__(place.host, place.port, ssl=place.implicit_tls, timeout=SECONDS)

    @property
    def line(self) -> "Line":
        """What it speaks over."""
        return self._imap  # type: ignore[no-any-return]

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  the library's name
        sock = self._given
        if self.ssl:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)
        return Line(sock, self.host, self.port)


class Line(imaplib.IMAP4):
    """What the library speaks over; it says what came unasked, which the library reads and passes over."""

    def __init__(self, sock: socket.socket, host: str, port: int) -> None:
        self._given = sock
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return self._given

    def has_told(self) -> bool:
        """Whether an answer to some question said, beside it, that mail came: it is told once, so no listening hears it."""
        _, counts = self.response("EXISTS")
        return counts != [None]

    def has_more(self) -> bool:
        """Whether something is read already: it came in one breath with the last line, and no wait for the socket sees it."""
        self.sock.settimeout(0)
        try:
            return bool(self.file.peek(1))  # type: ignore[union-attr]  # it is a BufferedReader
        except ssl.SSLWantReadError:
            return False
        finally:
            self.sock.settimeout(SECONDS)


async def _in_thread(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, work)
    except (OSError, IMAPClientError, imaplib.IMAP4.error) as why:
        raise _unavailable("", why) from why


def _unavailable(host: str, why: BaseException) -> Unavailable:
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in str(why)).split())[:300]
    where = f" {host}" if host else ""
    return _WORDS.unavailable("mailbox_refused", where=where, why=words or type(why).__name__)
