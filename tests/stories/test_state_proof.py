"""State proof: for every action and every viewer, the old screen plus the events is the fresh screen.

Cases are recorded from random actions in a real house, over real sockets: what each
viewer saw at some moment, every frame their socket got since, and what a fresh load
says at the end. The built reducer of the browser replays them, and so does a small one
in Python. A reducer with one part taken out must fail.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestServer

from config.settings import load
from crm_core.actions import accounts, assign, delivery, duty, inboxes, intake, lifecycle, reply
from crm_core.model.actor import Actor
from crm_core.model.agent import Duty
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId, TeamId, TicketId
from crm_core.model.message import Delivery, Receipt
from crm_core.model.ticket import Priority, Status
from crm_core.queries import events
from gateway.http.app import make_app
from gateway.http.who import TOKEN_PREFIX, digest
from gateway.wiring import House, build, running
from tests.stories.proof import RECORDED
from tests.stories.service import KEY, ROOT
from tests.world import ADA, ANNA, BEN, FORM, HOUSING, MAIL, PARKING, SUE, WINDOW, inbound

SEEDS = range(40 if "ONESTOP_LONG_TESTS" in os.environ else 2)
VIEWERS = (ANNA, BEN, SUE, ADA)
STEPS = 110
OPERATOR = Actor.worker("operator")
REDUCER = ROOT / "gateway/static/dist/reducer/reducer.mjs"


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("seed", SEEDS)
async def test_old_state_and_events_are_the_fresh_state_for_every_viewer(
    database: str, seed: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    cases, done = await _recorded(database, seed, request, tmp_path)
    missing = set(ACTS) - done
    assert not missing, f"never happened in this run: {sorted(missing)}"
    assert {case["name"].split(", ")[1] for case in cases} == set(VIEWERS), "some viewer has no case"
    assert len(cases) >= 3 * len(VIEWERS)
    assert _replayed_in_python(cases) == []
    judged = _judged(cases, tmp_path)
    assert judged.returncode == 0, judged.stdout[-4000:] + judged.stderr[-2000:]


@pytest.mark.parametrize("part", ["ticket.moved", "message.delivery", "message.received", "note.added", "agent.duty"])
async def test_a_reducer_with_one_part_removed_fails(part: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    cases = await RECORDED.once(lambda: _recorded("sqlite", 1, request, tmp_path))
    assert _judged(cases[0], tmp_path, without=part).returncode == 1


def _judged(cases: list[Any], folder: Path, *, without: str = "") -> subprocess.CompletedProcess[str]:
    """What the browser's built reducer makes of the cases."""
    assert REDUCER.exists(), "the web part is not built: ./onestop test builds it, or python web/build.py"
    path = folder / "cases.json"
    path.write_text(json.dumps(cases))
    command = ["node", str(ROOT / "tests/stories/proof/prove.mjs"), str(REDUCER), str(path), without]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _replayed_in_python(cases: list[dict[str, Any]]) -> list[str]:
    """The rows alone, by the rule in words: keep what is newer, drop what is gone."""
    faults = []
    for case in cases:
        rows = {row["id"]: row for row in case["old"]["tickets"]}
        position = case["old"]["bootstrap"]["position"]
        for frame in case["frames"]:
            for event in frame.get("events", ()):
                row = {**event["facts"].get("row", {}), **event["personal"].get("row", {})}
                known = rows.get(row.get("id"))
                if row and event["position"] > position and (known is None or row["version"] > known["version"]):
                    rows[row["id"]] = row
            for gone in frame.get("gone", ()):
                if gone["position"] > position:
                    rows.pop(gone["ticket"], None)
        fresh = {row["id"]: row for row in case["fresh"]["tickets"]}
        if rows != fresh:
            wrong = sorted(id for id in rows.keys() | fresh.keys() if rows.get(id) != fresh.get(id))
            faults.append(f"{case['name']}: {[(rows.get(id), fresh.get(id)) for id in wrong[:1]]}")
    return faults


