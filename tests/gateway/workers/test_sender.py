"""The sender: what came of each sending is written down, whatever happens in between, and nothing is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from channels.contract import OutcomeUnknown, Unavailable, Undeliverable
from crm_core.actions import delivery, housekeeping, reply
from crm_core.model.actor import Actor
from crm_core.model.errors import StoreDown
from crm_core.model.message import Delivery, Message, Outbound, Receipt
from gateway.files import FileStore
from gateway.workers import sender
from gateway.workers.sender import SENDER, Sender
from tests.world import ANNA, MAIL, World, _get

OPERATOR = Actor.importer("tests")


@dataclass
class Line:
    """A channel that does what a test says."""

    act: Callable[[Outbound], Any]
    sent: list[str] = field(default_factory=list)

    async def send(self, message: Outbound) -> Receipt:
        self.sent.append(message.message)
        found = self.act(message)
        return await found if asyncio.iscoroutine(found) else cast(Receipt, found)


@pytest.mark.parametrize(
    ("fault", "becomes"),
    [
        (Undeliverable("no such person"), Delivery.FAILED),
        (OutcomeUnknown("lost after the dot"), Delivery.UNKNOWN),
        (Unavailable("not now"), Delivery.QUEUED),
        (ArithmeticError("a fault of the channel"), Delivery.UNKNOWN),
    ],
)
async def test_each_failure_has_its_own_fate(fault: Exception, becomes: Delivery, world: World, tmp_path: Path) -> None:
    def fails(_message: Outbound) -> Receipt:
        raise fault

    message, line = await _answer(world), Line(fails)
    async with _sending(world, line, tmp_path):
        found = await _reaches(world, message, becomes)
    assert found.delivery_reason
    assert line.sent == [message.id]


async def test_what_came_of_a_sending_is_written_down_when_the_record_is_back(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, refusals = world.desk.do, iter(range(3))

    async def do(actor: Any, action: Any, *args: Any, **kwargs: Any) -> Any:
        if action is delivery.record and next(refusals, None) is not None:
            raise StoreDown("away")
        return await usual(actor, action, *args, **kwargs)

    monkeypatch.setattr(world.desk, "do", do)
    monkeypatch.setattr(sender, "LOOK_SECONDS", 0.05)
    message, line = await _answer(world), Line(lambda _message: Receipt(Delivery.SENT))
    async with _sending(world, line, tmp_path):
        await _reaches(world, message, Delivery.SENT)
    assert line.sent == [message.id], "it was sent again because the record was away for a moment"


async def test_a_sender_that_was_frozen_does_not_requeue_what_another_has_sent(world: World) -> None:
    message = await _answer(world)
    lease = await world.desk.do(SENDER, housekeeping.take_lease, "sender", holder="frozen", seconds=60)
    assert lease
    [parcel] = await world.desk.do(SENDER, delivery.claim, lease=lease, house=world.house)
    await world.desk.do(SENDER, delivery.recover)
    await world.do(ANNA, delivery.choose, message.id, choice="resend", house=world.house)
    [again] = await world.desk.do(SENDER, delivery.claim, lease=lease, house=world.house)
    await world.desk.do(
        SENDER, delivery.postpone, message.id, why="timed out", claimed=parcel.version, house=world.house
    )
    assert (await _state(world, message)).delivery is Delivery.SENDING, "the other's sending was taken from it"
    await world.desk.do(SENDER, delivery.record, message.id, Receipt(Delivery.SENT), house=world.house)
    await world.desk.do(SENDER, delivery.park, message.id, claimed=parcel.version)
    assert (await _state(world, message)).delivery is Delivery.SENT
    assert again.outbound.wire_id == parcel.outbound.wire_id


async def test_a_stop_lets_a_sending_finish_but_does_not_wait_for_ever(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "DRAIN_SECONDS", 0.5)

    async def slow(_message: Outbound) -> Receipt:
        await asyncio.sleep(0.2)
        return Receipt(Delivery.SENT)

    async def never(_message: Outbound) -> Receipt:
        await asyncio.sleep(60)
        return Receipt(Delivery.SENT)

    first = await _answer(world)
    async with _sending(world, Line(slow), tmp_path):
        await _reaches(world, first, Delivery.SENDING)
    assert (await _state(world, first)).delivery is Delivery.SENT
    second = await _answer(world)
    async with asyncio.timeout(10), _sending(world, Line(never), tmp_path):
        await _reaches(world, second, Delivery.SENDING)
    async with _sending(world, Line(slow), tmp_path):
        await _reaches(world, second, Delivery.UNKNOWN)


@dataclass
class AnswersLate:
    """A desk whose answer to a claim comes some time after its commit."""

    desk: Any
    committed: asyncio.Event = field(default_factory=asyncio.Event)

    async def do(self, actor: Actor, action: Any, *args: Any, **kwargs: Any) -> Any:
        done = await self.desk.do(actor, action, *args, **kwargs)
        if action is delivery.claim and done:
            self.committed.set()
            await asyncio.sleep(0.2)
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)


async def test_what_was_being_claimed_at_a_stop_is_sent_and_not_unknown(world: World, tmp_path: Path) -> None:
    claimed, late = await _answer(world), AnswersLate(world.desk)
    line = Line(lambda _message: Receipt(Delivery.SENT))
    async with _sending(world, line, tmp_path, desk=late), asyncio.timeout(10):
        await late.committed.wait()
    assert line.sent == [claimed.id]
    assert (await _state(world, claimed)).delivery is Delivery.SENT


@asynccontextmanager
async def _sending(world: World, line: Line, folder: Path, *, desk: Any = None) -> AsyncIterator[None]:
    keeper = SimpleNamespace(house=world.house, doors={MAIL: SimpleNamespace(channel=line)})
    running = Sender(desk or world.desk, cast(Any, keeper), files=FileStore(folder), holder="tests")
    task = asyncio.create_task(running.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _answer(world: World) -> Message:
    received = await world.mail()
    made: Message = await world.do(ANNA, reply.reply, received.ticket, reply.Draft(text="Come."), house=world.house)
    return made


async def _state(world: World, message: Message) -> Message:
    found: Message = await world.desk.ask(OPERATOR, _get, Message, message.id)
    return found


async def _reaches(world: World, message: Message, state: Delivery) -> Message:
    async with asyncio.timeout(10):
        while (found := await _state(world, message)).delivery is not state or found.version == message.version:
            await asyncio.sleep(0.02)
    return found
