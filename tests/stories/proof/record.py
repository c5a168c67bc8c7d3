"""Records what four members of staff saw and heard while much happened: the cases of the state proof.

After each act of the first round every screen is photographed, so that each kind of event
stands alone in a case (on SQLite; on PostgreSQL only in the long run); later only now and
then. Lines break and come back at random places.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestServer

from config.settings import load
from crm_core.actions import accounts
from crm_core.model.ids import AgentId
from crm_core.model.suspicion import ROOM
from crm_core.queries import events
from crm_core.store import tables
from crm_core.store.tx import Read
from gateway.http.app import make_app
from gateway.http.who import TOKEN_PREFIX, digest
from gateway.sockets import REPLAY_MOST, RESCOPED_BY
from gateway.wiring import House, build, running
from tests.scale import LONG
from tests.stories.proof import (  # noqa: F401  their cases come after the others
    acts_of_accounts,
    acts_of_answers,
    acts_of_board,
    acts_of_calls,
    acts_of_feedback,
    acts_of_live_work,
    acts_of_paper,
    acts_of_people,
    acts_of_replies,
    acts_of_talks,
)
from tests.stories.proof.acts import ACTS
from tests.stories.proof.shelf import Shelf, written
from tests.stories.proof.stage import LAST, OPERATOR, PEOPLE, RARE, VIEWERS, Stage
from tests.stories.proof.witness import witness
from tests.stories.service import KEY
from tests.world import ADA, FORM

FIRST = [name for name in ACTS if name not in LAST]
USUAL = [name for name in ACTS if name not in RARE]
AGAIN = ["answer", "follow_up", "choose", "merge", "lose_team", "rise_and_fall"]
BY_CHANCE = 64
NEW, ROUNDS = 4, 3
LOOK_EVERY, BREAK_EVERY = 16, 8
PAGES = {
    "answers": "/answers",
    "blocks": "/blocks",
    "suspected": "/suspected",
    "catalogue": "/catalogue",
    "inboxes": "/inboxes",
    "keys": f"/inboxes/{FORM}/keys",
    "macros": "/macros",
    "notices": "/notices",
    "owners": "/ownerships",
    "quarantine": "/quarantine",
    "session": "/sessions",
    "suggestions": "/suggestions",
    "tokens": "/tokens",
    "units": "/units",
}
"""What a page shows that asks again when the reducer says so (`stale`), by the word it says."""

Json = dict[str, Any]

_FRESH = sa.select(tables.events.c.seq).where(tables.events.c.position.is_(None)).limit(1)


@dataclass
class Recording:
    """All that was recorded in one run.

    `viewers` holds each one's frames and snapshots; a case names two snapshots, the frames between
    (indexes) and what was done meanwhile, and must turn the one into the other. `told_again` is what a line that was opened
    later told from a recorded position on, beside what the first line had told.
    """

    viewers: dict[str, Json] = field(default_factory=dict)
    cases: list[Json] = field(default_factory=list)
    told_again: list[tuple[str, list[Json], list[Json]]] = field(default_factory=list)
    acts: set[str] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)
    breaks: int = 0

    def kept(self, path: Path) -> Path:
        """The cases as a file for the browser's reducer."""
        path.write_text(written(self.viewers, self.cases))
        return path

    def events(self) -> set[str]:
        """Every kind of event that some screen heard of."""
        return {
            event["type"]
            for viewer in self.viewers.values()
            for frame in viewer["frames"]
            for event in frame.get("events", ())
        }


