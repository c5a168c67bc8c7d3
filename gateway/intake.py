"""From a wire to a committed contact: read, make ready, hand to the desk; and only then an answer."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import structlog

from channels.contract import (
    Ask,
    Fetches,
    LiveCalls,
    Outcome,
    Reading,
    Response,
    Sign,
    Take,
    Unavailable,
    Undeliverable,
    Unreadable,
    Wire,
)
from channels.shared.heavy import LIGHT, HeavyReader, TooHeavy
from crm_core.actions import consenting, delivery, feedback, housekeeping, intake, keeping, phoning, rating, unread
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease, Mark
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.blob import ROW_AT_MOST, Blob
from crm_core.model.call import CallNews, NewsKind, Next, PhoneManners
from crm_core.model.errors import BadInput, NotFound, Problem
from crm_core.model.feedback import Rated
from crm_core.model.ids import InboxId
from crm_core.model.message import Elsewhere, Inbound, Receipt
from crm_core.rules import salvage
from gateway import asks, line
from gateway.examining import Readable, anything
from gateway.files import FileStore
from gateway.house import Door, HouseKeeper

log = structlog.get_logger()

FETCH_SECONDS = 30.0
"""For one file that stands elsewhere."""


class Reception:
    """Takes wires for every door; large ones are read in another process."""

    def __init__(
        self,
        desk: Desk,
        keeper: HouseKeeper,
        *,
        files: FileStore,
        reopen_window: timedelta,
        heavy: HeavyReader | None = None,
        readable: Readable = anything,
    ) -> None:
        """`readable` says whether our own readers may open a content that just came."""
        self._desk = desk
        self._keeper = keeper
        self._files = files
        self.reopen_window = reopen_window
        self.readable = readable
        self._heavy = heavy or HeavyReader()

    def take_for(self, inbox: InboxId) -> Take | None:
        """The way in for one inbox, or None if there is no such open door."""
        if inbox not in self._keeper.doors:
            return None

        async def take(wire: Wire) -> Response:
            return await self.take(self._keeper.doors[inbox], wire)

        return take

    async def take(self, door: Door, wire: Wire, *, lease: Lease | None = None) -> Response:
        """Returns after the commit, or raises: a refusal of the core, or Forged from the channel.

        `lease` is the listener's that fetched it: the wire's cursor is kept with what it
        brought, or nothing is (LostLease, where another listens by now).
        """
        mark = _mark(door, wire, lease)
        try:
            reading = await self._read(door, wire)
        except Unreadable as why:
            return await self.set_aside(door, wire, why=str(why), lease=lease)
        last = next((part for part in reversed(reading.parts) if isinstance(part, Inbound)), None)
        raw = None if last is None else await self._raw(door, wire)
        outcomes = [await self._part(door, part, raw, mark=mark if part is last else None) for part in reading.parts]
        if mark is not None and last is None:
            await self._desk.do(Actor.inbox(door.inbox.id), housekeeping.move_mark, mark)
        return door.channel.answer(reading, outcomes)

    async def entered(self, door: Door, wire: Wire) -> intake.Contact:
        """What a member of staff enters, read by its channel; the record gets it from whoever knows the rest. Raises BadInput."""
        try:
            reading = await self._read(door, wire)
        except Unreadable as why:
            raise BadInput(Problem("text", str(why))) from why
        [inbound] = [part for part in reading.parts if isinstance(part, Inbound)]
        return await self.ready(inbound, await self._raw(door, wire))

    async def set_aside(self, door: Door, wire: Wire, *, why: str, lease: Lease | None = None) -> Response:
        """Into quarantine, where an admin sees it; the provider hears what lets it go on."""
        raw = await self._raw(door, wire)
        await self._desk.do(
            Actor.inbox(door.inbox.id),
            unread.quarantine,
            raw,
            inbox=door.inbox.id,
            why=why,
            found_by=await self._terms(wire.body[: salvage.READ_AT_MOST], raw),
            mark=_mark(door, wire, lease),
        )
        log.warning("quarantined", inbox=door.inbox.id, channel=door.inbox.channel)
        return door.channel.answer(Reading(()), ())

    async def whole(self, door: Door, inbound: Inbound) -> Inbound:
        """With the files that stand elsewhere; of one that is never to be had the text says so. Raises Unavailable."""
        if not inbound.elsewhere or not isinstance(door.channel, Fetches):
            return inbound
        files, words = list(inbound.files), [inbound.text] if inbound.text else []
        for file in inbound.elsewhere:
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    files.append(await door.channel.fetch(file))
            except Undeliverable as why:
                words.append(f"[{file.name}: {why}]")
            except TimeoutError as why:
                raise Unavailable("A file could not be fetched in time.") from why
        return replace(inbound, files=tuple(files), text="\n".join(words), elsewhere=())

    async def ready(self, inbound: Inbound, raw: keeping.RawWire | None) -> intake.Contact:
        """The contact with its files made ready for the record; large ones are on disk when this returns."""
        blobs = tuple([await self._keep(file.content) for file in inbound.files])
        return intake.Contact(inbound, blobs, raw)

    async def heard(self, door: Door, news: CallNews) -> Next:
        """What the phone told is in the record; what the caller hears next."""
        contact = None
        if news.recording:
            with suppress(Unavailable):  # it is fetched later: `fetched`
                contact = await self._tape(door, news.recording)
        ear = self.ear(door, contact=contact)
        told = await self._desk.do(Actor.inbox(door.inbox.id), phoning.hear_call, news, ear=ear)
        return await line.told(told, news, inbox=door.inbox.id, desk=self._desk, manners=ear.manners)

    async def fetched(self, door: Door, news: CallNews) -> None:
        """A recording that could not be had before is in the record. Raises Unavailable."""
        ear = self.ear(door, contact=await self._tape(door, news.recording or ""))
        await self._desk.do(Actor.inbox(door.inbox.id), phoning.hear_call, news, ear=ear)

    async def _tape(self, door: Door, there: str) -> intake.Contact:
        file = Elsewhere(f"{NewsKind.RECORDED.value}.mp3", "audio/mpeg", there)
        words = Inbound(there, Address("", ""), "", "", elsewhere=(file,))
        return await self.ready(await self.whole(door, words), None)

    def ear(self, door: Door, *, contact: intake.Contact | None = None) -> phoning.Ear:
        """With what the news of an inbox of calls is heard."""
        manners = door.channel.manners() if isinstance(door.channel, LiveCalls) else PhoneManners()
        house = self._keeper.house
        return phoning.Ear(inbox=door.inbox, house=house, manners=manners, window=self.reopen_window, contact=contact)

    async def _part(
        self,
        door: Door,
        part: Inbound | Receipt | Sign | Ask | Rated | CallNews,
        raw: keeping.RawWire | None,
        *,
        mark: Mark | None,
    ) -> Outcome:
        """What became of it; what the core refused, where the channel says that itself."""
        try:
            return await self._done(door, part, raw, mark=mark)
        except (BadInput, NotFound) as why:
            if not door.type.refusals:
                raise
            return Outcome(refused=why)

    async def _done(
        self,
        door: Door,
        part: Inbound | Receipt | Sign | Ask | Rated | CallNews,
        raw: keeping.RawWire | None,
        *,
        mark: Mark | None,
    ) -> Outcome:
        if isinstance(part, Ask):
            return Outcome(answer=await asks.answer(part, door=door, desk=self._desk, keeper=self._keeper))
        if isinstance(part, CallNews):
            return Outcome(answer=await self.heard(door, part))
        if isinstance(part, Receipt):
            await self._desk.do(Actor.inbox(door.inbox.id), delivery.reported, part, house=self._keeper.house)
        if isinstance(part, Rated):
            rate = feedback.rate_on_wire
            kept = await self._desk.do(Actor.inbox(door.inbox.id), rate, part, house=self._keeper.house)
            return Outcome(answer=None if kept is None else kept.score)
        if not isinstance(part, Inbound):
            return Outcome()
        contact = await self.ready(await self.whole(door, part), raw)
        actor, heard = Actor.inbox(door.inbox.id), await self._heard(door, contact)
        if heard is not None:
            if mark is not None:
                await self._desk.do(actor, housekeeping.move_mark, mark)
            return heard
        received = await self._desk.do(
            actor,
            intake.receive,
            contact,
            inbox=door.inbox,
            house=self._keeper.house,
            reopen_window=self.reopen_window,
            mark=mark,
        )
        return Outcome(number=received.number, repeat=received.repeat)

    async def _heard(self, door: Door, contact: intake.Contact) -> Outcome | None:
        """What a whole message says to us rather than to anybody here; None: it is a message like any other."""
        actor, part, house = Actor.inbox(door.inbox.id), contact.inbound, self._keeper.house
        if part.wish is not None:
            heeded = await self._desk.do(actor, consenting.hear, contact, inbox=door.inbox)
            return None if heeded is None else Outcome(repeat=heeded.repeat)
        if rating.may_rate(part, inbox=door.inbox, house=house):
            rated = await self._desk.do(actor, rating.hear_figure, contact, inbox=door.inbox, house=house)
            return None if rated is None else Outcome(number=rated.number, repeat=rated.repeat)
        return None

    async def _read(self, door: Door, wire: Wire) -> Reading:
        return await self._heavy.read(door.channel, wire)

    async def _terms(self, body: bytes, raw: keeping.RawWire) -> tuple[str, ...]:
        """What it can be found by; of what is too heavy for this too, by its beginning."""
        if len(body) > LIGHT:
            with suppress(TooHeavy):
                return await self._heavy.do(salvage.terms, body, around=raw.headers)
        return await asyncio.to_thread(salvage.terms, body[:LIGHT], around=raw.headers)

    async def _raw(self, door: Door, wire: Wire) -> keeping.RawWire:
        if door.type.kept is not None:
            wire = door.type.kept(wire)
        evidence = dict(wire.evidence)
        headers = {
            "headers": dict(wire.headers),
            "url": wire.url,
            "recipients": list(wire.recipients),
            "evidence": evidence,
        }
        return keeping.RawWire(wire.arrived_at, headers, await self._keep(wire.body))

    async def _keep(self, content: bytes) -> Blob:
        if len(content) <= ROW_AT_MOST:
            return self._files.keep(content)
        return await asyncio.to_thread(self._files.keep, content)


def mark_name(inbox: InboxId) -> str:
    """By what a listener's cursor is kept."""
    return f"source/{inbox}"


def _mark(door: Door, wire: Wire, lease: Lease | None) -> Mark | None:
    if lease is None or wire.cursor is None:
        return None
    return Mark(mark_name(door.inbox.id), wire.cursor.text, lease)
