"""Whichever call fails, nothing is half-written, and the second try succeeds (THREATS §4, row 14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crm_core.actions import delivery, housekeeping, intake, keeping, lifecycle, reply, unread, uploads
from crm_core.model.actor import Actor
from crm_core.model.blob import ROW_AT_MOST, Blob
from crm_core.model.errors import StoreDown, StoreFull
from crm_core.model.ids import TicketId
from crm_core.model.message import Delivery, File, Inbound, Message, Receipt
from gateway.files import FileStore
from tests.faults import record
from tests.faults.faulty import Faults, install
from tests.world import ADA, ANNA, MAIL, WINDOW, World, inbound

SENDER = Actor.worker("sender")
SMALL, LARGE = b"a small file", b"L" * (ROW_AT_MOST + 1)

Act = Callable[[], Awaitable[Any]]


@dataclass
class Place:
    """The small house, its folder of files, and what may break."""

    world: World
    files: FileStore
    faults: Faults = field(default_factory=Faults)
    numbers: int = 0

    async def receive(self, words: str, *contents: bytes, **hints: Any) -> intake.Received:
        """A mail as the reception hands it in: files and raw wire first, then the desk."""
        self.numbers += 1
        contact = inbound(words, number=hints.pop("number", self.numbers), **hints)
        sent = tuple(File("file.bin", "application/octet-stream", content) for content in contents)
        return await self.hand_in(Inbound(**{**_fields(contact), "files": sent}))

    async def hand_in(self, contact: Inbound) -> intake.Received:
        blobs = tuple(self.files.keep(file.content) for file in contact.files)
        made = intake.Contact(contact, blobs, self.wire(contact.external_id or ""))
        about: dict[str, Any] = {"inbox": self.world.house.inboxes[MAIL], "house": self.world.house}
        return await self.world.desk.do(Actor.inbox(MAIL), intake.receive, made, **about, reopen_window=WINDOW)

    def wire(self, words: str, *, body: bytes = b"") -> keeping.RawWire:
        return keeping.RawWire(self.world.clock(), {}, self.files.keep(body or words.encode()))

    async def answer(self, ticket: TicketId, **more: Any) -> Message:
        draft = reply.Draft(text="We look into it.", **more)
        return await self.world.do(ANNA, reply.reply, ticket, draft, house=self.world.house)  # type: ignore[no-any-return]

    async def claim(self) -> list[delivery.Parcel]:
        desk = self.world.desk
        lease = await desk.do(SENDER, housekeeping.take_lease, "sender", holder="me", seconds=600)
        assert lease is not None
        return await desk.do(SENDER, delivery.claim, lease=lease, house=self.world.house)

    async def upload(self, content: bytes) -> Any:
        blob: Blob = self.files.keep(content)
        return await self.world.do(ANNA, uploads.upload, blob, name="file.bin", type="application/octet-stream")


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


# ---------------------------------------------------------------- what is tried; each gives the act whose calls fail


async def a_new_mail(place: Place) -> Act:
    return lambda: place.receive("My permit ran out.", number=1)


async def a_new_mail_with_files(place: Place) -> Act:
    return lambda: place.receive("See the pictures.", SMALL, LARGE, number=1)


async def a_mail_that_goes_on(place: Place) -> Act:
    received = await place.receive("Hello")
    ours = await place.answer(received.ticket)
    return lambda: place.receive("Thank you", SMALL, references=(ours.wire_id,), number=99)


async def an_answer_with_a_file(place: Place) -> Act:
    received = await place.receive("Hello")
    file = await place.upload(SMALL)
    return lambda: place.answer(received.ticket, files=(file.id,))


async def a_claim(place: Place) -> Act:
    await place.answer((await place.receive("Hello")).ticket)
    return place.claim


async def a_receipt(place: Place) -> Act:
    queued = await place.answer((await place.receive("Hello")).ticket)
    await place.claim()
    return lambda: place.world.desk.do(
        SENDER, delivery.record, queued.id, Receipt(Delivery.SENT), house=place.world.house
    )


async def a_recovery(place: Place) -> Act:
    await place.answer((await place.receive("Hello")).ticket)
    await place.claim()
    return lambda: place.world.desk.do(SENDER, delivery.recover)


async def a_merge(place: Place) -> Act:
    one, two = await place.receive("One", SMALL), await place.receive("Two", LARGE)
    return lambda: place.world.do(ANNA, lifecycle.merge, two.ticket, into=one.ticket, house=place.world.house)


async def an_upload(place: Place) -> Act:
    return lambda: place.upload(LARGE)


async def a_quarantine(place: Place) -> Act:
    def act() -> Awaitable[Any]:
        wire = place.wire("odd", body=LARGE)
        return place.world.desk.do(
            Actor.inbox(MAIL), unread.quarantine, wire, inbox=MAIL, why="It is odd.", found_by=["odd"]
        )

    return act


async def a_reading_again(place: Place) -> Act:
    wire = await place.world.desk.do(
        Actor.inbox(MAIL), unread.quarantine, place.wire("odd"), inbox=MAIL, why="It is odd.", found_by=["odd"]
    )
    contact = intake.Contact(inbound("It was a mail after all."), (), None)
    about: dict[str, Any] = {"inbox": place.world.house.inboxes[MAIL], "house": place.world.house}
    return lambda: place.world.do(ADA, unread.read_again, wire, contact, **about, reopen_window=WINDOW)


ALL = (
    a_new_mail,
    a_new_mail_with_files,
    a_mail_that_goes_on,
    an_answer_with_a_file,
    a_claim,
    a_receipt,
    a_recovery,
    a_merge,
    an_upload,
    a_quarantine,
    a_reading_again,
)
TOLD_APART = (a_new_mail, a_new_mail_with_files, a_mail_that_goes_on, a_receipt, a_quarantine)
"""These may be tried again without a key though the first try was done: the record knows them again."""


@pytest.mark.parametrize("prepare", ALL, ids=lambda prepare: prepare.__name__)
async def test_whichever_call_fails_the_record_is_as_before_and_the_next_try_succeeds(
    prepare: Callable[[Place], Awaitable[Act]], place: Place
) -> None:
    act = await prepare(place)
    before, n = await record.whole(place.world), 0
    while True:
        n += 1
        place.faults.arm(n)
        try:
            await act()
        except (StoreDown, StoreFull):
            place.faults.disarm()
            changed = _changed(before, await record.whole(place.world))
            # The claim of the lease is a transaction of its own before the one that is tried.
            assert changed <= {"leases"}, f"half-written when call {n} ({place.faults.broken}) failed"
        else:
            break
    place.faults.disarm()
    assert n > 3, f"only {n - 1} calls could fail: the store is not faulty"
    assert place.faults.broken == "", "a call failed and nobody was told"
    assert _changed(before, await record.whole(place.world)), "the last try did nothing"
    assert await record.faults(place.world, place.files) == []


@pytest.mark.parametrize("prepare", TOLD_APART, ids=lambda prepare: prepare.__name__)
async def test_a_commit_whose_answer_was_lost_is_found_again_by_the_next_try(
    prepare: Callable[[Place], Awaitable[Act]], place: Place
) -> None:
    act = await prepare(place)
    place.faults.arm_late("COMMIT")
    with pytest.raises((StoreDown, StoreFull)):
        await act()
    place.faults.disarm()
    after = await record.whole(place.world)
    await act()
    assert _changed(after, await record.whole(place.world)) == set(), "it was done twice"
    assert await record.faults(place.world, place.files) == []


async def test_a_house_that_writes_in_two_transactions_would_be_found(place: Place) -> None:
    """The bad example: its second half fails, its first half stands."""

    async def act() -> None:
        await place.receive("One")
        await place.receive("Two")

    before = await record.whole(place.world)
    for n in range(1, 60):
        place.faults.arm(n)
        try:
            await act()
        except (StoreDown, StoreFull):
            place.faults.disarm()
            if _changed(before, await record.whole(place.world)):
                return
    pytest.fail("half of it stood, and nobody saw it")


def _changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


@pytest.fixture
def place(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(world, FileStore(tmp_path / "files"))
    install(world, made.faults, monkeypatch)
    return made
