"""The board over HTTP and the live lines: what a wall sees and what it never sees, who is lent, and what asks for a supervisor."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import ClientWebSocketResponse

from crm_core.actions import duty
from crm_core.model.agent import Agent, Duty
from crm_core.model.ids import AgentId, TeamId
from gateway.bus import ALERTS
from gateway.workers.lookout import Lookout
from tests.gateway.http.site import Person, Site
from tests.world import ANNA, BEN, SUE


async def let_in(site: Site) -> str:
    said = await (await site.person(SUE)).post("board/displays", {})
    assert said.status == 201
    address, _, token = str(said.body["url"]).partition("#")
    assert address.endswith("/console/wall")
    return token


async def looking(display: Person, token: str) -> ClientWebSocketResponse:
    line = await display.http.ws_connect("/api/v1/wall")
    await line.send_str(json.dumps({"token": token}))
    return line


async def told(line: ClientWebSocketResponse) -> Any:
    async with asyncio.timeout(10):
        return json.loads(await line.receive_str())


async def test_a_wall_without_a_person_sees_figures_and_never_a_name_or_a_word(site: Site) -> None:
    await site.world.mail("My neighbour Wei is loud.")
    await site.settled()
    line = await looking(await site.nobody(), await let_in(site))
    hello = (await told(line))["hello"]
    works = [dict(zip(hello["columns"], row, strict=True)) for row in hello["works"]]
    assert [(one["state"], one["channel"], one["ticket"]) for one in works] == [("queued", "email", "")]
    await site.world.mail("My permit ran out.")
    await site.world.do(SUE, duty.set_duty, to=Duty.BREAK, reason="the dentist", of=ANNA)
    await site.settled()
    heard: list[Any] = []
    while len(heard) < 2:
        heard += (await told(line)).get("events", ())
    assert [event["type"] for event in heard] == ["work.queued", "agent.duty"]
    said = json.dumps([hello, heard])
    assert not [word for word in ("Wei", "loud", "permit ran", "dentist", "Anna Kowal", "@") if word in said]
    await line.close()


async def test_a_display_that_is_shut_out_or_was_never_let_in_sees_nothing(site: Site) -> None:
    token = await let_in(site)
    forged = f"{token[:-2]}{'A' if token[-2] != 'A' else 'B'}{token[-1]}"
    for wrong in (forged, "", "1.9999999999.", "nonsense"):
        line = await looking(await site.nobody(), wrong)
        async with asyncio.timeout(10):
            await line.receive()
        assert line.close_code == 4001, wrong
    await (await site.person(SUE)).ask("DELETE", "board/displays")
    line = await looking(await site.nobody(), token)
    async with asyncio.timeout(10):
        await line.receive()
    assert line.close_code == 4001


async def test_somebody_lent_serves_both_teams_until_they_go_off_duty(site: Site) -> None:
    sue = await site.person(SUE)
    said = await sue.post(f"agents/{ANNA}/loans", {"team": "t-housing"})
    assert (said.status, said.body["teams"], said.body["lent"]) == (201, ["t-housing", "t-parking"], ["t-housing"])
    assert (await sue.post(f"agents/{ANNA}/returns", {"team": "t-housing"})).body["lent"] == []
    assert (await _agent(site, ANNA)).teams == {"t-parking"}
    await sue.post(f"agents/{ANNA}/loans", {"team": "t-housing"})
    await site.world.do(ANNA, duty.set_duty, to=Duty.OFFLINE)
    home = await _agent(site, ANNA)
    assert (home.teams, home.lent) == (frozenset({TeamId("t-parking")}), frozenset())
    assert (await sue.post(f"agents/{ANNA}/loans", {"team": "t-housing"})).status == 409, "they are not here"
    assert (await sue.post(f"agents/{BEN}/loans", {"team": "t-nowhere"})).status == 422


async def test_what_asks_for_a_supervisor_is_told_to_supervisors_only_and_stands_on_the_board(site: Site) -> None:
    await site.settled()
    anna, sue = await site.person(ANNA), await site.person(SUE)
    await site.settled()
    lookout = Lookout(site.desk, site.keeper, site.bus, holder="tests", now=site.world.clock)
    await site.world.do(SUE, duty.set_duty, to=Duty.AWAY, reason="no answer", of=BEN)
    await site.settled()
    async with anna.line() as hers, sue.line() as boss:
        await lookout.look()
        (alert,) = (await boss.until("alerts"))["alerts"]
        assert (alert["kind"], alert["subject"], alert["remedy"]) == ("not_answering", BEN, "make_available")
        assert await hers.silent()
    assert (await sue.ask("GET", "board")).body["alerts"] == [alert]
    heard: list[str] = []
    site.bus.listen(lambda topic, _: heard.append(topic))
    await lookout.look()
    assert ALERTS not in heard, "what stands already is no news"


async def test_a_board_and_its_wall_go_by_the_aims_from_the_moment_they_are_set(site: Site) -> None:
    sue = await site.person(SUE)
    line = await looking(await site.nobody(), await let_in(site))
    assert (await told(line))["hello"]["aims"]["within"] == 20
    said = await sue.ask(
        "PUT", "board/aims", {"within": 45, "share": 70, "variant": "sl2", "longest": 90, "wrap_up": 60}
    )
    assert (said.status, said.body["version"]) == (200, 1)
    assert (await sue.ask("GET", "board")).body["aims"] == said.body == (await sue.ask("GET", "board/aims")).body
    await site.settled()
    async with asyncio.timeout(10):
        assert (await line.receive()).data == 1012, "a wall begins anew"
    wrong = await sue.ask("PUT", "board/aims", {**said.body, "longest": 30})
    assert (wrong.status, wrong.body["errors"][0]["code"]) == (422, "longest")


async def _agent(site: Site, id: AgentId) -> Agent:
    async def found(read: Any) -> Agent:
        return await read.get(Agent, id)  # type: ignore[no-any-return]

    return await site.world.ask(SUE, found)  # type: ignore[no-any-return]
