"""Plays a draft: each step through the rules of the house, until the ticket stands where it stands.

What comes out is what `receive`, `reply` and the other actions would have written, with
the times of the script: one set of rules for live contacts and for history.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.model.agent import Agent
from crm_core.model.event import (
    CustomerCreated,
    MessageQueued,
    MessageReceived,
    TicketOpened,
    TicketPriority,
    WorkQueued,
)
from crm_core.model.event_talks import WorkKept
from crm_core.model.house import House
from crm_core.model.ids import MessageId, QueueId, TicketId, WorkId
from crm_core.model.message import Attachment, Delivery, Direction, Message
from crm_core.model.ticket import Conversation, Priority, Status, Ticket
from crm_core.model.work import WorkState
from crm_core.rules import dispatch, lifecycle, matching, needs, signs, sla, text, waits
from gateway.city.dice import Dice
from gateway.city.drafts import Draft
from gateway.city.files import sheets
from gateway.city.house import CityHouse
from gateway.city.played import OPENED_WHY, Played
from gateway.city.roster import Roster
from gateway.city.schedule import Step, standing

CONTINUED_WHY = "it answers our message"

_ASTRAY = 0.05
"""Share of contacts that first come to the wrong queue."""


class Stage(Played):
    """One ticket of a written contact."""

    def __init__(self, draft: Draft, *, city: CityHouse, house: House, roster: Roster, dice: Dice, new: bool) -> None:
        super().__init__(draft, city=city, house=house, roster=roster, dice=dice)
        self._new_customer = new
        self._queue = city.queues[draft.queue]
        self._agent: Agent | None = None
        self._ours = standing(draft.steps) == "ours"
        self.ticket = self._open()
        self._aside = Dice(0, "work", self.ticket.id)
        self._want(at=self.ticket.created_at)

    def play(self) -> None:
        """Every step after the first."""
        acts: dict[str, Callable[[Step], None]] = {
            "citizen": self._citizen,
            "agent": self._answer,
            "assign": self._assign,
            "move": self._move,
            "raise": self._raise,
            "solve": lambda step: self._ended(Status.SOLVED, at=step.at),
            "close": lambda step: self._ended(Status.CLOSED, at=step.at),
        }
        if self._draft.opening is not None:
            self._assign(self._draft.steps[0])
        for step in self._draft.steps[1:]:
            acts.get(step.turn.who, self._note)(step)

    def settle(self, now: datetime) -> None:
        """What somebody has in hand when the city opens, they took up as soon as they could."""
        super().settle(now)
        if self._is_open:
            self._take_up(at=min(self.ticket.updated_at + self._a_while(), now))

    def _open(self) -> Ticket:
        draft, step = self._draft, self._draft.steps[0]
        service = self._city.services[draft.matter.service]
        body, words = self._wording.first(step.turn, service=service)
        astray = draft.opening is None and len(draft.steps) > 1 and self._dice.chance(_ASTRAY)
        queue = self._city.queues["city-hall-desk"] if astray else self._queue
        ticket = Ticket(
            self._dice.id(TicketId, at=step.at),
            self._dice.ticket_number(),
            text.subject(self._subject(draft.sample.name) or "", said=words),
            Status.NEW,
            Priority[draft.matter.priority.upper()],
            service.id,
            queue.id,
            draft.citizen.customer.id,
            draft.citizen.customer.name,
            draft.sample.name,
            created_at=step.at,
            updated_at=step.at,
            language=draft.matter.language,
            snippet=text.snippet(words),
            awaiting_since=step.at,
            received_in=queue.id,
        )
        place = matching.place(self._house.index, said=f"{self._wording.subject}\n{words}")
        owner = dispatch.owner(service, place=place, ownerships=self._house.ownerships, at=step.at)
        ticket = sla.opened(replace(ticket, place=place, unit=owner.unit), promise=self._promised(service))
        strand = self._strand(ticket, draft.inbox, address=draft.address, at=step.at)
        message = self._incoming(ticket, step, body, strand=strand)
        if self._new_customer:
            self._happened(step.at, CustomerCreated(customer=draft.citizen.customer, ticket=ticket))
        self._happened(step.at, TicketOpened(ticket=ticket, why=OPENED_WHY))
        self._happened(step.at, MessageReceived(ticket=ticket, message=message, why=OPENED_WHY))
        return ticket

    def _citizen(self, step: Step) -> None:
        """They answer the mail they got, also where it all began with a form."""
        body = self._wording.back(step.turn, quoting=self._last_answer())
        strand = self.strands[-1]
        before = self.ticket
        self.ticket = lifecycle.on_inbound(
            before,
            at=step.at,
            channel=self._house.inboxes[strand.inbox].channel,
            snippet=text.snippet(body),
            promise=self._promise,
        )
        self.strands[-1] = replace(strand, last_inbound_at=step.at)
        message = self._incoming(self.ticket, step, body, strand=strand)
        self._happened(step.at, MessageReceived(ticket=self.ticket, message=message, why=CONTINUED_WHY))
        self._status_changed(step.at, before)
        self._want(at=step.at)

    def _answer(self, step: Step) -> None:
        agent = self._must_have(step)
        body = self._wording.answer(step.turn, agent=agent, first=self._last_answer() is None)
        before = self.ticket
        self.ticket = lifecycle.on_reply(
            before,
            at=step.at,
            snippet=text.snippet(body),
            promise=self._promise,
            status=Status(step.turn.word or "waiting"),
        )
        message = self._outgoing(step, body, agent=agent)
        self._happened(step.at, MessageQueued(ticket=self.ticket, message=message))
        self._status_changed(step.at, before)
        if self._is_open:
            self._done(at=step.at)

    def _note(self, step: Step) -> None:
        agent = self._must_have(step)
        if step.turn.who == "colleague":
            agent = self._roster.colleague(self._queue, beside=agent)
        elif step.turn.who != "note":
            agent = self._roster.agents[step.turn.who]
        self._noted(self._wording.note(step.turn), by=agent, at=step.at)

    def _assign(self, step: Step) -> None:
        """Somebody of the right team takes it; what came to the wrong queue is moved first."""
        if self.ticket.queue != self._queue.id:
            self._moved(self._queue.id, at=step.at)
        opening = self._draft.opening
        in_hand = self._ours
        if opening is not None:
            self._agent = self._named(opening.assignee, in_hand=in_hand)
        else:
            self._agent = self._roster.taker(self._queue, language=self._draft.matter.language, in_hand=in_hand)
        if self._agent is None:
            return
        at = step.at + timedelta(seconds=self._dice.number(5, 50)) if opening is None else step.at
        self._assigned(self._agent, at=max(min(at, self._limit(step)), self.ticket.updated_at))

    def _named(self, key: str, *, in_hand: bool) -> Agent | None:
        if not key:
            return None
        return self._roster.carry(key) if in_hand else self._roster.agents[key]

    def _limit(self, step: Step) -> datetime:
        """Not after the next step, whose hour is fixed."""
        return min((later.at for later in self._draft.steps if later.at > step.at), default=step.at)

    def _move(self, step: Step) -> None:
        """To another office, with a word why; from then on people there have it."""
        by = self._must_have(step)
        self._noted(self._wording.note(step.turn), by=by, at=step.at)
        self._queue = self._city.queues[step.turn.word]
        self._moved(self._queue.id, at=step.at)
        self._assign(step)

    def _raise(self, step: Step) -> None:
        by = self._must_have(step)
        before = self.ticket
        self.ticket = lifecycle.prioritise(
            before, to=Priority[step.turn.word.upper()], at=step.at, promise=self._promise
        )
        self._happened(step.at, TicketPriority(ticket=self.ticket, was_priority=before.priority))
        if self._is_open:
            self._keep_up(at=step.at)
        self._noted(self._wording.note(step.turn), by=by, at=step.at)

    def _must_have(self, step: Step) -> Agent:
        if self._agent is None:
            self._assign(step)
        if self._agent is None:  # everyone able is full: the most patient one takes it all the same
            taker = self._roster.taker(self._queue, language=None, in_hand=False)
            assert taker is not None, "a queue without a team"
            self._agent = taker
            self._assigned(taker, at=step.at)
        self._take_up(at=max(self.ticket.updated_at, step.at - self._a_while()))
        return self._agent

    # ------------------------------------------------------------ what it wants of an agent, as `actions/working.py` has it

    @property
    def _is_open(self) -> bool:
        return self._work is not None and self._work.state is not WorkState.DONE

    def _want(self, *, at: datetime) -> None:
        """They wait for our word: what is open goes on, else the next answer joins the queue."""
        if self._is_open:
            self._keep_up(at=at)
            return
        if self._work is not None:
            self._worked.append(self._work)
        ticket = self.ticket
        self._work = needs.work_for(
            ticket,
            id=self._aside.id(WorkId, at=at),
            service=self._house.services[ticket.service],
            queue=self._house.queues[ticket.queue],
            capabilities=self._house.can[ticket.channel],
            at=at,
        )
        self._happened(at, WorkQueued(ticket=ticket, work=self._work))

    def _keep_up(self, *, at: datetime) -> None:
        """It presses as its ticket does."""
        again = waits.kept_up(self._open_work, ticket=self.ticket, at=at)
        if again == self._open_work:
            return
        self._hold(again)
        waiting = self._open_work.state is WorkState.QUEUED
        event = WorkQueued if waiting else WorkKept
        self._happened(at, event(ticket=self.ticket, work=self._open_work))

    def _take_up(self, *, at: datetime) -> None:
        """Whoever has the ticket takes up what came to it since."""
        if self._is_open and self._open_work.state is WorkState.QUEUED and self.ticket.assignee is not None:
            self._in_hand(self.ticket.assignee, at=at)

    def _a_while(self) -> timedelta:
        return timedelta(seconds=self._aside.number(40, 900))

    def _assigned(self, agent: Agent, *, at: datetime) -> None:
        super()._assigned(agent, at=at)
        if self._is_open:
            self._in_hand(agent.id, at=at)

    def _moved(self, to: QueueId, *, at: datetime) -> None:
        super()._moved(to, at=at)
        if self._is_open:
            self._work_again(at=at)

    def _ended(self, status: Status, *, at: datetime) -> None:
        self._take_up(at=max(self.ticket.updated_at, at - self._a_while()))
        super()._ended(status, at=at)
        if self._is_open:
            self._done(at=at)

    # ------------------------------------------------------------ words

    def _incoming(self, ticket: Ticket, step: Step, body: str, *, strand: Conversation) -> Message:
        id = self._dice.id(MessageId, at=step.at)
        channel = self._house.inboxes[strand.inbox].channel
        return self._said(
            id,
            Direction.IN,
            channel,
            self._draft.citizen.customer.name,
            body,
            at=step.at,
            of=ticket,
            conversation=strand.id,
            address=strand.address,
            inbox=strand.inbox,
            subject=self._subject(channel),
            attachments=self._attachments(step),
            external_id=f"sample:{id}",
            wire_id=f"<{id}@{self._draft.citizen.mail.value.partition('@')[2]}>",
        )

    def _outgoing(self, step: Step, body: str, *, agent: Agent) -> Message:
        strand = replace(self._way_back(step), last_outbound_at=step.at)
        self.strands[-1] = strand
        inbox = self._house.inboxes[strand.inbox]
        id = self._dice.id(MessageId, at=step.at)
        return self._said(
            id,
            Direction.OUT,
            inbox.channel,
            agent.name,
            body,
            at=step.at,
            of=self.ticket,
            conversation=strand.id,
            address=strand.address,
            author=agent.id,
            inbox=inbox.id,
            subject=self._subject(inbox.channel),
            wire_id=signs.message_id(self._house.keys[0], id, domain=self._house.domain),
            delivery=Delivery.DELIVERED,
        )

    def _subject(self, channel: str) -> str | None:
        if not self._house.can[channel].subject:
            return None
        return f"Re: {self._wording.subject}" if self.messages else self._wording.subject

    def _way_back(self, step: Step) -> Conversation:
        """Where the person last wrote, if answers can go back there; else to their address."""
        last = self.strands[-1]
        if self._house.can[self._house.inboxes[last.inbox].channel].replies:
            return last
        other = self._house.reaching(last.address.scheme)
        assert other is not None, "no channel of the city can answer"
        return self._strand(self.ticket, other, address=last.address, at=step.at)

    def _attachments(self, step: Step) -> tuple[Attachment, ...]:
        language = self._draft.matter.language
        return tuple(self._attached(sheets()[kind], language=language, at=step.at) for kind in step.turn.files)

    def _last_answer(self) -> Message | None:
        return next((message for message in reversed(self.messages) if message.direction is Direction.OUT), None)
