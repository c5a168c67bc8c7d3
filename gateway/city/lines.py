"""A call while it is played: its lines, its ticket's work, and what either tells when it moves.

Each step is the rule that moves a live one (`rules/calls.py`, `rules/waits.py`), at a time that is given.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.model.agent import Agent
from crm_core.model.call import Call, CallEnding, CallState, Leg, LegState, Part
from crm_core.model.catalogue import Tenure
from crm_core.model.event import TicketMoved, TicketRenamed, TicketService
from crm_core.model.event_calls import CallChanged
from crm_core.model.event_talks import WorkWrapping
from crm_core.model.house import House
from crm_core.model.ids import AgentId, LegId
from crm_core.model.ticket import Status
from crm_core.rules import calls, dispatch, lifecycle, text, waits
from crm_core.rules.sla import Promise
from gateway.city.callers import Called
from gateway.city.dice import Dice
from gateway.city.house import CityHouse
from gateway.city.played import Played
from gateway.city.roster import Roster

ANSWERS_IN = timedelta(seconds=4)
"""So long an agent's phone rings."""


class OnTheLine(Played):
    """A ticket with calls, the last of which may go on."""

    def __init__(
        self, called: Called, *, city: CityHouse, house: House, roster: Roster, dice: Dice, now: datetime
    ) -> None:
        super().__init__(called.draft, city=city, house=house, roster=roster, dice=dice)
        self._called, self._now = called, now
        self._inbox = called.draft.inbox
        self._line = house.queues[self._inbox.queue]
        self._call: Call | None = None
        self._before: list[Call] = []
        self.tenures: list[Tenure] = []

    @property
    def calls(self) -> Sequence[Call]:
        """Theirs, and ours back to them."""
        return [*self._before, *([self._call] if self._call is not None else [])]

    def _put_through(self, at: datetime) -> None:
        """The agent's phone answers, and then the caller is there: brought from the line, or called themselves."""

        def ours() -> Leg:
            return self._leg(Part.CALLER, at=at, number=self._called.number)

        mine = self._on.leg(Part.AGENT)
        assert mine is not None, "nobody was rung"
        self._keep(calls.leg_in(self._on, mine, at=at, caller=ours).call, at=at)
        if self._on.state is CallState.DIALLING:
            there, at = self._on.leg(Part.CALLER), at + self._called.picks_up
            assert there is not None, "nobody is called"
            joined = calls.leg_in(self._on, there, at=at, caller=ours).call
        else:
            at += timedelta(seconds=1)
            joined = calls.arrived_in_talk(self._on, at=at)
        before = self.ticket
        self.ticket = lifecycle.on_reply(before, at=at, snippet=before.snippet, promise=self._promise)
        self._keep(joined, at=at)

    def _handed_on(self, agent: Agent, other: Agent, *, at: datetime) -> None:
        """Asked first, while the caller hears music; then theirs, and with them the matter."""
        asked = self._leg(Part.CONSULTED, at=at, agent=other)
        self._keep(calls.consulted(self._on, asked).call, at=at)
        at += ANSWERS_IN
        there = self._on.leg(Part.CONSULTED)
        assert there is not None, "nobody was asked"
        self._keep(calls.leg_in(self._on, there, at=at, caller=lambda: there).call, at=at)
        at += timedelta(seconds=25)
        step = calls.handed_on(self._on, at=at)
        self._assigned(other, at=at)
        self._in_hand(other.id, at=at)
        self._keep(step.call, at=at)

    def _hung_up(self, *, at: datetime) -> None:
        step = calls.over(self._on, ending=self._called.ending, at=at)
        self.ticket = lifecycle.on_talk_over(self.ticket, at=at)
        self._hold(waits.wrapping(self._open_work, at=at, cap=self._line.profile.wrap_up))
        self._happened(at, WorkWrapping(ticket=self.ticket, work=self._open_work))
        self._keep(replace(step.call, state=CallState.WRAPPING), at=at)

    def _not_there(self, at: datetime, *, until: datetime) -> None:
        mine = self._on.leg(Part.AGENT)
        assert mine is not None, "nobody was rung"
        theirs = self._leg(Part.CALLER, at=at, number=self._called.number)
        self._keep(calls.leg_in(self._on, mine, at=at, caller=lambda: theirs).call, at=at)
        self.ticket = lifecycle.on_talk_over(self.ticket, at=until)
        self._keep(calls.over(self._on, ending=CallEnding.UNREACHABLE, at=until).call, at=until)

    @property
    def _on(self) -> Call:
        assert self._call is not None, "nobody called"
        return self._call

    def _leg(self, part: Part, *, at: datetime, number: str | None = None, agent: Agent | None = None) -> Leg:
        id = self._dice.id(LegId, at=at)
        return Leg(id, part, LegState.DIALLING, None if agent is None else agent.id, number, dialled_at=at)

    def _ring(self, at: datetime) -> Callable[[AgentId], Leg]:
        return lambda _agent: self._leg(Part.AGENT, at=at, agent=self._called.taker)

    def _keep(self, call: Call, *, at: datetime) -> None:
        """How the call stands after a change, told as any is."""
        moved = replace(call, version=self._on.version + 1)
        self._call = moved
        self._happened(at, CallChanged(ticket=self.ticket, call=moved))

    def _taken(self, agent: Agent, *, at: datetime) -> None:
        self._assigned(agent, at=at)
        self._in_hand(agent.id, at=at)

    def _solved(self, *, at: datetime) -> None:
        self._ended(Status.SOLVED, at=at)
        if self._open_work.ended_at is None:
            self._done(at=at)

    def _renamed(self, *, at: datetime) -> None:
        self.ticket = lifecycle.rename(self.ticket, subject=text.subject(self._wording.subject, said=""), at=at)
        self._happened(at, TicketRenamed(ticket=self.ticket))

    def _classified(self, *, at: datetime) -> None:
        """What it was about, said by a person: its queue and its promises follow."""
        service = self._city.services[self._draft.matter.service]
        before = self.ticket
        if service.id == before.service or at > self._now:
            return
        promise = Promise(*self._house.promise(service))
        unit = dispatch.owner(service, place=before.place, ownerships=self._house.ownerships, at=at).unit
        if before.unit is not None and before.unit != unit:
            self.tenures.append(Tenure(before.id, before.unit, before.created_at, at))
        changed = lifecycle.classify(before, service=service, at=at, promise=promise)
        self.ticket = replace(changed, unit=unit, confidence=None, matched=())
        self._happened(at, TicketService(ticket=self.ticket, before=before, was_service=before.service))
        if self.ticket.queue != before.queue:
            self._happened(at, TicketMoved(ticket=self.ticket, before=before, was_in=before.queue))
