"""Sockets to screens: each event goes to those who may see it, found by set membership, without a query.

A socket holds its agent's scope as a set of keys and stands under each key in an index;
an event touches only the sockets under its audience's keys. Where the ticket has left a
scope, the screen is told that it is gone.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog

from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal, StoreDown
from crm_core.model.event import SUPERVISORS, Stamped
from crm_core.model.ids import AgentId, TicketId
from crm_core.model.view import Json, instant
from crm_core.queries import accounts, events
from gateway.bus import ALERTS, SIGNAL, VISIT, Bus
from gateway.house import GATEWAY
from gateway.presence import Guest, Guests, Presence, Sign
from gateway.screen import Run, Socket, run_of, topics_of
from gateway.scribe import Scribe
from gateway.workers.relay import Stream

log = structlog.get_logger()

SESSION_ENDED = 4001
TOO_SLOW = 4008
HEARTBEAT = 30.0
GRACE = 6.0
"""Seconds after a lost line before colleagues are told that somebody left: a reload is not leaving."""

REPLAY_MOST = 3000
"""Events that are told again after a lost line; beyond it a new snapshot is quicker."""

ASK_AGAIN = 1.0
"""Seconds until the record is asked again what somebody may see, after it could not say."""

RESCOPED_BY = ("agent.changed", "queue.changed", "queue.added")
"""What may change what somebody sees: a line that comes back behind it is told to load anew."""

_CHECKED_BY = ("session.ended", "token.revoked", "agent.changed")

_BY_ITSELF = frozenset({*RESCOPED_BY, *_CHECKED_BY, "city.loaded", "job.ended"})
"""More follows from these than that they are told."""


class Hub:
    """All sockets of this process."""

    def __init__(self, desk: Desk, stream: Stream, bus: Bus, *, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._stream = stream
        self._bus = bus
        self._clock = clock
        self._by_key: defaultdict[str, set[Socket]] = defaultdict(set)
        self._all: set[Socket] = set()
        self.scribe = Scribe()
        self._rebuilt = 0
        self._unsure: set[Actor] = set()
        self._doubt = asyncio.Event()
        self._leaving: dict[Socket, asyncio.TimerHandle] = {}
        self.presence = Presence()
        self.guests = Guests()
        self.alerts: list[Json] = []
        bus.listen(self._heard)

    def __len__(self) -> int:
        return len(self._all)

    def staff(self) -> frozenset[AgentId]:
        """Everybody with a screen open at this process."""
        return frozenset(socket.agent for socket in self._all)

    async def enter(self, socket: Socket, *, after: int | None) -> None:
        """From here on nothing is missed: events are held back until the missed ones were told again."""
        self._all.add(socket)
        try:
            await self._place_first(socket)
            start = self._stream.position if after is None else after
            socket.position = start
            self._say(socket, "hello", json.dumps({"position": start}))
            if after is not None:
                await self._replay(socket, after)
        except BaseException:
            self.leave(socket)
            raise
        held, socket.held = socket.held or [], None
        for run in _runs(held):
            self._pass(socket, run)
        await self._check({socket})  # its session may have ended while it came in

    def leave(self, socket: Socket) -> None:
        """The line is gone; colleagues hear of it after a moment, unless they come back."""
        if socket not in self._all:
            return
        self._all.discard(socket)
        self._place(socket, frozenset())
        self.scribe.forget(socket)
        if self.presence.of(socket.agent):
            self._leaving[socket] = asyncio.get_running_loop().call_later(GRACE, self._left, socket)

    def listen_to(self, socket: Socket, topics: frozenset[str]) -> None:
        """It names what it shows; who else is at the tickets it opened is told at once."""
        opened = topics - (socket.topics or frozenset())
        socket.topics = topics | {f"agent:{socket.agent}"}
        for topic in sorted(opened):
            if topic.startswith("ticket:"):
                for sign in self.presence.on(TicketId(topic.removeprefix("ticket:"))):
                    if not socket.scope.isdisjoint(sign.audience):
                        self._say(socket, "signals", json.dumps(sign.shown()))
                guest = self.guests.on(TicketId(topic.removeprefix("ticket:")))
                if guest is not None and not socket.scope.isdisjoint(guest.audience):
                    self._say(socket, "guests", json.dumps(guest.shown()))

    def answer(self, socket: Socket, ping: int) -> None:
        """A ping is answered in its turn: whoever has the answer has all that was said before it."""
        self._say(socket, "pong", str(ping))

    def tell(self, sign: Sign) -> None:
        """Say a passing sign to every process."""
        self._bus.tell(
            SIGNAL,
            {
                "kind": sign.kind,
                "ticket": sign.ticket,
                "agent": sign.agent,
                "channel": sign.channel,
                "since": instant(sign.since),
                "audience": sorted(sign.audience),
            },
        )

    async def hear(self, heard: list[Stamped]) -> None:
        """Events from the stream, in order. A scope that an event changes is rebuilt before the next one."""
        for run in _runs(heard):
            first = run.first
            if first.type in _CHECKED_BY:
                await self._check(self._of(first.facts.get("agent")))
            if first.type in RESCOPED_BY:
                await self._rescope(self._of(first.facts.get("agent")))
            self._tell(run)

    async def run(self) -> None:
        """Write frames and check on sessions, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.scribe.run())
            group.create_task(self._check_for_ever())
            group.create_task(self._make_sure_for_ever())

    async def close(self) -> None:
        """The server stops: say goodbye, so that screens come back by themselves."""
        for handle in self._leaving.values():
            handle.cancel()
        sockets = list(self._all)
        await asyncio.gather(*(self._close(socket, 1001, b"the server restarts") for socket in sockets))

    async def _place_first(self, socket: Socket) -> None:
        """Place it by its scope; one that was rebuilt while we asked is asked for again."""
        while True:
            rebuilt = self._rebuilt
            scope = await self._desk.ask(socket.actor, accounts.scope)
            if rebuilt == self._rebuilt:
                self._place(socket, scope)
                return

    async def _replay(self, socket: Socket, after: int) -> None:
        """Tell again what was missed; or, where it was much or changed what may be seen, say to load anew."""
        told = 0
        while found := await self._desk.ask(GATEWAY, events.after, position=socket.position, limit=500):
            told += len(found)
            if told > REPLAY_MOST or any(self._changes_scope(socket, event) for event in found):
                socket.position = max(found[-1].position, self._stream.position)
                self._say(socket, "reset", "true")
                return
            for run in _runs(found):
                self._pass(socket, run)
            socket.position = found[-1].position

    def _changes_scope(self, socket: Socket, event: Stamped) -> bool:
        return event.type in RESCOPED_BY and event.facts.get("agent") in (None, socket.actor.id)

    def _tell(self, run: Run) -> None:
        """To all who may see it; and to those who could until now, that it is gone.

        Each contact is heard of by a hundred screens, several times: of each is asked only in what it may differ.
        """
        at_once: list[Socket] = []
        in_a_moment: list[Socket] = []
        seeing = self._under(run.audience)
        busy, first, last, topics = self.scribe.busy(), run.first.position, run.last, run.topics
        for socket in seeing:
            if socket.held is not None or socket.position >= first:
                self._pass_or_hold(socket, run)
                continue
            socket.position = last
            if socket.topics is None or socket.wants(topics):
                (in_a_moment if busy and not run.concerns(socket) else at_once).append(socket)
        self.scribe.say(at_once, run.said)
        self.scribe.say_in_a_moment(in_a_moment, run.said)
        for socket in self._under(run.first.before) - seeing:
            self._pass_or_hold(socket, run)

    def _pass_or_hold(self, socket: Socket, run: Run) -> None:
        if socket.held is not None:
            socket.held.extend(run.events)
        else:
            self._pass(socket, run)

    def _pass(self, socket: Socket, run: Run) -> None:
        """To one screen, which may have heard some of it already."""
        run = run.after(socket.position)
        if not run.events:
            return
        socket.position = run.last
        if not socket.wants(run.topics):
            return
        if not socket.scope.isdisjoint(run.audience):
            self.scribe.say([socket], run.said)
        elif run.first.ticket is not None and not socket.scope.isdisjoint(run.first.before):
            self._say(socket, "gone", json.dumps({"ticket": run.first.ticket, "position": run.last}))

    def _say(self, socket: Socket, kind: str, text: str) -> None:
        self.scribe.say([socket], [(kind, text)])

    async def _check_for_ever(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._check(set(self._all))
            for sign in self.presence.over(at=self._clock()):
                self._show(sign)
            for guest in self.guests.over(at=self._clock()):
                self._show_guest(guest)

    async def _check(self, sockets: set[Socket]) -> None:
        """Close those whose session ended or whose token was revoked."""
        if not sockets:
            return
        digests = frozenset(socket.session for socket in sockets if socket.session is not None)
        ids = frozenset(socket.token for socket in sockets if socket.token is not None)
        try:
            good = await self._desk.ask(GATEWAY, accounts.still_good, digests=digests, ids=ids)
        except Refusal as why:
            log.warning("sessions not checked", why=why.why)
            return
        over = [socket for socket in sockets if (socket.session or socket.token) not in good]
        for socket in over:
            self._place(socket, frozenset())
        await asyncio.gather(*(self._close(socket, SESSION_ENDED, b"the session ended") for socket in over))

    async def _rescope(self, sockets: set[Socket]) -> None:
        self._rebuilt += 1
        for actor in {socket.actor for socket in sockets}:
            self._replace(actor, await self._scope_of(actor))

    def _replace(self, actor: Actor, scope: frozenset[str] | None) -> None:
        """Place their screens anew, and tell them to load anew.

        None: the record cannot say. They hear nothing until it can, and then load what they missed.
        """
        if scope is None:
            self._unsure.add(actor)
            self._doubt.set()
        else:
            self._unsure.discard(actor)
        for socket in self._all:
            if socket.actor == actor and socket.scope != (scope or frozenset()):
                self._place(socket, scope or frozenset())
                if scope is not None:
                    self._say(socket, "reset", "true")

    async def _make_sure_for_ever(self) -> None:
        while True:
            await self._doubt.wait()
            await asyncio.sleep(ASK_AGAIN)
            for actor in list(self._unsure):
                await self._make_sure(actor)
            if not self._unsure:
                self._doubt.clear()

    async def _make_sure(self, actor: Actor) -> None:
        """Ask again; an answer that an event overtook is not used."""
        rebuilt, scope = self._rebuilt, await self._scope_of(actor)
        if rebuilt == self._rebuilt:
            self._replace(actor, scope)

    async def _scope_of(self, actor: Actor) -> frozenset[str] | None:
        """What somebody may see; nothing where they may not look at all, None where the record cannot say now."""
        try:
            return await self._desk.ask(actor, accounts.scope)
        except StoreDown as why:
            log.warning("scope not known", agent=actor.id, why=why.why)
            return None
        except Refusal:
            return frozenset()

    def _place(self, socket: Socket, scope: frozenset[str]) -> None:
        for key in socket.scope - scope:
            self._by_key[key].discard(socket)
            if not self._by_key[key]:
                del self._by_key[key]
        for key in scope - socket.scope:
            self._by_key[key].add(socket)
        socket.scope = scope

    def _under(self, keys: frozenset[str]) -> set[Socket]:
        found = [sockets for key in keys if (sockets := self._by_key.get(key))]
        return set().union(*found)

    def _of(self, agent: Any) -> set[Socket]:
        """The sockets of an agent; all of them where none is named."""
        return {socket for socket in self._all if agent is None or socket.actor.id == agent}

    def _heard(self, topic: str, payload: dict[str, Any]) -> None:
        if topic == VISIT and "ticket" in payload:
            guest = Guest(payload["kind"], payload["ticket"], self._clock(), frozenset(payload["audience"]))
            self._show_guest(self.guests.note(guest))
        if topic == ALERTS:
            self._show_alerts(payload["alerts"])
        if topic != SIGNAL:
            return
        sign = Sign(
            payload["kind"],
            payload["ticket"],
            payload["agent"],
            payload["channel"],
            datetime.fromisoformat(payload["since"]),
            self._clock(),
            frozenset(payload["audience"]),
        )
        self._show(self.presence.note(sign))

    def _show_alerts(self, alerts: list[Json]) -> None:
        """To those who run the floor, and to nobody else."""
        self.alerts = alerts
        for socket in self._under(SUPERVISORS):
            self._say(socket, "alerts", json.dumps(alerts))

    def _show(self, sign: Sign) -> None:
        text = json.dumps(sign.shown())
        for socket in self._under(sign.audience):
            if socket.agent != sign.agent and socket.held is None and socket.watches(sign.ticket):
                self._say(socket, "signals", text)

    def _show_guest(self, guest: Guest) -> None:
        text = json.dumps(guest.shown())
        for socket in self._under(guest.audience):
            if socket.held is None and socket.watches(guest.ticket):
                self._say(socket, "guests", text)

    def _left(self, socket: Socket) -> None:
        """The grace is over: unless another screen of theirs is open, they left."""
        del self._leaving[socket]
        agent = socket.agent
        if self._of(agent):
            return
        now = self._clock()
        for sign in self.presence.of(agent):
            self.tell(Sign("left", sign.ticket, agent, None, now, now, sign.audience))

    async def _close(self, socket: Socket, code: int, why: bytes) -> None:
        self.leave(socket)
        with suppress(ConnectionError, RuntimeError, TimeoutError):
            async with asyncio.timeout(2):
                await socket.ws.close(code=code, message=why)


def _runs(events: Iterable[Stamped]) -> Iterator[Run]:
    """Neighbours that go the same way together: what is told again is told as it was told first."""
    for _, alike in groupby(events, key=_alike):
        yield run_of(tuple(alike))


def _alike(event: Stamped) -> object:
    """What neighbours have in common that go the same way: one look at each screen for all that a step tells."""
    if event.type in _BY_ITSELF:
        return event.position
    return event.audience, event.before, event.ticket, topics_of(event)
