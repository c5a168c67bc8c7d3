"""Colleagues at work while the simulation runs: they take what is offered, let it ring a while, talk, wrap up, and decline now and then.

To the house they are programs with a token of their own each, for as long as the run
lasts: nobody of whom nobody sits at a screen stands there as available afterwards.
"""

import asyncio
import secrets
import tomllib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import aiohttp

from crm_core.actions import accounts
from crm_core.actions.accounts import NewToken
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.agent import Agent, Duty, Role
from crm_core.queries.accounts import staff
from gateway.city.dice import Dice
from gateway.http.who import TOKEN_PREFIX, digest

OPERATOR = Actor.worker("operator")
MANY = 8
"""So many of them work; the rest of the city's staff does whatever they do."""

LOOKS_EVERY = 1.0
_DECLINES = 0.06
_REFUSED = (403, 404, 409, 410, 412)

Say = Callable[[str], None]


class _TooLate(Exception):
    """Somebody else has it by now, or it is over: a colleague goes on to the next thing."""


@asynccontextmanager
async def colleagues(
    desk: Desk, *, web: str, seed: int, say: Say, lasts: timedelta, hurry: float = 1.0
) -> AsyncIterator[None]:
    """They work until this is left; then each does what they did before."""
    async with AsyncExitStack() as stack:
        working = []
        for agent in _chosen(await desk.ask(OPERATOR, staff)):
            session = await stack.enter_async_context(await _session(desk, agent, web=web, lasts=lasts))
            working.append(_Colleague(agent, session, dice=Dice(seed, "colleague", agent.email), say=say, hurry=hurry))
        tasks = [asyncio.create_task(one.work()) for one in working]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in working:
                await one.go_back()


def _chosen(everybody: Sequence[Agent]) -> list[Agent]:
    """Busy ones, so that each team has somebody before any has two."""
    able = [one for one in everybody if one.active and one.role is Role.AGENT and one.duty is Duty.BUSY]
    chosen: list[Agent] = []
    while able and len(chosen) < MANY:
        served = [team for one in chosen for team in one.teams]
        able.sort(key=lambda one: (min((served.count(team) for team in one.teams), default=99), one.id))
        chosen.append(able.pop(0))
    return chosen


async def _session(desk: Desk, agent: Agent, *, web: str, lasts: timedelta) -> aiohttp.ClientSession:
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = NewToken(agent=agent.id, name="simulated", digest=digest(secret), lasts=lasts + timedelta(minutes=5))
    await desk.do(OPERATOR, accounts.make_token, token)
    return aiohttp.ClientSession(
        f"{web.rstrip('/')}/", headers={"Authorization": f"Bearer {secret}"}, timeout=aiohttp.ClientTimeout(total=15)
    )


class _Colleague:
    """One of them: what is offered is taken one after the other, what is taken is answered side by side."""

    def __init__(self, agent: Agent, session: aiohttp.ClientSession, *, dice: Dice, say: Say, hurry: float) -> None:
        self._agent, self._http, self._dice, self._say, self._hurry = agent, session, dice, say, hurry

    async def work(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as answering:
            while True:
                with suppress(_TooLate, aiohttp.ClientError, TimeoutError):
                    await self._be_there()
                    for offer in (await self._ask("GET", "offers"))["items"]:
                        await self._ring(offer, answering)
                await asyncio.sleep(LOOKS_EVERY)

    async def go_back(self) -> None:
        """Nobody sits at this screen any more."""
        with suppress(_TooLate, aiohttp.ClientError, TimeoutError):
            await self._ask("PUT", "agents/me/state", {"duty": "busy"})

    async def _be_there(self) -> None:
        if (await self._ask("GET", "agents/me/state"))["duty"] != "available":
            await self._ask("PUT", "agents/me/state", {"duty": "available"})

    async def _ring(self, offer: dict[str, Any], answering: asyncio.TaskGroup) -> None:
        await self._pass(1, 6)
        if self._dice.chance(_DECLINES):
            await self._ask("POST", f"offers/{offer['id']}/refusals", {"reason": "occupied"})
            return
        row = await self._ask("POST", f"offers/{offer['id']}/acceptances")
        self._tell("takes ", row)
        answering.create_task(self._see_to(row))

    async def _see_to(self, row: dict[str, Any]) -> None:
        """What goes wrong with one matter keeps nobody from the others."""
        with suppress(_TooLate, aiohttp.ClientError, TimeoutError):
            await (self._talk(row) if row["live"] else self._write(row))

    async def _talk(self, row: dict[str, Any]) -> None:
        """A line for each of theirs; with the last it is solved, and wrapped up a while after."""
        lines = _lines(row)["live"]
        while lines:
            await self._pass(3, 9)
            row = await self._ask("GET", f"tickets/{row['id']}")
            if not row["live"]:
                break
            if row["awaiting_since"] is None:
                continue
            text, *lines = lines
            await self._reply(row, text, status="waiting" if lines else "solved")
        await self._pass(5, 25)
        await self._ask("POST", f"tickets/{row['id']}/wrap-ups")
        self._tell("ends  ", row)

    async def _write(self, row: dict[str, Any]) -> None:
        await self._pass(20, 90)
        await self._reply(row, _lines(row)["written"], status="waiting")

    async def _reply(self, row: dict[str, Any], text: str, *, status: str) -> None:
        words = text.replace("{first}", self._agent.name.split()[0])
        await self._ask("POST", f"tickets/{row['id']}/replies", {"text": words, "status": status})
        self._tell("answer", row)

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        async with self._http.request(method, f"api/v1/{path}", json=body) as said:
            if said.status in _REFUSED or said.status >= 500:
                raise _TooLate
            said.raise_for_status()
            return None if said.status == 204 else await said.json()

    async def _pass(self, least: int, most: int) -> None:
        await asyncio.sleep(self._dice.number(least, most) * self._hurry)

    def _tell(self, what: str, row: dict[str, Any]) -> None:
        self._say(f"{datetime.now(UTC):%H:%M:%S}  {what}  {self._agent.name}: {row['customer_name']} {row['number']}")


def _lines(row: dict[str, Any]) -> dict[str, Any]:
    lines: dict[str, Any] = _book()["zh" if (row["language"] or "").startswith("zh") else "en"]
    return lines


@cache
def _book() -> dict[str, Any]:
    return tomllib.loads((files("gateway.city") / "larkhaven" / "colleagues.toml").read_text(encoding="utf-8"))