# ---------------------------------------------------------------- recording


@dataclass
class Viewer:
    """One member of staff with a screen: its socket's frames and the snapshots it took."""

    agent: AgentId
    session: ClientSession
    socket: ClientWebSocketResponse | None = None
    opened: list[str] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    snapshots: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    async def look(self, *, wanted: Sequence[str]) -> None:
        """Take a snapshot, and note which frames had come by then."""
        self.snapshots.append((len(self.frames), await self.snapshot(wanted=wanted)))

    def since_reload(self) -> list[dict[str, Any]]:
        """Snapshots that a screen could still be showing: told to reload (`reset`), it drops what it had."""
        last = max((at for at, frame in enumerate(self.frames) if frame.get("reset")), default=-1)
        return [snapshot for at, snapshot in self.snapshots if at > last]

    async def get(self, path: str) -> Any:
        async with self.session.get(f"/api/v1{path}") as answer:
            return await answer.json() if answer.status == 200 else None

    async def pages(self, path: str) -> list[Any]:
        """Every item of a list, page by page."""
        items: list[Any] = []
        cursor = ""
        while True:
            page = await self.get(f"{path}{'&' if '?' in path else '?'}limit=100{cursor}")
            if page is None:
                return items
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"&cursor={page['next']}"

    async def snapshot(self, *, wanted: Sequence[str]) -> dict[str, Any]:
        """What a fresh load shows: the house, every ticket in sight, the opened timelines, my offers."""
        bootstrap = await self.get("/bootstrap")
        tickets = await self.pages("/tickets")
        seen = {row["id"] for row in tickets}
        timelines = {id: await self._timeline(id) for id in wanted if id in seen}
        shown = (await self.get("/offers"))["items"]
        return {"bootstrap": bootstrap, "tickets": tickets, "timelines": timelines, "offers": shown, "customers": []}

    async def _timeline(self, ticket: str) -> list[Any]:
        items = await self.pages(f"/tickets/{ticket}/timeline")
        for item in items:
            if item["type"] == "message":
                item["html"] = item["html"] is not None
        return sorted(items, key=lambda item: (item["at_version"], item["type"] != "message", item.get("position", 0)))

    async def listen(self, position: int) -> None:
        """Collect frames until the socket closes."""
        self.socket = await self.session.ws_connect(f"/api/v1/events?after={position}")
        async for message in self.socket:
            if message.type is WSMsgType.TEXT:
                self.frames.append(json.loads(message.data))


async def _recorded(
    database: str, seed: int, request: pytest.FixtureRequest, folder: Path
) -> tuple[list[dict[str, Any]], set[str]]:
    dice = random.Random(seed)
    async with _house(database, request, folder) as house, _viewers(house) as viewers:
        stage = Stage(house, dice)
        for _ in range(6):
            await stage.act("mail")
        opened = list(stage.tickets)
        for viewer in viewers:
            await viewer.look(wanted=opened)
        position = viewers[0].snapshots[0][1]["bootstrap"]["position"]
        listening = [asyncio.create_task(viewer.listen(position)) for viewer in viewers]
        for step in range(STEPS):
            await stage.act(ORDER[step] if step < len(ORDER) else dice.choice(USUAL))
            if step % 25 == 24:
                await asyncio.sleep(0.2)
                for viewer in viewers:
                    await viewer.look(wanted=opened)
        await _quiet(house)
        cases = [case for viewer in viewers for case in await _cases(viewer, opened, seed)]
        for viewer in viewers:
            if viewer.socket is not None:
                await viewer.socket.close()
        await asyncio.gather(*listening, return_exceptions=True)
    return cases, stage.done


async def _cases(viewer: Viewer, opened: Sequence[str], seed: int) -> list[dict[str, Any]]:
    fresh = await viewer.snapshot(wanted=opened)
    return [
        {"name": f"seed {seed}, {viewer.agent}, from {old['bootstrap']['position']}", "old": old,
         "frames": viewer.frames, "fresh": fresh}
        for old in viewer.since_reload()
    ]  # fmt: skip


