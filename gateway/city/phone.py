"""Plays a call: it comes in, waits, is taken, talked through and wrapped up, or given up, or left as a message.

What comes out is what `phoning`, `lines`, `wrapping` and the others would have written, by
the same rules: the ticket, its work with all its waiting, the calls and how they went.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.model.agent import Agent
from crm_core.model.call import RECORD, Call, CallDirection, CallEnding, CallState, LegState, Part, Taping
from crm_core.model.event import (
    CustomerCreated,
    MessageQueued,
    MessageReceived,
    TicketOpened,
    TicketStatus,
    WorkQueued,
)
from crm_core.model.event_calls import CallChanged, CallMoved
from crm_core.model.event_replies import MessageGrown
from crm_core.model.house import House
from crm_core.model.ids import CallId, MessageId, TicketId, WorkId
from crm_core.model.message import Delivery, Direction
from crm_core.model.ticket import Status
from crm_core.rules import callers, calls, filing, lifecycle, needs, sla, text, waits
from gateway.city.callers import Becomes, Called, Tried
from gateway.city.dice import Dice
from gateway.city.files import sheets
from gateway.city.house import CityHouse
from gateway.city.lines import ANSWERS_IN, OnTheLine
from gateway.city.played import OPENED_WHY
from gateway.city.roster import Roster
from gateway.city.schedule import CLOSED_AFTER

_A_MOMENT = timedelta(seconds=6)
"""Between two clicks of an agent."""


class CallStage(OnTheLine):
    """One ticket of somebody who called. `taker` has it first, if anybody ever has; `other` is who is asked besides."""

    def __init__(
        self, called: Called, *, city: CityHouse, house: House, roster: Roster, dice: Dice, now: datetime, new: bool
    ) -> None:
        super().__init__(called, city=city, house=house, roster=roster, dice=dice, now=now)
        self._new_customer = new

    def play(self) -> None:
        """From its ring to where it stands now."""
        called = self._called
        self._rings(called.draft.opened)
        self._enters(called.enters)
        match called.becomes:
            case Becomes.ANSWERED | Becomes.CALLBACK:
                self._kept_in_line()
            case Becomes.ABANDONED:
                self._gives_up(called.leaves)
            case Becomes.MESSAGE:
                self._leaves_words(called.leaves)
        if called.tries and self.ticket.status.active:
            self._called_back()
        self._later()

    # ------------------------------------------------------------ the call

    def _rings(self, at: datetime) -> None:
        caller = self._leg(Part.CALLER, at=at, number=self._called.number)
        sid = f"CA{self._dice.number(0, 16**32 - 1):032x}"
        call = Call(
            self._called.id,
            self._inbox.id,
            CallDirection.IN,
            CallState.ARRIVED,
            at,
            sid=sid,
            number=self._called.number,
            legs=(replace(caller, sid=sid),),
        )
        self._call = call
        self._happened(at, CallMoved(call=call))

    def _enters(self, at: datetime) -> None:
        """From here on they have a ticket and are somebody's work."""
        call, language = self._on, self._draft.matter.language
        inbound = callers.contact_of(call, language=language)
        filed = filing.file(
            subject=inbound.subject or "", said="", asked=None, inbox=self._inbox, house=self._house, at=at
        )
        ticket = filing.ticket_of(
            inbound,
            filed,
            id=self._dice.id(TicketId, at=at),
            number=self._dice.ticket_number(),
            related=None,
            customer=self._draft.citizen.customer,
            inbox=self._inbox,
            house=self._house,
            at=at,
        )
        self.ticket = ticket = sla.opened(ticket, promise=self._promised(filed.service))
        strand = self._strand(ticket, self._inbox, address=inbound.sender, at=at)
        message = self._said(
            self._dice.id(MessageId, at=at),
            Direction.IN,
            self._inbox.channel,
            inbound.sender_name,
            "",
            at=at,
            of=ticket,
            conversation=strand.id,
            address=inbound.sender,
            inbox=self._inbox.id,
            subject=inbound.subject,
            external_id=inbound.external_id,
            flags=inbound.flags,
            proven=False,
        )
        if self._new_customer:
            self._happened(at, CustomerCreated(customer=self._draft.citizen.customer, ticket=ticket))
        self._happened(at, TicketOpened(ticket=ticket, why=OPENED_WHY))
        self._happened(at, MessageReceived(ticket=ticket, message=message, why=OPENED_WHY))
        self._work = needs.work_for(
            ticket,
            id=self._dice.id(WorkId, at=at),
            service=filed.service,
            queue=self._line,
            capabilities=self._house.can[self._inbox.channel],
            at=at,
        )
        self._happened(at, WorkQueued(ticket=ticket, work=self._work))
        waiting = replace(call, ticket=ticket.id, message=message.id, language=language, state=CallState.WAITING)
        self._keep(replace(waiting, waiting_since=at), at=at)

    def _kept_in_line(self) -> None:
        """Answered in their turn; who kept their place and hung up is called when it has come."""
        called = self._called
        if called.becomes is Becomes.CALLBACK:
            self._keep(replace(self._on, state=CallState.PROMISED), at=called.leaves)
            gone = [replace(leg, state=LegState.GONE, left_at=called.leaves, why="promised") for leg in self._on.legs]
            self._keep(replace(self._on, legs=tuple(gone)), at=called.leaves)
        assert called.answered is not None, "nobody took a call that was answered"
        self._taken(called.taker, at=called.answered)
        self._keep(
            calls.follow(self._on, self._work, at=called.answered, ring=self._ring(called.answered)).call,
            at=called.answered,
        )
        self._put_through(called.answered + ANSWERS_IN)
        self._talked(called.taker, until=called.over)

    def _talked(self, agent: Agent, *, until: datetime) -> None:
        """What was said is over: handed on in between, if it was, and wrapped up."""
        if self._called.asks is not None:
            begun = self._on.bridged_at or until
            self._handed_on(agent, self._called.asks, at=begun + (until - begun) * 0.4)
            agent = self._called.asks
        self._hung_up(at=until)
        self._wrapped(agent, at=until + self._called.wraps)

    def _wrapped(self, agent: Agent, *, at: datetime) -> None:
        """A line about it, and what it was about; then it is solved, theirs for later, or somebody else's."""
        called, wrote = self._called, self._on.ended_at or at
        self._noted(self._wording.spoken(agent=agent, how=self._how), by=agent, at=wrote + (at - wrote) / 3)
        self._renamed(at=wrote + (at - wrote) / 2)
        if called.solves:
            self._solved(at=at)
        elif called.moves:
            self._classified(at=at)
            self._work_again(at=at)
        else:
            self._done(at=at)
        self._keep(replace(self._on, state=CallState.ENDED), at=at)
        if called.solves:
            self._classified(at=at + _A_MOMENT)
        elif not called.moves:
            self._stands(at=at + _A_MOMENT)

    def _gives_up(self, at: datetime) -> None:
        step = calls.over(self._on, ending=CallEnding.ABANDONED, at=at)
        self._missed(step.call, at=at)

    def _leaves_words(self, at: datetime) -> None:
        """After the tone: a recording that is a file of the ticket, and a moment later what was said in it."""
        self._waits_for_later(at=at)
        self._keep(replace(self._on, state=CallState.LEAVING), at=at)
        at += self._called.speaks
        sheet = sheets()["voicemail"]
        first, language = self.messages[0], self._draft.matter.language
        self.ticket = lifecycle.on_held(self.ticket, at=at)
        grown = replace(first, attachments=(self._attached(sheet, language=language, at=at),), version=2)
        self._happened(at, MessageGrown(ticket=self.ticket, message=grown))
        self._keep(replace(self._on, tape=f"sample:{first.id}", recording=Taping.OFF), at=at)
        self._keep(calls.over(self._on, ending=CallEnding.VOICEMAIL, at=at).call, at=at)
        at += timedelta(seconds=self._dice.number(4, 9))
        words = self._wording.left()
        held = lifecycle.on_held(self.ticket, at=at)
        self.ticket = replace(held, snippet=held.snippet or text.snippet(words))
        self.messages[0] = replace(grown, text=words, version=3)
        self._happened(at, MessageGrown(ticket=self.ticket, message=self.messages[0]))

    def _missed(self, ended: Call, *, at: datetime) -> None:
        """Who gave up waiting is called back; who changed their mind, or is nobody, is not."""
        if ended.short or ended.number is None:
            self.ticket = lifecycle.on_talk_over(self.ticket, at=at)
            self._solved(at=at)
        else:
            self._waits_for_later(at=at)
        self._keep(ended, at=at)

    def _waits_for_later(self, *, at: datetime) -> None:
        """Nobody need come to the line any more: it waits like any answer that is due."""
        self.ticket = lifecycle.on_talk_over(self.ticket, at=at)
        self._work_again(at=at)
        self._hold(waits.kept_up(self._open_work, ticket=self.ticket, at=at))
        self._happened(at, WorkQueued(ticket=self.ticket, work=self._open_work))

    # ------------------------------------------------------------ afterwards

    def _called_back(self) -> None:
        """An agent has it and calls them; whom nobody reaches is tried once more."""
        for number, tried in enumerate(self._called.tries):
            if tried.over + self._called.wraps + _A_MOMENT > self._now:
                return
            if number == 0:
                self._taken(self._called.taker, at=tried.at)
            self._calls_them(tried)

    def _calls_them(self, tried: Tried) -> None:
        at, agent = tried.at + timedelta(seconds=20), self._called.taker
        mine = self._leg(Part.AGENT, at=at, agent=agent)
        record = self._said(
            self._dice.id(MessageId, at=at),
            Direction.OUT,
            self._inbox.channel,
            agent.name,
            "",
            at=at,
            of=self.ticket,
            author=agent.id,
            inbox=self._inbox.id,
            flags=(RECORD,),
            delivery=Delivery.SENT,
        )
        self._happened(at, MessageQueued(ticket=self.ticket, message=record))
        self._before = [*self.calls]
        self._call = Call(
            self._dice.id(CallId, at=at),
            self._inbox.id,
            CallDirection.OUT,
            CallState.CONNECTING,
            at,
            ticket=self.ticket.id,
            number=self._called.number,
            language=self.ticket.language,
            agent=agent.id,
            legs=(mine,),
            message=record.id,
        )
        self._happened(at, CallChanged(ticket=self.ticket, call=self._call))
        if tried.reached:
            self._put_through(at + ANSWERS_IN)
            self._talked(agent, until=tried.over)
        else:
            self._not_there(at + ANSWERS_IN, until=tried.over)
            self._noted(self._wording.unreached(agent=agent), by=agent, at=tried.over + timedelta(seconds=15))

    def _later(self) -> None:
        """What was not over with the talk: taken by whoever it went to, solved, and closed for good after a while."""
        called = self._called
        if self._on.bridged_at is not None and self.ticket.status.active:
            taken, solved = called.follows
            if called.moves and taken <= self._now:
                self._taken(self._roster_takes(over=solved <= self._now), at=taken)
            if solved <= self._now:
                self._ends_later(at=solved)
        if self.ticket.solved_at is not None and self.ticket.solved_at + CLOSED_AFTER <= self._now:
            self._ended(Status.CLOSED, at=self.ticket.solved_at + CLOSED_AFTER)

    def _ends_later(self, *, at: datetime) -> None:
        agent = next(one for one in self._city.agents.values() if one.id == self.ticket.assignee)
        self._noted(self._wording.ended(agent=agent), by=agent, at=at - timedelta(seconds=30))
        self._solved(at=at)
        if not self._called.moves:
            self._classified(at=at + _A_MOMENT)

    def _roster_takes(self, *, over: bool) -> Agent:
        queue, language = self._house.queues[self.ticket.queue], self._draft.matter.language
        found = self._roster.taker(queue, language=language, in_hand=not over)
        if found is None:  # everyone able is full: the most patient one takes it all the same
            found = self._roster.taker(queue, language=None, in_hand=False)
        assert found is not None, "a queue without a team"
        return found

    def _stands(self, *, at: datetime) -> None:
        """Whoever talked keeps it, and waits for them or for somebody else."""
        before, to = self.ticket, Status(self._called.stands)
        self.ticket = lifecycle.set_status(before, to=to, at=at, promise=self._promise)
        self._happened(at, TicketStatus(ticket=self.ticket, was_status=before.status))

    @property
    def _how(self) -> str:
        return "passed_on" if self._called.moves else "answered"
