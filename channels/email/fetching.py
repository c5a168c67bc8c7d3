"""Fetches mail out of a mailbox: everything once, in order, and from where the last commit ended.

How far we are is UIDVALIDITY and the last UID, kept in the commit of the mail that bears it.
A server that numbers anew is read from its beginning: what we have already is a repeat.
The first time, old mail that somebody has read stays where it is; the rest comes in.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from channels.contract import Bearings, Cursor, Listener, Opening, Take, Unavailable, Wire
from channels.email import imap
from channels.email.imap import Mailbox, Place
from channels.email.proving import Prover
from channels.email.settings import EmailSettings, listed
from channels.email.tokens import Tokens
from channels.email.unread import Unread

LARGEST = 52_428_800
"""Bytes of a mail that is fetched whole; of a larger one its headers come in, and words that say so."""

AT_ONCE, BYTES_AT_ONCE = 50, 8_388_608
"""Mails, and bytes of them, in one answer of the server."""

_TOO_LARGE = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThis mail of %d MB is too large to be taken in. It lies in the mailbox.\r\n"
_SHAPING = (b"content-type", b"content-transfer-encoding", b"mime-version")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far we are: every mail up to `uid` is in; up to `ceiling` only unread ones are wanted."""

    validity: int = 0
    uid: int = 0
    ceiling: int = 0

    @classmethod
    def read(cls, cursor: Cursor | None) -> "Mark | None":
        """Of a cursor; None where nothing was ever fetched."""
        return None if cursor is None else cls(*map(int, cursor.text.split(":")))

    def kept(self) -> Cursor:
        """As a cursor."""
        return Cursor(f"{self.validity}:{self.uid}:{self.ceiling}")

    def within(self, box: Mailbox) -> "Mark":
        """The same mark for a mailbox that may have been numbered anew."""
        return self if self.validity == box.validity else Mark(box.validity)

    def wanted(self, uids: Sequence[int]) -> list[int]:
        """Those behind it: `UID n:*` also finds the last mail where it stands before n."""
        return [uid for uid in uids if uid > self.uid]


@dataclass(slots=True)
class Fetcher:
    """Listens at one mailbox."""

    opening: Opening
    bearings: Bearings
    url: str = field(repr=False)
    tokens: Tokens | None = None
    prover: Prover = field(default_factory=Prover)

    async def listen(self, take: Take, *, since: Cursor | None) -> None:
        """Until cancelled, or raises Unavailable."""
        async with imap.opened(
            Place.parse(self.url), token=None if self.tokens is None else self.tokens.current
        ) as box:
            unread = Unread()
            mark = (Mark.read(since) or Mark(box.validity, 0, box.next_uid - 1)).within(box)
            while True:
                async for uid, raw in self._waiting(box, mark):
                    mark = replace(mark, uid=uid)
                    await take(await self._wire(raw, mark))
                    self.bearings.heard()
                self.bearings.heard()
                trouble = unread.look(await box.uids(["UNSEEN"]), at=self.bearings.clock())
                if trouble is not None:
                    self.bearings.troubled(trouble)
                await box.wait()

    async def _waiting(self, box: Mailbox, mark: Mark) -> AsyncIterator[tuple[int, bytes]]:
        """What came since, in order; each portion is marked as seen when the last of it was taken."""
        uids: list[int] = []
        if mark.uid < mark.ceiling:
            uids = mark.wanted(await box.uids(["UID", f"{mark.uid + 1}:{mark.ceiling}", "UNSEEN"]))
        behind = max(mark.uid, mark.ceiling)
        uids += replace(mark, uid=behind).wanted(await box.uids(["UID", f"{behind + 1}:*"]))
        for at in range(0, len(uids), AT_ONCE):
            sizes = await box.sizes(uids[at : at + AT_ONCE])
            for some in _portions(sizes):
                mails = await self._fetched(box, some, sizes=sizes)
                for uid in sorted(mails):
                    yield uid, mails[uid]
                with suppress(Unavailable):  # a mailbox that may not be changed is read all the same
                    await box.mark_seen(sorted(mails))

    async def _fetched(self, box: Mailbox, uids: list[int], *, sizes: Mapping[int, int]) -> dict[int, bytes]:
        if len(uids) == 1 and sizes[uids[0]] > LARGEST:
            headers = await box.fetch_headers(uids[0])
            return {} if headers is None else {uids[0]: _instead(headers, size=sizes[uids[0]])}
        return dict(await box.fetch(uids))

    async def _wire(self, raw: bytes, mark: Mark) -> Wire:
        now = self.bearings.clock()
        evidence = await self.prover.of_fetched(raw, at=now)
        return Wire(raw, {}, "imap:", now, evidence=evidence, cursor=mark.kept())


def open_fetcher(opening: Opening, bearings: Bearings) -> Listener | None:
    """What fetches for a mailbox that its settings name; None where they name none."""
    settings: EmailSettings = opening.settings
    if not settings.mailbox:
        return None
    trusted = frozenset(name.casefold() for name in listed(settings.checked_by))
    return Fetcher(
        opening,
        bearings,
        settings.mailbox,
        tokens=Tokens.of(settings),
        prover=Prover(trusted_mx=trusted),
    )


def _portions(sizes: Mapping[int, int]) -> list[list[int]]:
    """Neighbours that come in one answer: not too many bytes, and a very large mail alone."""
    portions: list[list[int]] = []
    room = 0
    for uid, size in sorted(sizes.items()):
        if not portions or size > room:
            portions.append([])
            room = BYTES_AT_ONCE
        portions[-1].append(uid)
        room -= size
    return portions


def _instead(headers: bytes, *, size: int) -> bytes:
    """Who wrote and about what, so that somebody can ask or look; a body that says where the rest is."""
    kept: list[bytes] = []
    for line in headers.strip().splitlines(keepends=True):
        if line[:1] in b" \t" and kept:
            kept[-1] += line
        else:
            kept.append(line)
    stays = [line for line in kept if line.split(b":", 1)[0].strip().lower() not in _SHAPING]
    return b"".join(stays).rstrip() + b"\r\n" + _TOO_LARGE % (size // 1_048_576)