@dataclass
class Viewer:
    """One member of staff with a screen: its socket's frames and the snapshots it took."""

    agent: AgentId
    session: ClientSession
    socket: ClientWebSocketResponse | None = None
    listening: asyncio.Task[None] | None = None
    frames: list[Json] = field(default_factory=list)
    snapshots: list[Json] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    deeds: list[int] = field(default_factory=list)
    shelf: Shelf = field(default_factory=Shelf)

    @property
    def position(self) -> int:
        """Where this screen stands."""
        first: int = self.snapshots[0]["bootstrap"]["position"]
        return max([first, *(int(said["position"]) for frame in self.frames for said in _said(frame))])

    def snapshots_since_reload(self) -> list[int]:
        """Those that a screen could still be showing: told to reload (`reset`), it drops what it had."""
        last = max((at for at, frame in enumerate(self.frames) if frame.get("reset")), default=-1)
        return [index for index, mark in enumerate(self.marks) if mark > last]

    def snapshots_told_again(self) -> list[int]:
        """Of these, those from which a line is told all that it missed.

        Behind more, or behind what may change what they see (`RESCOPED_BY`), it is told to load anew.
        """
        rescoped = (
            said["position"]
            for frame in self.frames
            for said in frame.get("events", ())
            if said["type"] in RESCOPED_BY and said["facts"].get("agent") in (None, self.agent)
        )
        near = max([self.position - REPLAY_MOST, *rescoped])
        return [at for at in self.snapshots_since_reload() if self.snapshots[at]["bootstrap"]["position"] >= near]

    def may_open(self, page: str) -> bool:
        """Everybody has a page of their own sessions; the others are for admins."""
        return page == "session" or self.agent == ADA

    async def get(self, path: str) -> Any:
        async with self.session.get(f"/api/v1{path}") as answer:
            return await answer.json() if answer.status == 200 else None

    async def pages(self, path: str) -> list[Any]:
        """Every item of a list, page by page; none of a list that is not for them."""
        items: list[Any] = []
        cursor = ""
        while True:
            page = await self.get(f"{path}{'&' if '?' in path else '?'}{cursor}")
            if page is None:
                return items
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"cursor={page['next']}"

    async def snapshot(self, *, wanted: Sequence[str]) -> Json:
        """What a fresh load shows: the house, every ticket in sight, opened timelines and people, offers, pages."""
        bootstrap = await self.get("/bootstrap")
        tickets = await self.pages("/tickets?limit=100")
        if ROOM in {queue["id"] for queue in bootstrap["queues"]}:  # what is held stands in no list, but is in sight
            tickets += await self.pages(f"/tickets?limit=100&queue={ROOM}")
        seen = {row["id"]: row for row in tickets}
        people = sorted({seen[id]["customer"] for id in wanted if id in seen})
        return {
            "bootstrap": bootstrap,
            "tickets": tickets,
            "timelines": {id: await self._timeline(id) for id in wanted if id in seen},
            "customers": [found for id in people if (found := await self.get(f"/customers/{id}"))],
            "offers": (await self.get("/offers"))["items"],
            "pages": {what: await self.pages(path) for what, path in PAGES.items() if self.may_open(what)},
        }

    async def _timeline(self, ticket: str) -> list[Any]:
        items = await self.pages(f"/tickets/{ticket}/timeline?limit=100")
        for item in items:
            if item["type"] == "message":
                item["html"] = item["html"] is not None
        return sorted(items, key=lambda item: (item["at_version"], item["type"] != "message", item.get("position", 0)))

    async def listen(self, *, after: int) -> None:
        """Open the line; frames are collected until it closes."""
        self.socket = await self.session.ws_connect(f"/api/v1/events?after={after}")
        self.listening = asyncio.create_task(_collect(self.socket, self.frames))

    async def hang_up(self) -> None:
        """The line breaks."""
        assert self.socket is not None
        assert self.listening is not None
        await self.socket.close()
        await self.listening

    async def heard_everything(self) -> None:
        """Until an answer to a ping has come: what was said before it is here."""
        if self.socket is not None and not self.socket.closed:
            pongs = sum("pong" in frame for frame in self.frames)
            await self.socket.send_json({"ping": 1})
            while sum("pong" in frame for frame in self.frames) == pongs and not self.socket.closed:
                await asyncio.sleep(0.002)


async def recorded(database: str, seed: int, request: pytest.FixtureRequest, folder: Path) -> Recording:
    """One run: everything once, then by chance, then what is told again from each position."""
    recording = Recording()
    dice = random.Random(seed)
    async with _house(database, request, folder) as house, _viewers(house) as viewers:
        stage = Stage(house, dice, run=f"{database}, seed {seed}")
        for _ in range(4):
            await stage.receive("Words", sender=dice.choice(PEOPLE))
        await stage.receive("Words", sender=PEOPLE[0])
        opened = list(stage.tickets)
        await _look(stage, viewers, opened)
        for viewer in viewers:
            await viewer.listen(after=viewer.position)
        with witness(recording.actions):
            for number, name in enumerate([*FIRST, *AGAIN]):
                await stage.act(name)
                if number % _every_how_many(database) == 0:
                    await _look(stage, viewers, opened)
            await _by_chance(stage, viewers, opened, recording)
            await _with_new_people(stage, viewers, opened)
            recording.cases += [case for viewer in viewers for case in _cases(viewer, stage)]
            for viewer in viewers:
                recording.told_again += [await _told_again(house, viewer, at) for at in viewer.snapshots_told_again()]
            for name in sorted(LAST):
                await stage.act(name)
                await _look(stage, viewers, opened)
                recording.cases += [case for viewer in viewers for case in _cases(viewer, stage, last=2)]
        recording.acts = stage.done
        for viewer in viewers:
            await viewer.hang_up()
            recording.viewers[viewer.agent] = {"frames": viewer.frames, "snapshots": viewer.snapshots}
    return recording


def _every_how_many(database: str) -> int:
    """Each kind of event stands alone on one database; on the other, in the everyday run, a few stand together."""
    return 1 if LONG or database == "sqlite" else 4


async def _by_chance(stage: Stage, viewers: list[Viewer], opened: Sequence[str], recording: Recording) -> None:
    """Anything by anybody; some lines are down meanwhile, and come back at a place they have been to."""
    away = viewers[0]
    for step in range(BY_CHANCE):
        if step % BREAK_EVERY == 0:
            away = stage.dice.choice(viewers)
            await away.hang_up()
            recording.breaks += 1
        await stage.act(stage.dice.choice(USUAL))
        if step % BREAK_EVERY == BREAK_EVERY // 2:
            known = [away.snapshots[at]["bootstrap"]["position"] for at in away.snapshots_since_reload()]
            await away.listen(after=stage.dice.choice([*known, away.position]))
        if step % LOOK_EVERY == LOOK_EVERY - 1:
            await _look(stage, viewers, opened)
    await _look(stage, viewers, opened)


