"""Visitors who chat while the simulation runs: each waits with a patience of their own, talks when somebody comes, and leaves.

They are a browser to the house: the secret, the line and the words of the page that other
sites embed (`gateway/http/talks.py`).
"""

import asyncio
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from gateway.city.arrivals import Arrivals, next_turn, their_turns
from gateway.city.books import Turn
from gateway.city.dice import Dice
from gateway.city.drafts import Draft
from gateway.city.wording import Wording

PATIENCE = 150.0
"""Seconds that a visitor waits for somebody, in the mean; each draws their own."""

_INBOX = re.compile(r'data-inbox="([^"]+)"')
_LONGEST = 600.0
_DRAWS = 40
_REMEMBERS = 60.0

Say = Callable[[str], None]


@dataclass(slots=True)
class _Talk:
    """What one visitor still wants to say, and what they heard."""

    draft: Draft
    wording: Wording
    ahead: list[Turn]
    settled: asyncio.Event
    began: float
    number: str = ""
    answered: bool = False
    heard: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.draft.citizen.customer.name


class Visitors:
    """Whoever opens the chat of the city's page."""

    def __init__(self, *, web: str, seed: int, say: Say, hurry: float = 1.0) -> None:
        self._web, self._say, self._hurry = web.rstrip("/"), say, hurry
        self._dice = Dice(seed, "visitors")
        self._arrivals = Arrivals("visit", seed=seed)
        self._open: dict[str, tuple[float, bool]] = {}
        self._going: set[asyncio.Task[None]] = set()
        self.accepted = 0

    async def chat(self) -> None:
        """Somebody has a question; until it is in, or refused. They stay until it is answered, or as long as they can wait."""
        settled = asyncio.Event()
        going = asyncio.create_task(self._visit(settled))
        self._going.add(going)
        going.add_done_callback(self._going.discard)
        await settled.wait()

    async def close(self) -> None:
        """Whoever is still there closes the page."""
        for going in list(self._going):
            going.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)

    async def _visit(self, settled: asyncio.Event) -> None:
        try:
            async with aiohttp.ClientSession() as session:
                await self._begin(session, settled)
        finally:
            settled.set()

    async def _begin(self, session: aiohttp.ClientSession, settled: asyncio.Event) -> None:
        draft = await self._drawn(session)
        turns = their_turns(draft)
        talk = _Talk(draft, Wording(draft, dice=self._dice), turns[1:], settled, asyncio.get_running_loop().time())
        try:
            inbox = await self._inbox(session)
            async with session.ws_connect(f"{self._web}/w/{inbox}/line", heartbeat=20) as line:
                await line.send_json({"hello": {"secret": secrets.token_urlsafe(32)}})
                await self._talk(line, talk, turns[0])
        except (aiohttp.ClientError, TimeoutError, ValueError) as why:
            self._tell("chat  ", talk, f"NOT TAKEN: {why!r}")

    async def _drawn(self, session: aiohttp.ClientSession) -> Draft:
        """Who talks about what: by night and on holidays mostly what cannot wait, for nobody answers the rest at once."""
        draft = self._arrivals.drawn()
        for _ in range(_DRAWS):
            if await self._is_open(session, draft.matter.service):
                break
            draft = self._arrivals.drawn()
        return draft

    async def _is_open(self, session: aiohttp.ClientSession, service: str) -> bool:
        known = self._open.get(service)
        at = asyncio.get_running_loop().time()
        if known is None or at - known[0] > _REMEMBERS:
            now: dict[str, Any] = {}
            with suppress(aiohttp.ClientError, TimeoutError, ValueError):
                inbox = await self._inbox(session)
                async with session.get(f"{self._web}/w/{inbox}/services/{service}") as page:
                    now = (await page.json())["now"] if page.status == 200 else {}
            known = self._open[service] = (at, bool(now.get("open") and now.get("staffed")))
        return known[1]

    async def _inbox(self, session: aiohttp.ClientSession) -> str:
        """Whose chat the demonstration page shows."""
        async with session.get(f"{self._web}/w/demo") as page:
            found = _INBOX.search(await page.text()) if page.status == 200 else None
        if found is None:
            raise ValueError("there is no chat")
        return found.group(1)

    async def _talk(self, line: aiohttp.ClientWebSocketResponse, talk: _Talk, first: Turn) -> None:
        service = self._arrivals.services[talk.draft.matter.service]
        body, words = talk.wording.first(first, service=service)
        await self._speak(line, talk, words or body, service=service.slug)
        loop = asyncio.get_running_loop()
        patience = min(self._dice.waiting(PATIENCE), _LONGEST) * self._hurry
        async with asyncio.timeout(_LONGEST * 2):
            while True:
                left = None if talk.answered else talk.began + patience - loop.time()
                try:
                    frame = await line.receive_json(timeout=left)
                except TimeoutError:
                    await line.send_json({"end": True})
                    waited = int(loop.time() - talk.began)
                    self._tell("left  ", talk, f"gave up without an answer after {waited // 60}:{waited % 60:02d}")
                    return
                if await self._heard(line, talk, frame):
                    return

    async def _heard(self, line: aiohttp.ClientWebSocketResponse, talk: _Talk, frame: dict[str, Any]) -> bool:
        """Whether that was the end of it."""
        if (taken := frame.get("taken")) and not talk.number:
            self.accepted += 1
            talk.number = taken["number"]
            self._tell("chat  ", talk, talk.number)
            talk.settled.set()
        if refused := frame.get("refused"):
            raise ValueError(refused["why"])
        news = frame.get("news")
        if news is None:
            return False
        fresh = [one for one in news["messages"] if not one["mine"] and one["id"] not in talk.heard]
        if fresh:
            talk.heard |= {one["id"] for one in fresh}
            talk.answered = True
            await line.send_json({"got": [one["id"] for one in fresh], "read": [one["id"] for one in fresh]})
            if not news["solved"]:
                await self._answer(line, talk, to=fresh[-1]["name"] or "")
        if news["solved"]:
            await line.send_json({"end": True})
            self._tell("talked", talk, f"{talk.number}: has an answer")
            return True
        return bool(talk.number) and not news["live"]

    async def _answer(self, line: aiohttp.ClientWebSocketResponse, talk: _Talk, *, to: str) -> None:
        turn = next_turn(talk.ahead, language=talk.draft.matter.language)
        await line.send_json({"typing": True})
        await asyncio.sleep(self._dice.number(2, 7) * self._hurry)
        await self._speak(line, talk, talk.wording.live(turn, agent=to))

    async def _speak(self, line: aiohttp.ClientWebSocketResponse, talk: _Talk, text: str, **more: Any) -> None:
        said = {"id": secrets.token_urlsafe(12), "text": text[:4000], "name": talk.name}
        await line.send_json({"say": {**said, "language": talk.draft.matter.language, **more}})

    def _tell(self, what: str, talk: _Talk, outcome: str) -> None:
        self._say(f"{datetime.now(UTC):%H:%M:%S}  {what}  {talk.name}: {talk.draft.matter.service}  {outcome}")