async def _quiet(house: House) -> None:
    """Until nothing happens any more: the sender has tried, the stream has passed on everything."""
    last, still = -1, 0
    while still < 5:
        top = await house.desk.ask(OPERATOR, events.top)
        still = still + 1 if top == last == house.stream.position else 0
        last = top
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.3)


@asynccontextmanager
async def _house(database: str, request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[House]:
    environ = {"ONESTOP_DATA_DIR": str(folder), "ONESTOP_SECRET_KEY": KEY}
    if database == "postgres":
        make: Callable[[], str] = request.getfixturevalue("fresh_database")
        environ["ONESTOP_DATABASE_URL"] = make()
    else:
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, folder / "onestop.db")
    async with build(load(environ)) as house, running(house):
        yield house


@asynccontextmanager
async def _viewers(house: House) -> AsyncIterator[list[Viewer]]:
    server = TestServer(make_app(house))
    await server.start_server()
    viewers = []
    for agent in VIEWERS:
        token = f"{TOKEN_PREFIX}of-{agent}"
        new = accounts.NewToken(digest=digest(token), agent=agent, name="proof")
        await house.desk.do(OPERATOR, accounts.make_token, new)
        viewers.append(
            Viewer(agent, ClientSession(base_url=server.make_url("/"), headers={"Authorization": f"Bearer {token}"}))
        )
    try:
        yield viewers
    finally:
        for viewer in viewers:
            await viewer.session.close()
        await server.close()


# ---------------------------------------------------------------- what happens


class Stage:
    """Random people doing random things; refusals are part of life and change nothing."""

    def __init__(self, house: House, dice: random.Random) -> None:
        self.house = house
        self.dice = dice
        self.tickets: list[TicketId] = []
        self.messages: list[Any] = []
        self.count = 0
        self.done: set[str] = set()

    async def act(self, name: str) -> None:
        """Do it as somebody; note that it happened unless it was refused."""
        for _ in range(12):
            with suppress(Refusal):
                await ACTS[name](self, self.dice.choice(VIEWERS))
                self.done.add(name)
                return

    def any(self) -> TicketId:
        """Mostly one of the tickets that the viewers have open."""
        return self.dice.choice(self.tickets[:6] if self.dice.random() < 0.7 else self.tickets)

    async def do(self, who: AgentId, action: Any, *args: Any, **kwargs: Any) -> Any:
        return await self.house.desk.do(Actor.agent(who), action, *args, **kwargs)

    async def receive(self, *, form: bool = False) -> None:
        self.count += 1
        door = FORM if form else MAIL
        people = ("wei@example.org", "omar@example.org", "lucia@example.org")
        contact = inbound(f"Words {self.count}", number=self.count, sender=self.dice.choice(people))
        received = await self.house.desk.do(
            Actor.inbox(door),
            intake.receive,
            intake.Contact(replace(contact, proven="dmarc"), (), None),
            inbox=self.house.keeper.house.inboxes[door],
            house=self.house.keeper.house,
            reopen_window=WINDOW,
        )
        self.tickets.append(received.ticket)

    async def follow_up(self) -> None:
        """The citizen writes again, answering a mail of ours."""
        sent = self.dice.choice([message for message in self.messages if message.ticket in self.tickets[:6]])
        self.count += 1
        contact = inbound(
            f"More {self.count}", number=self.count, sender=sent.address.value, references=(sent.wire_id,)
        )
        await self.house.desk.do(
            Actor.inbox(MAIL),
            intake.receive,
            intake.Contact(contact, (), None),
            inbox=self.house.keeper.house.inboxes[MAIL],
            house=self.house.keeper.house,
            reopen_window=WINDOW,
        )

    async def answer(self, who: AgentId) -> None:
        status = self.dice.choice([None, Status.WAITING, Status.SOLVED])
        draft = reply.Draft(text=f"Answer by {who}", status=status)
        self.messages.append(await self.do(who, reply.reply, self.any(), draft, house=self.house.keeper.house))

    async def mention(self, who: AgentId) -> None:
        mentions = frozenset({self.dice.choice(VIEWERS)})
        await self.do(who, reply.note, self.any(), "Have a look.", mentions=mentions)

    async def choose(self, who: AgentId) -> None:
        message = self.dice.choice(self.messages)
        worker = Actor.worker("sender")
        await self.house.desk.do(worker, delivery.postpone, message.id, why="refused")
        await self.house.desk.do(worker, delivery.record, message.id, _UNKNOWN)
        await self.do(who, delivery.choose, message.id, choice=self.dice.choice(["resend", "delivered"]))

    async def lose_team(self, _who: AgentId) -> None:
        """Ben's teams change: what he sees changes with them."""
        names = self.dice.choice([("t-housing",), ("t-parking",), ("t-housing", "t-parking")])
        teams = frozenset(TeamId(name) for name in names)
        await self.do(ADA, accounts.change_user, BEN, accounts.Changes(teams=teams))


