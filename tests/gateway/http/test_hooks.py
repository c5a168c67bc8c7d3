"""Where providers call us: what becomes of a call, at an inbox's own address and at one that a channel promised."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from channels.contract import (
    Ask,
    ChannelType,
    Forged,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Unreadable,
    Wire,
)
from crm_core.actions import intake, reply
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.model.address import Address
from crm_core.model.errors import Busy, Conflict, StoreDown
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Delivery, Inbound, Outbound, Receipt
from crm_core.queries import quarantine
from gateway import asks
from tests.gateway.http import site as sites
from tests.gateway.http.site import PostSettings, Site, site_on
from tests.world import ADA, ANNA, Clock, World, house

SECRET = "sesame"


class Spring:
    """Takes JSON that knows the word, and remembers each wire."""

    wires: list[Wire]

    def __init__(self, opening: Opening) -> None:
        self.opening = opening

    def read(self, wire: Wire) -> Reading:
        Spring.wires.append(wire)
        if wire.headers.get("X-Word") != SECRET:
            raise Forged
        said = json.loads(wire.body or b"{}")
        if "ask" in said:
            return Reading((Ask(said["ask"], {"of": self.opening.name}),))
        if "state" in said:
            return Reading((Receipt(Delivery(said["state"]), said.get("why"), wire_id=said["id"]),))
        if "words" not in said:
            raise Unreadable("There are no words.")
        return Reading((Inbound(f"s:{said['id']}", Address("spring", said["from"]), "", said["words"]),))

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        answers = [outcome.answer for outcome in outcomes if outcome.answer]
        return Response(200, json.dumps(answers or [one.number for one in outcomes]).encode(), "application/json")

    def render(self, message: Outbound) -> Rendering:
        return Rendering(parts=(message.text,))

    async def send(self, message: Outbound) -> Receipt:
        return Receipt(Delivery.SENT)


def by_number(wire: Wire, openings: Sequence[Opening]) -> InboxId | None:
    """The inbox whose number stands in the question."""
    number = wire.url.rpartition("number=")[2]
    return next((one.inbox for one in openings if one.settings.number == number), None)


SPRING = ChannelType(
    "spring",
    {"en": "Spring", "zh": "泉"},
    Capabilities(),
    PostSettings,
    Spring,
    ("/hooks/spring", "/spring/v2"),
    "spring",
    choose=by_number,
)


@pytest.fixture
async def spring(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The web with one channel more, reached at an address of its own."""
    Spring.wires = []
    monkeypatch.setitem(sites.TYPES, "spring", SPRING)
    path = tmp_path / "onestop.db"
    await asyncio.to_thread(shutil.copyfile, sqlite_template, path)
    clock = Clock()
    desk = SqliteDesk(path, clock=clock)
    world = World(desk, clock, house(), "sqlite")
    async with site_on(world, tmp_path / "data", public_url="https://city.example") as found:
        yield found
    await desk.close()


async def made(site: Site, number: str) -> dict[str, Any]:
    ada = await site.person(ADA)
    said = await ada.post("inboxes", {"channel": "spring", "name": f"Spring {number}", "settings": {"number": number}})
    assert said.status == 201, said.body
    await site.settled()
    found: dict[str, Any] = said.body
    return found


NOTE = {"id": 1, "from": "wei", "words": "The lamp is dark."}


async def call(site: Site, where: str, said: Any = None, *, word: str = SECRET, **headers: str) -> Any:
    path = where.removeprefix("https://city.example")
    nobody = await site.nobody()
    return await nobody.post(path, said or NOTE, headers={"X-Word": word, **headers})


async def contacts(site: Site) -> list[str]:
    return [event.type for event in await site.world.events() if event.type in ("message.received", "wire.quarantined")]


