"""A ticket while its story is played, whatever door it came by: each change by the rules of the house, and told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crm_core.model.address import Address
from crm_core.model.agent import Agent
from crm_core.model.event import (
    Event,
    NoteAdded,
    TicketAssigned,
    TicketMoved,
    TicketSnoozed,
    TicketStatus,
    WorkDone,
    WorkQueued,
    WorkTaken,
)
from crm_core.model.house import House
from crm_core.model.ids import AgentId, ConversationId, FileId, MarkId, MessageId, QueueId, TimerId
from crm_core.model.inbox import Inbox
from crm_core.model.message import Attachment, Direction, Message
from crm_core.model.promise import Mark, Timer, TimerKind, TimerState
from crm_core.model.service import Service
from crm_core.model.ticket import Conversation, Status, Ticket
from crm_core.model.work import Work
from crm_core.rules import alarms, lifecycle, marks, needs, waits
from crm_core.rules.sla import Promise
from gateway.city.dice import Dice
from gateway.city.drafts import Draft
from gateway.city.files import Sheet
from gateway.city.house import CityHouse
from gateway.city.roster import Roster
from gateway.city.wording import Wording

OPENED_WHY = "nothing of ours is referenced"


@dataclass(frozen=True, slots=True)
class Past:
    """An event of history: when it happened, and what."""

    at: datetime
    event: Event


class Played:
    """What is played, and what it left behind."""

    def __init__(self, draft: Draft, *, city: CityHouse, house: House, roster: Roster, dice: Dice) -> None:
        self._draft, self._city, self._house = draft, city, house
        self._roster, self._dice = roster, dice
        self._wording = Wording(draft, dice=dice)
        self._ticket: Ticket | None = None
        self._work: Work | None = None
        self._worked: list[Work] = []
        self.strands: list[Conversation] = []
        self.messages: list[Message] = []
        self.past: list[Past] = []
        self.marks: list[Mark] = []
        self.timers: list[Timer] = []

    @property
    def draft(self) -> Draft:
        """What it was played from."""
        return self._draft

    @property
    def ticket(self) -> Ticket:
        """The ticket as it stands by now."""
        assert self._ticket is not None, "nothing was opened"
        return self._ticket

    @ticket.setter
    def ticket(self, changed: Ticket) -> None:
        """Every change leaves its marks, as the store keeps them for live ones."""
        self.marks += marks.of(self._ticket, changed, named=lambda: self._dice.id(MarkId, at=changed.updated_at))
        self._ticket = changed

    @property
    def works(self) -> Sequence[Work]:
        """All that it ever wanted of an agent, and how that went; the last may still wait, or be in hand."""
        return [*self._worked, *([self._work] if self._work is not None else [])]

    def snooze(self, until: datetime) -> None:
        """It sleeps until a morning to come."""
        self.ticket = lifecycle.snooze(self.ticket, until=until, at=self.ticket.updated_at)
        self._happened(self.ticket.updated_at, TicketSnoozed(ticket=self.ticket))

    def settle(self, now: datetime) -> None:
        """What should have rung before the city was loaded is kept as past; what comes next will ring."""
        promise = Promise(*self._house.promise(self._house.services[self.ticket.service]))
        for alarm in alarms.passed(self.ticket, promise=promise, until=now):
            id = self._dice.id(TimerId, at=alarm.at)
            state, kind = TimerState.PAST, TimerKind.PROMISE
            self.timers.append(Timer(id, self.ticket.id, kind, alarm.at, alarm.promise, alarm.percent, state))
        if self.ticket.status.active:
            quiet = replace(self.ticket, clock=replace(self.ticket.clock, alarm=None))
            self._ticket = alarms.watched(quiet, promise=promise, at=now)

    @property
    def _promise(self) -> Promise:
        """What is promised for the service that it is by now."""
        return self._promised(self._house.services[self.ticket.service])

    def _promised(self, service: Service) -> Promise:
        """Without the ladder of alarms: none of these has rung, and `settle` climbs it once."""
        policy, calendar = self._house.promise(service)
        return Promise(replace(policy, ladder=()), calendar)

    def _assigned(self, agent: Agent, *, at: datetime) -> None:
        before = self.ticket
        self.ticket = lifecycle.assign(before, to=agent.id, at=at)
        self._happened(at, TicketAssigned(ticket=self.ticket, before=before, was_with=before.assignee))

    @property
    def _open_work(self) -> Work:
        assert self._work is not None, "nothing is to be done"
        return self._work

    def _hold(self, work: Work) -> None:
        self._work = replace(work, due_at=self.ticket.due_at, version=self._open_work.version + 1)

    def _in_hand(self, agent: AgentId, *, at: datetime) -> None:
        """What is to be done is theirs from now on."""
        self._hold(waits.taken(self._open_work, by=agent, at=at))
        self._happened(at, WorkTaken(ticket=self.ticket, work=self._open_work))

    def _work_again(self, *, at: datetime) -> None:
        """It waits once more, where the ticket is now."""
        ticket = self.ticket
        skills = needs.skills_for(self._house.services[ticket.service], queue=self._house.queues[ticket.queue])
        self._work = needs.work_again(self._open_work, ticket=ticket, skills=skills, at=at)
        self._happened(at, WorkQueued(ticket=ticket, work=self._work))

    def _done(self, *, at: datetime) -> None:
        done = waits.ended(self._open_work, ticket=self.ticket, at=at)
        self._work = replace(done, version=done.version + 1)
        self._happened(at, WorkDone(ticket=self.ticket, work=self._work))

    def _moved(self, to: QueueId, *, at: datetime) -> None:
        before = self.ticket
        self.ticket = lifecycle.move(before, to=to, at=at, promise=self._promise)
        self._happened(
            at, TicketMoved(ticket=self.ticket, before=before, was_in=before.queue, was_with=before.assignee)
        )

    def _ended(self, status: Status, *, at: datetime) -> None:
        before = self.ticket
        end = lifecycle.solve if status is Status.SOLVED else lifecycle.close
        self.ticket = end(before, at=at)
        self._status_changed(at, before)

    def _noted(self, body: str, *, by: Agent, at: datetime) -> None:
        before = self.ticket
        mentions = frozenset(agent.id for agent in self._roster.mentioned(body))
        self.ticket = lifecycle.on_note(before, at=at, mentions=mentions)
        id = self._dice.id(MessageId, at=at)
        message = self._said(id, Direction.NOTE, "note", by.name, body, at=at, of=self.ticket, author=by.id)
        self._happened(at, NoteAdded(ticket=self.ticket, before=before, message=message))

    def _said(
        self,
        id: MessageId,
        direction: Direction,
        channel: str,
        sender: str,
        body: str,
        *,
        at: datetime,
        of: Ticket,
        **more: Any,
    ) -> Message:
        """A message of the ticket as that change left it."""
        facts = {"conversation": None, "proven": True, **more}
        message = Message(
            id=id,
            ticket=of.id,
            direction=direction,
            channel=channel,
            sender=sender,
            text=body,
            created_at=at,
            at_version=of.version,
            **facts,
        )
        self.messages.append(message)
        return message

    def _strand(self, ticket: Ticket, inbox: Inbox, *, address: Address, at: datetime) -> Conversation:
        made = Conversation(
            self._dice.id(ConversationId, at=at), ticket.id, inbox.id, address, None, ticket.subject, at, at
        )
        self.strands.append(made)
        return made

    def _attached(self, sheet: Sheet, *, language: str, at: datetime) -> Attachment:
        return Attachment(
            self._dice.id(FileId, at=at), sheet.names[language], sheet.type, len(sheet.content), sheet.digest
        )

    def _status_changed(self, at: datetime, before: Ticket) -> None:
        if self.ticket.status is not before.status:
            self._happened(at, TicketStatus(ticket=self.ticket, was_status=before.status))

    def _happened(self, at: datetime, event: Event) -> None:
        self.past.append(Past(at, event))
