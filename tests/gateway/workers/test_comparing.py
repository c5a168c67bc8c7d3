"""Exchanges are asked how calls stand there, each by itself: one that says nothing holds nobody else up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from channels.contract import Unavailable
from crm_core.model.call import Call, CallDirection, CallNews, CallState, NewsKind
from crm_core.model.ids import CallId, InboxId
from crm_core.model.inbox import Source
from crm_core.queries import sources
from gateway.workers import comparing
from gateway.workers.comparing import CUT_OFF, GIVEN_UP_AFTER, LOOKED_AGAIN_AFTER, LOOKED_AT_EVERY, Comparison

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
        return (CallNews(kind=NewsKind.CALLER_GONE, call=call.id),)

    control = device = manners = lines


@dataclass
class Bench:
    """A comparison with the exchanges of these names, three callers at each; `deeds` is what it wrote down, `heard` what it passed on."""

    exchanges: dict[str, Exchange]
    now: datetime = NOW
    deeds: list[tuple[str, str]] = field(default_factory=list)
    heard_of: list[CallId] = field(default_factory=list)
    known: dict[InboxId, Source] = field(default_factory=dict)
    cut_off: set[InboxId] = field(default_factory=set)

    def __post_init__(self) -> None:
        doors = {InboxId(name): SimpleNamespace(channel=one) for name, one in self.exchanges.items()}
        keeper = SimpleNamespace(doors=doors, house=None)
        self.live = [call(f"{name}-{number}", name) for name in self.exchanges for number in range(3)]
        self.comparison = Comparison(self, keeper, self, clock=lambda: self.now)  # type: ignore[arg-type]
        self.comparison.round(self.live)

    async def after(self, seconds: float) -> dict[str, int]:
        """A round so much later; how often each exchange was asked by then."""
        self.now += timedelta(seconds=seconds)
        self.comparison.round(self.live)
        await asyncio.sleep(0.01)
        return {name: len(one.asked) for name, one in self.exchanges.items()}

    async def do(self, _actor: Any, action: Any, what: str, *_args: Any, **_more: Any) -> None:
        self.deeds.append((action.__name__, what))

    async def ask(self, _actor: Any, query: Any) -> Any:
        return self.known if query is sources.all_of_them else self.cut_off

    def ear(self, _door: Any) -> None: ...

    async def heard(self, _door: Any, news: CallNews) -> None:
        assert news.call is not None
        self.heard_of.append(news.call)

    def did(self, name: str) -> list[str]:
        """To what it did this."""
        return [what for deed, what in self.deeds if deed == name]


def call(name: str, inbox: str) -> Call:
    return Call(CallId(name), InboxId(inbox), CallDirection.IN, CallState.WAITING, NOW)


async def test_an_exchange_that_says_nothing_holds_up_no_other_and_is_asked_by_one_call_alone() -> None:
    bench = Bench({"silent": Exchange("silent"), "refusing": Exchange("Not now."), "well": Exchange()})
    assert await bench.after(0) == {"silent": 0, "refusing": 0, "well": 0}, "calls that begin are not looked at yet"
    assert await bench.after(LOOKED_AT_EVERY) == {"silent": 1, "refusing": 1, "well": 3}
    assert await bench.after(LOOKED_AGAIN_AFTER / 2) == {"silent": 1, "refusing": 1, "well": 3}
    assert await bench.after(LOOKED_AGAIN_AFTER) == {"silent": 1, "refusing": 2, "well": 3}
    assert await bench.after(LOOKED_AT_EVERY) == {"silent": 1, "refusing": 3, "well": 6}, "still asked, and not twice"
    assert sorted(set(bench.heard_of)) == ["well-0", "well-1", "well-2"], "what it says is heard"
    await bench.comparison.land()


async def test_a_call_that_is_over_but_for_its_wrap_up_is_not_looked_at() -> None:
    bench = Bench({"well": Exchange()})
    bench.live = [replace(one, state=CallState.WRAPPING) for one in bench.live]
    assert await bench.after(LOOKED_AT_EVERY) == {"well": 0}


async def test_who_waits_at_a_silent_exchange_is_cut_off_until_it_answers_and_then_looked_at_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparing, "CONTROL_SECONDS", 0.001)
    bench = Bench({"dead": Exchange("silent"), "well": Exchange()})
    await bench.after(LOOKED_AT_EVERY)
    assert (bench.did("cut_off"), bench.did("note_refused"), bench.did("back")) == (["dead"], ["dead"], [])
    await bench.after(LOOKED_AGAIN_AFTER)
    assert bench.did("cut_off") == ["dead", "dead"], "who called since, too"
    assert bench.did("give_up") == []
    bench.exchanges["dead"].why = ""
    assert (await bench.after(LOOKED_AGAIN_AFTER))["dead"] == 3
    assert (bench.did("back"), bench.did("note_source")) == (["dead"], ["dead"])
    assert (await bench.after(0))["dead"] == 6, "each of its calls"
    await bench.comparison.land()


async def test_who_waits_at_an_exchange_that_neither_answers_nor_calls_is_given_up_in_the_end_and_not_before() -> None:
    bench = Bench({"dead": Exchange("Not now.")})
    await bench.after(LOOKED_AT_EVERY)
    bench.known = {InboxId("dead"): Source(heard_at=bench.now + timedelta(seconds=GIVEN_UP_AFTER / 2))}
    await bench.after(GIVEN_UP_AFTER)
    assert bench.did("give_up") == [], "it called us meanwhile"
    await bench.after(GIVEN_UP_AFTER / 2)
    assert bench.did("give_up") == ["dead-0", "dead-1", "dead-2"]


@pytest.mark.parametrize(("why", "cut_off"), [("Not now.", ["phone"]), ("", [])])
async def test_an_exchange_that_did_not_take_a_command_is_asked_at_once_and_what_it_says_of_lines_is_no_news(
    why: str, cut_off: list[str]
) -> None:
    """The ring may be on its way: that it knows of no such line yet means nothing."""
    bench = Bench({"phone": Exchange(why)})
    bench.comparison.doubt(bench.live[1])
    assert await bench.after(0) == {"phone": 1}
    assert (bench.did("cut_off"), bench.heard_of) == (cut_off, [])
    assert await bench.after(0) == {"phone": 1}, "once"


@pytest.mark.parametrize("known", ["noted", "held back"])
async def test_a_new_driver_goes_on_where_the_last_one_found_an_exchange_silent(known: str) -> None:
    bench = Bench({"phone": Exchange()})
    if known == "noted":
        bench.known = {InboxId("phone"): Source(trouble=CUT_OFF, since=NOW)}
    else:
        bench.cut_off = {InboxId("phone")}
    await bench.comparison.begin(bench.live)
    await bench.after(0)
    assert bench.did("back") == ["phone"], "else who waits there would wait for ever"
