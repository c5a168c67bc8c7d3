"""Matching: what waits and who is free are brought together, the best work first, each piece with the best agent."""

from collections.abc import Callable, Collection
from datetime import datetime
from heapq import heapify, heappop, heappush

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.turn import band
from routing.ahead import stepping_ahead
from routing.choose import choose
from routing.decision import Decision, MakeOffer, Timing
from routing.item import Item, show
from routing.meeting import Meeting
from routing.order import Kind, Rank, length, micros
from routing.seat import Seat
from routing.seats import Seats

Offering = Callable[[Item, Seat, datetime, int], MakeOffer]
"""Holds out work, which counts as so urgent now, to somebody."""


class Matching:
    """Looks only at what changed: `new_work` that began to wait, and agents who got room.

    `head_starts` counts the waiting work that has one: without, nobody steps ahead of anybody, and several pieces of work
    and several agents are looked at together.
    """

    def __init__(self, *, seats: Seats, items: dict[WorkId, Item], timing: Timing, offering: Offering) -> None:
        self.new_work: set[WorkId] = set()
        self.head_starts = 0
        self._seats = seats
        self._items = items
        self._timing = timing
        self._offer = offering
        self.ageing = {True: length(timing.live.ageing), False: length(timing.deferred.ageing)}

    def match(self, now: datetime) -> list[Decision]:
        """The best work first, each to the best agent, until nothing that changed is left.

        A source is work that began to wait (""), or an agent who got room and brings the
        best they could take; whoever it came from, the work goes to the best of all.
        """
        made: list[Decision] = []
        if not self.new_work and not self._seats.got_room:
            return made
        moment = micros(now)
        if self.head_starts:
            self.show_all_new()
        sources = self._sources(moment)
        while len(sources) > 1 and not self.head_starts:
            met = self._meet(sources, moment)
            made += [self._offer(item, seat, now, self._band(item, moment)) for item, seat in met]
            sources = self._sources(moment)
        self.new_work.clear()
        self._seats.got_room.clear()
        while sources:
            first, source = heappop(sources)
            self._place(first, made, now, moment)
            if source and (following := self._best_for(source, moment)):
                heappush(sources, (following, source))
        return made

    def _sources(self, moment: int) -> list[tuple[Rank, AgentId]]:
        """What may bring work and an agent together; work that nobody free could take goes on show."""
        found: list[tuple[Rank, AgentId]] = []
        for id in sorted(self.new_work):
            item = self._items[id]
            if self._seat_for(item) is None:
                self.new_work.discard(id)
                show(item.line, id)
            else:
                found.append((self._rank(item, moment), AgentId("")))
        for agent in sorted(self._seats.got_room):
            if (first := self._best_for(agent, moment)) is None:
                self._seats.got_room.discard(agent)
            else:
                found.append((first, agent))
        if len(found) > 1:
            heapify(found)
        return found

    def _meet(self, sources: list[tuple[Rank, AgentId]], moment: int) -> list[tuple[Item, Seat]]:
        """The first few in turn who can be served together. Whoever brings one who cannot brings nobody else who can."""
        meeting, seen = Meeting(bonus=self._timing.bonus), dict[WorkId, Item]()
        while sources and not meeting.full:
            first, source = heappop(sources)
            item = self._items[first[2]]
            served = item.work.id not in seen and meeting.join(
                item, preferred=self._seats.by_id.get(item.work.preferred)
            )
            if item.line is not None and item.work.id not in seen:
                item.line.drop(item.key)
            if source and (served or item.work.id in seen) and (following := self._best_for(source, moment)):
                heappush(sources, (following, source))
            seen[item.work.id] = item
        for item in seen.values():
            assert item.line is not None
            item.line.add(item.key)
            show(item.line, item.work.id)
        return meeting.pairs()

    def _place(self, rank: Rank, made: list[Decision], now: datetime, moment: int) -> None:
        """What has this rank goes to the best agent, after those of its band who may step ahead of it there."""
        item, counts = self._items[rank[2]], -rank[0]
        while (seat := self._seat_for(item)) is not None:
            first = self.ahead(item, seat, kinds=seat.kinds, now=moment) if self.head_starts else None
            if first is None:
                made.append(self._offer(item, seat, now, counts))
                return
            made.append(self._offer(first, self._seat_for(first) or seat, now, counts))
        show(item.line, item.work.id)

    def _seat_for(self, item: Item) -> Seat | None:
        """The best agent for work that waits."""
        line, preferred = item.line, item.work.preferred
        if line is None:
            return None
        known = None if preferred is None else self._seats.by_id.get(preferred)
        return choose(item.ring, line, known, self._timing.bonus)

    def ahead(self, item: Item, seat: Seat, *, kinds: Collection[Kind], now: int) -> Item | None:
        """Nothing is looked at as long as no channel drifts."""
        if not self.head_starts:
            return None
        return stepping_ahead(
            item,
            seat=seat,
            kinds=kinds,
            items=self._items,
            bands=lambda work: self._band(self._items[work.id], now),
        )

    def show_all_new(self) -> None:
        """Who may step ahead of whom is seen only where all are on show."""
        for id in self.new_work:
            show(self._items[id].line, id)

    def _best_for(self, agent: AgentId, now: int) -> Rank | None:
        seat = self._seats.by_id[agent]
        return seat.shelf.best(seat.hands.kinds, agent, now, self.ageing) if seat.rings else None

    def _rank(self, item: Item, now: int) -> Rank:
        return -self._band(item, now), *item.key

    def _band(self, item: Item, now: int) -> int:
        return band(item.priority, waited=now - item.key[0], ageing=self.ageing[item.kind.live])