async def test_a_call_is_answered_after_its_commit_and_knows_the_address_that_we_gave_out(spring: Site) -> None:
    inbox = await made(spring, "1")
    assert inbox["hook_url"].startswith("https://city.example/hooks/spring/")
    forwarded = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    said = await call(spring, f"{inbox['hook_url']}?a=%20b", **forwarded)
    assert said.status == 200
    [number] = said.body
    assert number.startswith("ON-")
    [wire] = Spring.wires
    assert (wire.url, wire.method) == (f"{inbox['hook_url']}?a=%20b", "POST")
    assert set(wire.evidence) == {"peer"}, "nothing a caller says is evidence"
    assert await contacts(spring) == ["message.received"]
    assert (await call(spring, inbox["hook_url"])).body == [number], "a repeat is the same contact"
    assert await contacts(spring) == ["message.received"]


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_a_program_of_others_may_call_from_any_site(spring: Site, headers: dict[str, str]) -> None:
    inbox = await made(spring, "1")
    assert (await call(spring, inbox["hook_url"], **headers)).status == 200


async def test_what_is_forged_is_403_and_nothing_is_kept_and_what_cannot_be_read_is_kept_and_not_repeated(
    spring: Site,
) -> None:
    inbox = await made(spring, "1")
    for word in ("", "sesam", "sesame2"):
        assert (await call(spring, inbox["hook_url"], word=word)).status == 403
    assert await contacts(spring) == []
    assert (await call(spring, inbox["hook_url"], {"other": 1})).status == 200
    assert await contacts(spring) == ["wire.quarantined"]
    [kept] = await spring.world.ask(ADA, quarantine.page, at=1 << 62, id="~", limit=10)
    assert kept.why == "There are no words."


@pytest.mark.parametrize("fault", [Busy(retry_after=7), StoreDown("away"), Conflict("somebody was faster")])
async def test_where_nothing_can_be_taken_now_the_provider_is_asked_to_come_again(
    spring: Site, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    inbox = await made(spring, "1")
    usual = spring.desk.do

    async def do(actor: Any, action: Any, *args: Any, **kwargs: Any) -> Any:
        if action is intake.receive:
            raise fault
        return await usual(actor, action, *args, **kwargs)

    monkeypatch.setattr(spring.desk, "do", do)
    said = await call(spring, inbox["hook_url"])
    assert said.status == 503
    assert said.headers["Retry-After"] in ("7", "5", "1")


async def test_an_address_that_a_channel_promised_finds_its_inbox_by_the_channels_own_rule(
    spring: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def services(ask: Ask, *_: Any) -> list[str]:
        return [f"answered {ask.values['of']}"]

    monkeypatch.setattr(asks, "ANSWERS", {"services": services})
    first, second = await made(spring, "1"), await made(spring, "2")
    assert (await call(spring, "/spring/v2/requests.json?number=2")).status == 200
    [event] = [event for event in await spring.world.events() if event.type == "message.received"]
    assert event.actor.id == second["id"]
    assert (await call(spring, "/spring/v2/services?number=1", {"ask": "services"})).body == [["answered Spring 1"]]
    assert (await call(spring, "/spring/v2/services?number=1", {"ask": "gold"})).status == 422
    assert (await call(spring, "/spring/v2/requests.json?number=3")).status == 404
    ada = await spring.person(ADA)
    await ada.ask("PATCH", f"inboxes/{first['id']}", {"active": False})
    await spring.settled()
    assert (await call(spring, "/spring/v2/services?number=1", {"ask": "services"})).status == 404


async def test_a_report_moves_a_message_forward_and_never_back_and_only_a_message_of_its_own_inbox(
    spring: Site,
) -> None:
    inbox, other = await made(spring, "1"), await made(spring, "2")
    await call(spring, inbox["hook_url"])
    [event] = [event for event in await spring.world.events() if event.type == "message.received"]
    draft = reply.Draft(text="We come.")
    sent = await spring.world.do(ANNA, reply.reply, event.ticket, draft, house=spring.keeper.house)
    id = sent.wire_id

    async def told(state: str, *, at: dict[str, Any] = inbox) -> str:
        assert (await call(spring, at["hook_url"], {"state": state, "id": id})).status == 200
        anna = await spring.person(ANNA)
        return str((await anna.get(f"messages/{sent.id}")).body["delivery"])

    assert await told("sent", at=other) == "queued"
    assert await told("delivered") == "delivered"
    assert await told("sent") == "delivered"
    assert await told("read") == "read"
    assert await told("delivered") == "read"
