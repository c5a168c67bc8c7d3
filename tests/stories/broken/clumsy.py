"""Fails in every place where a fault is logged, with the words of a person in the exception."""

import asyncio
from typing import Any

from channels.contract import Response, Wire
from channels.email import reading
from channels.email.sending import Outbox
from channels.email.smtp_session import Dialogue
from crm_core.model.message import Outbound, Receipt
from gateway.__main__ import main
from gateway.intake import Reception
from gateway.workers.indexer import Indexer

_read, _take, _send, _rcpt, _hear = (
    reading.read,
    Reception.take,
    Outbox.send,
    Dialogue.admit_recipient,
    Indexer.hear,
)


def _fails_reading(wire: Wire, **more: Any) -> Any:
    if b"Unreadable" in wire.body:
        raise ValueError(f"cannot read {wire.body!r}")
    return _read(wire, **more)


async def _fails_taking(self: Reception, door: Any, wire: Wire, *, lease: Any = None) -> Response:
    if b"Untakeable" in wire.body:
        raise RuntimeError(f"cannot take {wire.body!r}")
    return await _take(self, door, wire)


async def _fails_sending(self: Outbox, message: Outbound) -> Receipt:
    if "Unsendable" in message.text:
        raise KeyError(f"cannot send {message!r}")
    return await _send(self, message)


def _fails_in_dialogue(self: Dialogue, address: str) -> str:
    if "unspeakable" in address:
        raise LookupError(f"cannot speak to {address}")
    return _rcpt(self, address)


async def _fails_hearing(self: Indexer, events: Any) -> None:
    await _hear(self, events)
    task = asyncio.get_running_loop().create_task(_forgotten(str(events)))
    task.set_name(str(events)[:300])
    raise ArithmeticError(f"cannot hear {events!r}")


async def _forgotten(words: str) -> None:
    """Nobody waits for it: asyncio itself logs what it was doing."""
    raise OSError(words)


reading.read = _fails_reading
Reception.take = _fails_taking  # type: ignore[method-assign]
Outbox.send = _fails_sending  # type: ignore[method-assign]
Dialogue.admit_recipient = _fails_in_dialogue  # type: ignore[method-assign]
Indexer.hear = _fails_hearing  # type: ignore[method-assign,assignment]
main(["serve"])
