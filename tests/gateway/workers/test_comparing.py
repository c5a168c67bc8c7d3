"""Exchanges are asked how calls stand there, each by itself: one that says nothing holds nobody else up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from channels.contract import Unavailable
from crm_core.model.call import Call, CallDirection, CallNews, CallState
from crm_core.model.ids import CallId, InboxId
from gateway.workers.comparing import LOOKED_AGAIN_AFTER, LOOKED_AT_EVERY, Comparison

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


class Exchange:
    """It answers at once, refuses, or says nothing; and notes of which calls it was asked."""

    def __init__(self, why: str = "") -> None:
        self.why, self.asked = why, list[CallId]()

    async def lines(self, call: Call) -> Sequence[CallNews]:
        self.asked.append(call.id)
        if self.why == "silent":
            await asyncio.Event().wait()
        if self.why:
            raise Unavailable(self.why)
        return ()

    control = device = manners = lines


class Record:
    """It takes what is written down."""

    async def do(self, *_args: Any, **_more: Any) -> None: ...

    async def ask(self, *_args: Any) -> dict[InboxId, Any]:
        return {}


def call(name: str, inbox: str) -> Call:
    return Call(CallId(name), InboxId(inbox), CallDirection.IN, CallState.WAITING, NOW)


async def test_an_exchange_that_says_nothing_holds_up_no_other_and_is_asked_by_one_call_alone() -> None:
    exchanges = {"silent": Exchange("silent"), "refusing": Exchange("Not now."), "well": Exchange()}
    doors = {InboxId(name): SimpleNamespace(channel=one) for name, one in exchanges.items()}
    now = NOW
    comparison = Comparison(Record(), SimpleNamespace(doors=doors), None, clock=lambda: now)  # type: ignore[arg-type]
    live = [call(f"{name}-{number}", name) for name in exchanges for number in range(3)]
    comparison.round(live)
    now += timedelta(seconds=LOOKED_AT_EVERY)
    comparison.round(live)
    await asyncio.sleep(0.01)
    assert {name: len(one.asked) for name, one in exchanges.items()} == {"silent": 1, "refusing": 1, "well": 3}
    now += timedelta(seconds=LOOKED_AGAIN_AFTER)
    comparison.round(live)
    await asyncio.sleep(0.01)
    assert {name: len(one.asked) for name, one in exchanges.items()} == {"silent": 1, "refusing": 2, "well": 3}
    await comparison.land()
