"""Visitors' pages at the other end of a line: told when there is something new, and who is there told to staff.

A visitor's page is no screen: it has no scope, only a secret. So it gets no events; an event
about its ticket wakes it, and it looks at what it may see (`queries/talks.py`). What it
missed while its line was lost it sees by the same look.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from aiohttp import web

from crm_core.actions import talks as actions
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.ids import QueueId, TicketId
from crm_core.model.inbox import Inbox
from crm_core.model.view import Json, instant
from crm_core.queries import talks
from crm_core.queries.talks import News, Seen
from crm_core.rules import talks as talks_rule
from gateway.bus import SIGNAL, VISIT, Bus
from gateway.line import reckoned
from gateway.told_visitors import news_of
from routing.decision import Timing
from routing.waiting import Told

log = structlog.get_logger()

PATIENCE = 10.0
"""Seconds in which a page must take what is said to it, else its line is cut."""

SAY_AGAIN = 10.0
"""Seconds after which staff are told again who is there; they forget after a while (`presence.LASTS`)."""

GRACE = 5.0
"""Seconds after a lost line before staff hear that a visitor left: a page that loads anew is not leaving."""

AGEING = Timing().live.ageing
PACE_LASTS = 1.0
"""Seconds for which all who stand in a line are told by one look at how fast it moves."""


class Visit:
    """One page: where it talks to, whose it is, how far it has come."""

    __slots__ = (
        "audience",
        "heard_at",
        "inbox",
        "queue",
        "seen",
        "seen_at",
        "ticket",
        "visitor",
        "wake",
        "warning",
        "ws",
    )

    def __init__(self, ws: web.WebSocketResponse, *, inbox: Inbox, visitor: Address, seen: Seen | None) -> None:
        self.ws = ws
        self.inbox = inbox
        self.visitor = visitor
        self.seen = seen
        self.wake = asyncio.Event()
        self.ticket: TicketId | None = None
        self.queue: QueueId | None = None
        self.audience: frozenset[str] = frozenset()
        self.heard_at: datetime | None = None
        self.warning: asyncio.TimerHandle | None = None
        self.seen_at: datetime | None = None


class Visits:
    """All visitors' pages of this process."""

    def __init__(self, desk: Desk, bus: Bus, *, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._bus = bus
        self._clock = clock
        self._all: set[Visit] = set()
        self._of_ticket: defaultdict[TicketId, set[Visit]] = defaultdict(set)
        self._paces: dict[QueueId, tuple[float, talks.Pace | None]] = {}
        self._moved: set[QueueId] = set()
        self._leaving: dict[Visit, asyncio.TimerHandle] = {}
        bus.listen(self._heard)

    def __len__(self) -> int:
        return len(self._all)

    async def serve(self, visit: Visit) -> None:
        """Tell a page what is new, whenever there is, until it is gone."""
        self._all.add(visit)
        try:
            visit.wake.set()
            while not visit.ws.closed:
                await visit.wake.wait()
                visit.wake.clear()
                await self._look(visit)
        finally:
            self._leave(visit)

    async def look(self, inbox: Inbox, visitor: Address, *, seen: Seen | None) -> News:
        """What is new for a visitor. Raises Refusal where the record cannot say."""
        return await self._desk.ask(
            Actor.inbox(inbox.id), talks.news, visitor, inbox=inbox.id, seen=seen, ageing=AGEING
        )

    async def told(self, inbox: Inbox, news: News, *, before: Seen | None) -> Json:
        """News as a page gets them, with an honest wait for who stands in line; it grows by a step at most."""
        return news_of(news, wait=await self._wait(inbox, news, told=None if before is None else before.told))

    def wrote(self, visitor: Address) -> None:
        """Somebody wrote at one of their pages: the others, at whichever process, look too."""
        self._bus.tell(VISIT, {"kind": "wrote", "visitor": str(visitor)})

    def types(self, visit: Visit) -> None:
        """They write at this moment; nobody keeps it."""
        self._tell(visit, "typing")

    async def hear(self, events: list[Stamped]) -> None:
        """Events from the stream: whoever they are about looks, and so do those whose line moved."""
        for event in events:
            if event.type.startswith("work."):
                self._note_work(event)
            elif event.type == "agent.duty":  # more serve now, or fewer
                self._moved |= {visit.queue for visit in self._all if visit.queue is not None}
                self._paces.clear()
            for visit in self._of_ticket.get(event.ticket, ()) if event.ticket else ():
                visit.audience = event.audience
                visit.wake.set()

    async def run(self) -> None:
        """Keep staff told who is there, and those who wait where they stand, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._say_again())
            group.create_task(self._move_up())

    async def close(self) -> None:
        """The server stops: pages come back by themselves."""
        for handle in self._leaving.values():
            handle.cancel()
        await asyncio.gather(*(self._cut(visit, 1001) for visit in list(self._all)))

    async def _look(self, visit: Visit) -> None:
        try:
            news = await self.look(visit.inbox, visit.visitor, seen=visit.seen)
        except Refusal as why:
            log.warning("a visitor's page waits for the record", why=why.why)
            asyncio.get_running_loop().call_later(1.0, visit.wake.set)
            return
        words = await self.told(visit.inbox, news, before=visit.seen)
        if news.ticket is not None:
            before = None if visit.seen is None or news.place is None else visit.seen.told
            step = before if words["step"] is None else words["step"]
            visit.seen = Seen(news.position, news.ticket.number, step)
            visit.heard_at = news.strand.last_inbound_at if news.strand is not None else None
            self._place(visit, news)
        self._mind_the_end(visit, news)
        await self.say(visit, {"news": words})

    def _mind_the_end(self, visit: Visit, news: News) -> None:
        """Before a talk ends by itself, whoever is there is asked; who waits for us goes on without being asked."""
        if visit.warning is not None:
            visit.warning.cancel()
            visit.warning = None
        until = (
            news.strand.live_until if news.strand is not None and news.ticket is not None and news.ticket.live else None
        )
        if until is not None:
            left = (until - talks_rule.WARNING - self._clock()).total_seconds()
            loop = asyncio.get_running_loop()
            visit.warning = loop.call_later(max(left, 0.0), lambda: loop.create_task(self._warn(visit)))

    async def _warn(self, visit: Visit) -> None:
        with suppress(Refusal):
            news = await self.look(visit.inbox, visit.visitor, seen=visit.seen)
            until = news.strand.live_until if news.strand is not None else None
            if until is None or news.ticket is None or not news.ticket.live or visit not in self._all:
                return
            if until - self._clock() > talks_rule.WARNING:
                self._mind_the_end(visit, news)
            elif talks_rule.waits(news.ticket):
                await self._desk.do(Actor.inbox(visit.inbox.id), actions.stay, visit.visitor)
                visit.wake.set()
            else:
                await self.say(visit, {"still": instant(until)})

    def _place(self, visit: Visit, news: News) -> None:
        """Found by its ticket from now on; what came in between is looked at once more."""
        assert news.ticket is not None
        visit.audience, visit.queue = news.audience, news.ticket.queue if news.place else None
        if visit.ticket == news.ticket.id:
            return
        self._unplace(visit)
        visit.ticket = news.ticket.id
        self._of_ticket[visit.ticket].add(visit)
        self._tell(visit, "here")
        visit.wake.set()

    def _unplace(self, visit: Visit) -> None:
        if visit.ticket is None:
            return
        self._of_ticket[visit.ticket].discard(visit)
        if not self._of_ticket[visit.ticket]:
            del self._of_ticket[visit.ticket]

    async def say(self, visit: Visit, words: Json) -> None:
        """One frame; a page that does not read is cut off."""
        try:
            async with asyncio.timeout(PATIENCE):
                await visit.ws.send_str(json.dumps(words, ensure_ascii=False))
        except TimeoutError:
            await self._cut(visit, 1008)
        except ConnectionError:
            await self._cut(visit, 1006)

    async def _cut(self, visit: Visit, code: int) -> None:
        visit.wake.set()
        with suppress(ConnectionError, RuntimeError, TimeoutError):
            async with asyncio.timeout(2):
                await visit.ws.close(code=code)

    def _leave(self, visit: Visit) -> None:
        self._all.discard(visit)
        self._unplace(visit)
        if visit.warning is not None:
            visit.warning.cancel()
        if visit.ticket is not None:
            self._leaving[visit] = asyncio.get_running_loop().call_later(GRACE, self._left, visit)

    def _left(self, visit: Visit) -> None:
        del self._leaving[visit]
        if visit.ticket is not None and not self._of_ticket.get(visit.ticket):
            self._tell(visit, "gone")

    def _tell(self, visit: Visit, kind: str) -> None:
        if visit.ticket is None:
            return
        said = {"kind": kind, "ticket": visit.ticket, "audience": sorted(visit.audience)}
        self._bus.tell(VISIT, {**said, "at": instant(self._clock())})

    async def _say_again(self) -> None:
        while True:
            await asyncio.sleep(SAY_AGAIN)
            for visits in list(self._of_ticket.values()):
                self._tell(next(iter(visits)), "here")

    async def _move_up(self) -> None:
        """Whoever stands in a line that moved is told their place, at most once a second."""
        while True:
            await asyncio.sleep(1.0)
            moved, self._moved = self._moved, set()
            for visit in self._all if moved else ():
                if visit.queue in moved:
                    visit.wake.set()

    def _note_work(self, event: Stamped) -> None:
        facts = event.facts["work"]
        if not facts["live"]:
            return
        queue = QueueId(facts["queue"])
        self._moved.add(queue)
        self._paces.pop(queue, None)

    async def _wait(self, inbox: Inbox, news: News, *, told: int | None) -> Told | None:
        """None for who stands in no line, and where nobody is there of whom to reckon."""
        if news.place is None or news.ticket is None:
            return None
        try:
            pace = await self._pace(inbox, news.ticket.queue)
        except Refusal:
            return None  # their place is known all the same
        return reckoned(news.place, pace, told=told)

    async def _pace(self, inbox: Inbox, queue: QueueId) -> talks.Pace:
        """One look for all who stand in a line."""
        now = asyncio.get_running_loop().time()
        at, pace = self._paces.get(queue, (0.0, None))
        if pace is None or now - at > PACE_LASTS:
            pace = await self._desk.ask(Actor.inbox(inbox.id), talks.pace, queue)
            self._paces[queue] = (now, pace)
        return pace

    def _heard(self, topic: str, payload: dict[str, Any]) -> None:
        if topic == VISIT and payload["kind"] == "wrote":
            for visit in self._all:
                if str(visit.visitor) == payload["visitor"]:
                    visit.wake.set()
        if topic == SIGNAL:
            self._sign(payload, self._of_ticket.get(TicketId(payload["ticket"]), ()))

    def _sign(self, payload: dict[str, Any], visits: Iterable[Visit]) -> None:
        """What a member of staff does at the ticket: that they look at it, and that they write here."""
        kind, now = payload["kind"], self._clock()
        for visit in visits:
            writes = kind == "replying" and payload["channel"] == visit.inbox.channel
            said: Json = {"typing": writes}
            if kind in ("viewing", "replying") and (visit.seen_at is None or visit.seen_at <= (visit.heard_at or now)):
                visit.seen_at = now
                said["seen"] = instant(now)
            asyncio.get_running_loop().create_task(self.say(visit, {"sign": said}))
