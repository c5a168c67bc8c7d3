"""What a ticket's next answer, or a live contact, needs of the agent who takes it.

Queue, skills and priority come from the service and the ticket. The channel adds only
what it is made of: whether it is live, and how much of an agent it takes.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from crm_core.model.ids import AgentId, ServiceId, WorkId
from crm_core.model.inbox import Capabilities
from crm_core.model.queue import Queue
from crm_core.model.service import Service
from crm_core.model.ticket import Ticket
from crm_core.model.work import Work, WorkState
from crm_core.rules import drifts, waits


def work_for(
    ticket: Ticket,
    *,
    id: WorkId,
    service: Service,
    queue: Queue,
    capabilities: Capabilities,
    at: datetime,
    preferred: AgentId | None = None,
    drifting: AbstractSet[tuple[ServiceId, str]] = frozenset(),
) -> Work:
    """The work that a ticket's waiting citizen makes; as old as their waiting.

    `preferred` is who gets it if they are free: whoever had the ticket last. `drifting` are
    services at channels that do not keep their promise: their work has a head start.
    """
    since = ticket.awaiting_since or at
    return Work(
        id=id,
        ticket=ticket.id,
        queue=ticket.queue,
        channel=ticket.channel,
        live=ticket.live,
        came_live=ticket.live,
        units=capabilities.units if ticket.live or not capabilities.live else 1,
        skills=skills_for(service, queue=queue),
        language=ticket.language,
        priority=int(ticket.priority),
        virtual_start=min(since, at),
        entered_at=at,
        state=WorkState.QUEUED,
        preferred=preferred or ticket.assignee,
        due_at=ticket.due_at,
        head_start=drifts.head_start((ticket.service, ticket.channel), live=ticket.live, drifting=drifting),
    )


def work_again(
    work: Work,
    *,
    ticket: Ticket,
    skills: dict[str, int],
    at: datetime,
    drifting: AbstractSet[tuple[ServiceId, str]] = frozenset(),
) -> Work:
    """The same work waiting once more, where its ticket is: its age stays (I16), and who had it is free to get it."""
    return replace(
        work,
        queue=ticket.queue,
        skills=skills,
        priority=int(ticket.priority),
        state=WorkState.QUEUED,
        units=waits.weight(work),
        agent=None,
        held_at=None,
        preferred=work.agent or work.preferred,
        excluded=frozenset(),
        due_at=ticket.due_at,
        head_start=drifts.head_start((ticket.service, work.channel), live=work.live, drifting=drifting),
        wraps_until=None,
        entered_at=at,
        version=work.version + 1,
    )


def skills_for(service: Service, *, queue: Queue) -> dict[str, int]:
    """What the service and its queue ask for, the higher level of each; the inbox asks for nothing."""
    names = sorted(service.skills.keys() | queue.skills.keys())
    return {name: max(service.skills.get(name, 0), queue.skills.get(name, 0)) for name in names}
