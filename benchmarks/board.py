"""The live board in Chromium: 60 agents, 20 queues, 50 events a second; was a frame dropped? (PERFORMANCE, UX §14)

The built console is served beside a small stand-in for the server: it answers what the page
asks for, and sends events over the live line as the house would, evenly, at the offered rate.
Measured in the page: the time between frames, long tasks, and how long each paint of the
board took. The limit, in the same run: the same page with nothing sent.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from crm_core.rules.board import COLUMNS
from gateway.serve import CannotServe

AGENTS, QUEUES, WAITING, RATE = 60, 20, 400, 50
SECONDS, LONG_SECONDS = 10.0, 60.0
DIST = Path(__file__).parents[1] / "gateway/static/dist/console"
CHANNELS = (("talk", True), ("call", True), ("mail", False), ("paper", False), ("form", False))

WATCH = """() => {
  const seen = (window.seen = { frames: [], long: [] });
  let last = performance.now();
  const look = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(look); };
  requestAnimationFrame(look);
  new PerformanceObserver((list) => { for (const one of list.getEntries()) seen.long.push(one.duration); }).observe({ type: "longtask" });
}"""


def run(long: bool) -> Mapping[str, Any]:  # noqa: FBT001
    """Quiet first, then under the offered rate."""
    return asyncio.run(_measure(LONG_SECONDS if long else SECONDS))


async def _measure(seconds: float) -> dict[str, Any]:
    from playwright.async_api import async_playwright

    floor = _Floor(random.Random(1))
    runner = web.AppRunner(floor.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=_chromium())
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await page.goto(f"http://127.0.0.1:{port}/console/live")
            await page.locator(".board tbody tr").first.wait_for()
            quiet = await _looked_at(page, seconds / 2)
            sending = asyncio.create_task(floor.send(RATE))
            busy = await _looked_at(page, seconds)
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
            await browser.close()
    finally:
        await runner.cleanup()
    offered = {"agents": AGENTS, "queues": QUEUES, "waiting": WAITING, "events_per_s": RATE, "sent": floor.sent}
    return {**offered, "quiet": quiet, "busy": busy}


async def _looked_at(page: Any, seconds: float) -> dict[str, Any]:
    await page.evaluate(WATCH)
    await asyncio.sleep(seconds)
    seen = await page.evaluate("window.seen")
    frames = sorted(seen["frames"][1:])
    return {
        "frames": len(frames),
        "p50_ms": round(frames[len(frames) // 2], 2),
        "p99_ms": round(frames[int(len(frames) * 0.99)], 2),
        "longest_ms": round(frames[-1], 2),
        "dropped": sum(frame > 25 for frame in frames),
        "long_tasks": len(seen["long"]),
        "longest_task_ms": round(max(seen["long"], default=0.0), 1),
    }


class _Floor:
    """A stand-in for the server, and the events of a busy floor."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._lines: set[web.WebSocketResponse] = set()
        self._begins = datetime.now(UTC)
        self.sent = 0
        self._works = [self._work(number) for number in range(WAITING)]

    def app(self) -> web.Application:
        app = web.Application()
        api = "/api/v1"
        answers: dict[str, Any] = {
            "session": lambda: {"csrf": "t", "agent": self._agent(0), "expires_at": _at(self._begins)},
            "bootstrap": self._bootstrap,
            "board": self._board,
            "tickets": lambda: {"items": [], "next": None},
            "offers": lambda: {"items": [], "next": None},
        }
        for name, answer in answers.items():
            app.router.add_get(f"{api}/{name}", _answering(answer))
        app.router.add_get(f"{api}/events", self._line)
        app.router.add_static("/console/assets", DIST / "assets")
        app.router.add_get("/console/{path:.*}", _page)
        return app

    async def send(self, rate: float) -> None:
        """Evenly, for as long as it is left to."""
        loop = asyncio.get_running_loop()
        began, first = loop.time(), self.sent
        while True:
            await asyncio.sleep(max(0.0, began + (self.sent - first) / rate - loop.time()))
            text = json.dumps({"events": [self._event()]})
            for line in list(self._lines):
                await line.send_str(text)

    async def _line(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        self._lines.add(line)
        await line.send_str('{"hello":{"position":0}}')
        async for _ in line:
            pass
        self._lines.discard(line)
        return line

    def _event(self) -> dict[str, Any]:
        """Somebody comes, is taken, or is done; now and then an agent does something else."""
        self.sent += 1
        head: dict[str, Any] = {
            "position": self.sent,
            "id": f"e{self.sent}",
            "at": _at(datetime.now(UTC)),
            "ticket": None,
        }
        head |= {"at_version": None, "actor": {"kind": "worker", "id": "router"}, "personal": {}}
        if self.sent % 10 == 0:
            agent, duty = self._dice.randrange(AGENTS), self._dice.choice(["available", "break", "available"])
            facts = {"agent": f"a{agent}", "duty": duty, "reason": None, "since": head["at"], "version": self.sent + 10}
            return {**head, "type": "agent.duty", "facts": facts}
        at = self._dice.randrange(len(self._works))
        work = self._works[at]
        step: dict[str, Any]
        if work["state"] == "coming":
            kind, step = "work.queued", {"state": "queued"}
        elif work["state"] == "queued":
            kind, step = "work.taken", {"state": "active", "agent": f"a{self._dice.randrange(AGENTS)}"}
            step |= {"held_at": head["at"], "answered_at": head["at"] if work["came_live"] else None}
        else:
            kind, step = "work.done", {"state": "done", "ended_at": head["at"]}
        work.update(step, version=work["version"] + 1)
        told = {
            **head,
            "ticket": work["ticket"],
            "type": kind,
            "facts": {"row": {"confidential": False}, "work": dict(work)},
        }
        if kind == "work.done":
            self._works[at] = self._work(WAITING + self.sent)
            self._works[at].update(state="coming", version=0)
        return told

    def _work(self, number: int) -> dict[str, Any]:
        channel, live = self._dice.choice(CHANNELS)
        came = datetime.now(UTC) - timedelta(seconds=self._dice.randrange(300 if live else 90_000))
        return {
            "id": f"w{number}",
            "ticket": f"k{number}",
            "queue": f"q{number % QUEUES}",
            "channel": channel,
            "live": live,
            "came_live": live,
            "units": 1,
            "state": "queued",
            "agent": None,
            "version": 1,
            "virtual_start": _at(came),
            "entered_at": _at(came),
            "due_at": None,
            "answered_at": None,
            "left_at": None,
            "held_at": None,
        }

    def _board(self) -> dict[str, Any]:
        day = int(self._begins.timestamp() * 1000) - 86_400_000 // 2
        works = [
            {
                **{name: work[name] for name in ("id", "ticket", "queue", "channel", "live", "came_live", "state")},
                "agent": None,
                "units": 1,
                "came": _ms(work["virtual_start"]),
                "due": None,
                "answered": None,
                "left": None,
                "held": None,
                "entered": _ms(work["entered_at"]),
                "version": 1,
            }
            for work in self._works
        ]
        staff = [
            {
                "id": f"a{number}",
                "duty": "available",
                "since": day,
                "reason": None,
                "capacity": 8,
                "teams": [f"t{number % QUEUES}"],
                "active": True,
                "version": 1,
            }
            for number in range(AGENTS)
        ]
        aims = {"within": 20, "share": 80, "variant": "sl4", "longest": 180, "wrap_up": 300}
        more = {"until": day + 2 * 86_400_000, "aims": aims, "ended": [], "tallies": [], "alerts": []}
        rows = [[work[name] for name in COLUMNS] for work in works]
        return {"position": 0, "day": day, "columns": COLUMNS, "works": rows, "staff": staff, **more}

    def _bootstrap(self) -> dict[str, Any]:
        icons = {"icon": "message", "tone": "grey", "live": False}
        return {
            "position": 0,
            "me": self._agent(0),
            "agents": [self._agent(number) for number in range(AGENTS)],
            "queues": [
                {
                    "id": f"q{number}",
                    "slug": f"q{number}",
                    "name": f"Queue {number}",
                    "titles": {},
                    "icon": "inbox",
                    "team": f"t{number}",
                    "order": number,
                    "active": True,
                    "version": 1,
                }
                for number in range(QUEUES)
            ],
            "services": [],
            "teams": [{"id": f"t{number}", "name": f"Team {number}"} for number in range(QUEUES)],
            "channels": [
                {"name": name, "title": {"en": name}, "capabilities": {**icons, "live": live, "order": order}}
                for order, (name, live) in enumerate(CHANNELS)
            ],
            "inboxes": [
                {"id": f"i-{name}", "channel": name, "name": name, "queue": "q0", "address": None, "active": True}
                for name, _ in CHANNELS
            ],
            "counts": {"inbox": 0, "waiting": 0, "queues": {}},
        }

    def _agent(self, number: int) -> dict[str, Any]:
        return {
            "id": f"a{number}",
            "name": f"Agent {number}",
            "email": f"a{number}@example.org",
            "role": "supervisor",
            "duty": "available",
            "duty_since": _at(self._begins),
            "duty_reason": None,
            "languages": ["en"],
            "skills": {},
            "capacity": {"total": 8, "by_channel": {}},
            "load": {"total": 0, "by_channel": {}},
            "active": True,
            "teams": [f"t{number % QUEUES}"],
            "lent": [],
            "version": 1,
        }


def _answering(answer: Callable[[], Any]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answered(_request: web.Request) -> web.StreamResponse:
        return web.json_response(answer())

    return answered


async def _page(_request: web.Request) -> web.StreamResponse:
    return web.FileResponse(DIST / "index.html")


def _chromium() -> str:
    """The machine's own, wherever it is."""
    found = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
    if found is None:
        raise CannotServe("This benchmark needs Chromium.")
    return found


def _at(when: datetime) -> str:
    return when.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _ms(said: str) -> int:
    return int(datetime.fromisoformat(said).timestamp() * 1000)
