"""Due times reckoned anew after a change of rules: a job in the bulk lane, a portion at a time, that goes on where it was cut off."""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.model.event_promises import JobBegun, JobEnded, JobMoved, TimersHeld
from crm_core.model.ids import AgentId, JobId, PolicyId, ServiceId, TicketId, TimerId, fresh
from crm_core.model.promise import Job, JobState, Mark, Timer, TimerKind, TimerState
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.model.ticket import Ticket
from crm_core.rules import moved as moved_rule
from crm_core.rules.moved import COUNTED, PORTION, Change, Portion, Rules
from crm_core.store import ruling
from crm_core.store.compiled import among
from crm_core.store.tables import tickets, work
from crm_core.store.tables.live import NOT_DONE
from crm_core.store.tx import Tx, listed

_LOCKED = sa.select(tickets).where(among(tickets.c.id, "ids")).order_by(tickets.c.id).with_for_update()
_PROMISED = sa.select(tickets.c.due_at).where(tickets.c.id == work.c.ticket).scalar_subquery()
_FOLLOW = (
    sa.update(work)
    .where(among(work.c.ticket, "ids"), NOT_DONE, work.c.due_at.is_distinct_from(_PROMISED))
    .values(due_at=_PROMISED, version=work.c.version + 1)
)
"""Open work is due when its ticket is; the floor reads all of it anew when the job has ended."""


async def rules_now(tx: Tx) -> Rules:
    """Every policy and calendar as the record has them."""
    policies = await tx.values(SlaPolicy, ruling.POLICIES)
    calendars = await tx.values(Calendar, ruling.CALENDARS)
    services = {ServiceId(row["id"]): PolicyId(row["policy"]) for row in await tx.all(ruling.PROMISES)}
    return Rules(
        {policy.id: policy for policy in policies}, {calendar.id: calendar for calendar in calendars}, services
    )


async def begin(tx: Tx, *, why: str, policies: tuple[PolicyId, ...]) -> Job:
    """There is something to reckon anew; the worker hears of it by the event."""
    await tx.permit(to="promises")
    known = await rules_now(tx)
    total = await tx.one(ruling.COUNT, services=listed(known.of_policies(policies)), limit=COUNTED)
    by = AgentId(tx.actor.id) if tx.actor.is_person else None
    job = Job(fresh(JobId, at=tx.now), why, policies, JobState.RUNNING, by, tx.now, total[0] if total else 0)
    tx.add(job)
    tx.emit(JobBegun(job=job))
    return job


async def reckon(tx: Tx, portion: Portion) -> bool:
    """Store a portion; whether the job goes on. What changed since it was read is reckoned here, from its marks.

    No ticket's version rises: what an agent is writing just now is not made stale by it.
    """
    await tx.permit(to="reckon")
    job = await tx.get(Job, portion.job.id)
    if job.state is JobState.DONE or job != portion.job:
        return job.state is not JobState.DONE
    late = moved_on = 0
    changes = await _fresh(tx, portion)
    for change in changes:
        await tx.save(change.after)
        moved_on += moved_rule.moves(change)
        if change.late and change.after.due_at is not None:
            late += 1
            id, at = fresh(TimerId, at=tx.now), change.after.due_at
            tx.add(Timer(id, change.after.id, TimerKind.LATE, at, change.after.due_kind, 100, TimerState.HELD, job.id))
    await tx.change(_FOLLOW, ids=listed(change.after.id for change in changes))
    moved = await tx.save(
        replace(
            job,
            done=job.done if job.second else job.done + portion.looked_at,
            changed=job.changed + moved_on,
            late=job.late + late,
            cursor=portion.cursor,
            version=job.version + 1,
        )
    )
    if portion.looked_at == PORTION:
        tx.emit(JobMoved(job=moved))
        return True
    return await _ended(tx, moved)


async def _ended(tx: Tx, job: Job) -> bool:
    """Once more over what came since it began, then it is done; what became late waits for a person's word."""
    if not job.second:
        again = await tx.save(
            replace(job, second=True, cursor=fresh(TicketId, at=job.made_at)[:10], version=job.version + 1)
        )
        tx.emit(JobMoved(job=again))
        return True
    done = await tx.save(replace(job, state=JobState.DONE, ended_at=tx.now, version=job.version + 1))
    tx.emit(JobEnded(job=done))
    if done.late:
        tx.emit(TimersHeld(count=done.late, why=done.id))
    return False


async def _fresh(tx: Tx, portion: Portion) -> list[Change]:
    """The changes, each made from the ticket as it is now."""
    ids = listed(change.before.id for change in portion.changes)
    now_are = {ticket.id: ticket for ticket in await tx.values(Ticket, _LOCKED, ids=ids)}
    moved = [now_are[change.before.id] for change in portion.changes if now_are[change.before.id] != change.before]
    changes = [change for change in portion.changes if now_are[change.before.id] == change.before]
    if moved:
        told = moved_rule.by_ticket(await tx.values(Mark, ruling.MARKS, tickets=listed(one.id for one in moved)))
        again = [moved_rule.reckoned(one, told[one.id], rules=portion.rules, at=tx.now) for one in moved]
        changes += [change for change in again if change is not None]
    return changes