_UNKNOWN = Receipt(Delivery.UNKNOWN, "no answer")

ACTS: dict[str, Callable[[Stage, AgentId], Any]] = {
    "mail": lambda stage, _: stage.receive(),
    "form": lambda stage, _: stage.receive(form=True),
    "answer": Stage.answer,
    "follow up": lambda stage, _: stage.follow_up(),
    "note": lambda stage, who: stage.do(who, reply.note, stage.any(), "Only for us."),
    "mention": Stage.mention,
    "choose": Stage.choose,
    "assign": lambda stage, who: stage.do(
        who, assign.assign, stage.any(), to=stage.dice.choice([*VIEWERS, None]), house=stage.house.keeper.house
    ),
    "transfer": lambda stage, who: stage.do(
        who, assign.transfer, stage.any(), to=stage.dice.choice([PARKING, HOUSING]), house=stage.house.keeper.house,
        words=stage.dice.choice(["", "Yours"]),
    ),
    "solve": lambda stage, who: stage.do(who, lifecycle.solve, stage.any()),
    "close": lambda stage, who: stage.do(who, lifecycle.close, stage.any()),
    "reopen": lambda stage, who: stage.do(who, lifecycle.reopen, stage.any(), house=stage.house.keeper.house),
    "status": lambda stage, who: stage.do(
        who, lifecycle.set_status, stage.any(), to=stage.dice.choice(list(Status)), house=stage.house.keeper.house
    ),
    "prioritise": lambda stage, who: stage.do(who, lifecycle.prioritise, stage.any(), to=stage.dice.choice(list(Priority))),
    "rename": lambda stage, who: stage.do(who, lifecycle.rename, stage.any(), subject=f"Better {stage.dice.random()}"),
    "snooze": lambda stage, who: stage.do(
        who, lifecycle.snooze, stage.any(), until=stage.house.clock() + timedelta(hours=stage.dice.randint(1, 9))
    ),
    "classify": lambda stage, who: stage.do(
        who, lifecycle.classify, stage.any(), service=stage.dice.choice(list(stage.house.keeper.house.services)),
        house=stage.house.keeper.house,
    ),
    "merge": lambda stage, who: stage.do(who, lifecycle.merge, stage.any(), into=stage.any(), house=stage.house.keeper.house),
    "duty": lambda stage, who: stage.do(who, duty.set_duty, to=stage.dice.choice(list(Duty))),
    "lose team": Stage.lose_team,
    "inbox": lambda stage, _: stage.do(ADA, inboxes.change_inbox, MAIL, name=f"Larkhaven {stage.dice.random()}"),
}  # fmt: skip
USUAL = [name for name in ACTS if name not in ("lose team", "merge", "close")]
ORDER = [name for name in ACTS if name != "mail"] + ["answer", "follow up", "choose", "merge", "lose team"]
