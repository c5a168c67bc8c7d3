"""The lookout: keeps the board from the stream, and says on the bus what asks for a supervisor.

Alerts are passing signs: they are worked out anew by whoever looks, and stand in no record.
One looks, by lease; who takes over reads the board anew.
"""

from collections.abc import Callable
from datetime import datetime

from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease
from crm_core.model.actor import Actor
from crm_core.model.alert import Alert
from crm_core.model.event import Stamped
from crm_core.model.suspicion import ROOM
from crm_core.queries import alerts as record
from crm_core.queries.board import board_now
from crm_core.rules import alerts
from crm_core.rules.board import HEARD, RESTAGED, Board, millis_of
from gateway.bus import ALERTS, Bus
from gateway.days import today
from gateway.house import HouseKeeper
from gateway.workers.leading import Leadership

LOOKOUT = Actor.worker("lookout")
LEASE_SECONDS = 8.0
LOOK_SECONDS = 1.0
"""Waits grow by the clock: so often they are looked at though nothing happened."""

SAY_AGAIN = 15_000
"""Milliseconds after which what stands is said again: a process that just began has not heard it."""

_TROUBLES = frozenset({"message.delivery", "inbox.added", "inbox.changed"})
_ANEW = frozenset({*RESTAGED, "queue.changed", "aims.changed", "city.loaded", "job.ended"})


class Lookout:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, keeper: HouseKeeper, bus: Bus, *, holder: str, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._keeper = keeper
        self._bus = bus
        self._now = now
        self._board: Board | None = None
        self._until = 0
        self._news: list[Stamped] = []
        self._around = alerts.Around({}, {}, {})
        self._standing: dict[str, Alert] = {}
        self._said_at = 0
        self._leadership = Leadership(desk, LOOKOUT, holder=holder, seconds=LEASE_SECONDS, begin=self._begin)

    async def hear(self, events: list[Stamped]) -> None:
        """Note what moves the board; who does not lead, or not for a moment, reads it anew once they do."""
        if self._leadership.lease is None:
            self._board = None
            return
        for event in events:
            if event.type in HEARD:
                self._news.append(event)
            elif event.type in _ANEW:
                self._board = None
            elif event.type in _TROUBLES:
                self._said_at = 0
        self._leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self._leadership.sought():
            await self._leadership.rounds(self.look, look=LOOK_SECONDS, gather=0.2)

    async def look(self) -> None:
        """What stands now; said where it is news, and again from time to time."""
        at = millis_of(self._now())
        news, self._news = self._news, []
        board = self._board
        if board is None or at >= self._until:
            board = await self._read()
        for event in news:
            board.hear(event)
        due = at - self._said_at >= SAY_AGAIN
        if due:
            await self._look_around()
        stands = alerts.judge(board, self._around, aims=self._keeper.setup.aims, standing=self._standing, at=at)
        if due or alerts.changed(self._standing.values(), stands.values()):
            self._said_at = at
            self._bus.tell(ALERTS, {"alerts": [one.shown(at) for one in stands.values()]})
        self._standing = stands

    async def _read(self) -> Board:
        day, until = today(self._keeper.setup.calendars, at=self._now())
        board: Board = await self._desk.ask(LOOKOUT, board_now, day=day, aims=self._keeper.setup.aims)
        self._board, self._until = board, millis_of(until)
        await self._look_around()
        return board

    async def _look_around(self) -> None:
        found = await self._desk.ask(LOOKOUT, record.troubles)
        queues = self._keeper.house.queues.values()
        teams = {str(queue.id): str(queue.team) for queue in queues if queue.active and queue.id != ROOM}
        self._around = alerts.Around(teams, found.unknown, found.down)

    async def _begin(self, _lease: Lease) -> None:
        self._board, self._news, self._standing, self._said_at = None, [], {}, 0