async def _with_new_people(stage: Stage, viewers: list[Viewer], opened: Sequence[str]) -> None:
    """What was refused every time, since all the first tickets are closed by then or nobody may be written to any more."""
    for name in [name for _ in range(ROUNDS) for name in FIRST]:
        if name in stage.done:
            continue
        for _ in range(NEW):
            await stage.receive("Words", sender=f"new{stage.fresh()}@example.org")
            stage.tickets.insert(0, stage.tickets.pop())
            await stage.act("answer")
        await stage.act(name)
        await _look(stage, viewers, opened)


def _cases(viewer: Viewer, stage: Stage, *, last: int | None = None) -> Iterator[Json]:
    """From each snapshot to the next, and from each that still holds to the end."""
    count = len(viewer.snapshots)
    holds = set(viewer.snapshots_since_reload())
    for old in range(count - last if last else 0, count - 1):
        between = viewer.frames[viewer.marks[old] : viewer.marks[old + 1]]
        targets = {old + 1} if not any(frame.get("reset") for frame in between) else set()
        for fresh in sorted(targets | ({count - 1} if old in holds else set())):
            yield {
                "name": f"{stage.run}, {viewer.agent}, from {viewer.snapshots[old]['bootstrap']['position']}"
                f" to {viewer.snapshots[fresh]['bootstrap']['position']}",
                "acts": stage.trail[viewer.deeds[old] : viewer.deeds[fresh]],
                "viewer": viewer.agent,
                "old": old,
                "fresh": fresh,
                "frames": [viewer.marks[old] if fresh == old + 1 else 0, viewer.marks[fresh]],
            }


async def _told_again(house: House, viewer: Viewer, at: int) -> tuple[str, list[Json], list[Json]]:
    """What a new line tells from this snapshot up to now, and what the old one had told: must be the same."""
    after = viewer.snapshots[at]["bootstrap"]["position"]
    again = Viewer(viewer.agent, viewer.session, snapshots=[viewer.snapshots[at]])
    now = await _quiet(house)
    await viewer.heard_everything()
    await again.listen(after=after)
    await again.heard_everything()
    await again.hang_up()
    first, told = (_told(one.frames, after, until=now) for one in (viewer, again))
    return f"{viewer.agent} after {after}", first, told


def _told(frames: Sequence[Json], after: int, *, until: int) -> list[Json]:
    """What was told of positions behind the one and not behind the other: each once, in order."""
    told = {said["position"]: said for frame in frames for said in _said(frame) if after < said["position"] <= until}
    return [told[position] for position in sorted(told)]


def _said(frame: Json) -> list[Json]:
    return [*frame.get("events", ()), *frame.get("gone", ())]


async def _collect(socket: ClientWebSocketResponse, frames: list[Json]) -> None:
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            frames += [json.loads(message.data)]


async def _look(stage: Stage, viewers: Sequence[Viewer], opened: Sequence[str]) -> None:
    """A snapshot of each screen, with nothing happening meanwhile, and a note of which frames had come."""
    while True:
        before = await _quiet(stage.house)
        for viewer in viewers:
            await viewer.heard_everything()
        marks = [len(viewer.frames) for viewer in viewers]
        taken = await asyncio.gather(*(viewer.snapshot(wanted=opened) for viewer in viewers))
        if await _quiet(stage.house) == before:
            break
    for viewer, mark, snapshot in zip(viewers, marks, taken, strict=True):
        viewer.marks.append(mark)
        viewer.snapshots.append(viewer.shelf.shared(snapshot))
        viewer.deeds.append(len(stage.trail))


async def _quiet(house: House) -> int:
    """Until nothing happens: every commit is numbered and passed on, and the workers have nothing to do."""
    last, still = -1, 0
    while still < 3:
        top = await house.desk.ask(OPERATOR, events.top)
        numbered = not await house.desk.ask(OPERATOR, _any_without_a_position)
        still = still + 1 if numbered and top == last == house.stream.told else 0
        last = top
        await asyncio.sleep(0.003)
    return last


async def _any_without_a_position(read: Read) -> bool:
    return await read.one(_FRESH) is not None


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
    viewers, shelf = [], Shelf()
    for agent in VIEWERS:
        token = f"{TOKEN_PREFIX}of-{agent}"
        new = accounts.NewToken(digest=digest(token), agent=agent, name="proof")
        await house.desk.do(OPERATOR, accounts.make_token, new)
        session = ClientSession(base_url=server.make_url("/"), headers={"Authorization": f"Bearer {token}"})
        viewers.append(Viewer(agent, session, shelf=shelf))
    try:
        yield viewers
    finally:
        for viewer in viewers:
            await viewer.session.close()
        await server.close()
