"""Due times under other rules: what a publication would do, and the next portion of a job that does it.

A job reckons from the marks alone, on the reading side: the writer only stores what came out.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from crm_core.model.ids import JobId, PolicyId, ServiceId
from crm_core.model.promise import Job, Mark, Preview
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.model.ticket import Ticket
from crm_core.rules import moved
from crm_core.rules.moved import COUNTED, PORTION, Portion, Rules
from crm_core.store import ruling, tables
from crm_core.store.tx import Read, listed

LOOKED_AT = 2000
"""Tickets that a preview reckons; where there are more it says so."""

SHOWN = 12

_RUNNING = sa.select(tables.jobs).where(sa.text("state = 'running'")).order_by(tables.jobs.c.id).limit(1)
_JOBS = sa.select(tables.jobs).order_by(tables.jobs.c.made_at.desc(), tables.jobs.c.id.desc()).limit(20)


async def rules(read: Read) -> Rules:
    """All of them as the record has them now: no snapshot that may be a moment old."""
    policies = await read.values(SlaPolicy, ruling.POLICIES)
    calendars = await read.values(Calendar, ruling.CALENDARS)
    services = {ServiceId(row["id"]): PolicyId(row["policy"]) for row in await read.all(ruling.PROMISES)}
    return Rules(
        {policy.id: policy for policy in policies}, {calendar.id: calendar for calendar in calendars}, services
    )


async def running(read: Read) -> JobId | None:
    """The oldest job that is not done."""
    await read.permit(to="reckon")
    job = await read.value(Job, _RUNNING)
    return None if job is None else job.id


async def jobs(read: Read) -> list[Job]:
    """The newest jobs, done or not."""
    await read.permit(to="promises")
    return await read.values(Job, _JOBS)


async def portion(read: Read, job_id: JobId) -> Portion:
    """The next tickets of a job, reckoned from their marks."""
    await read.permit(to="reckon")
    job, known = await read.get(Job, job_id), await rules(read)
    services = listed(known.of_policies(job.policies))
    found = await read.values(Ticket, ruling.SOME, after=job.cursor, services=services, limit=PORTION)
    told = moved.by_ticket(await read.values(Mark, ruling.MARKS, tickets=listed(ticket.id for ticket in found)))
    changes = (moved.reckoned(one, told.get(one.id, ()), rules=known, at=read.now) for one in found if one.id in told)
    cursor = found[-1].id if found else job.cursor
    return Portion(job, cursor, len(found), tuple(change for change in changes if change is not None), known)


async def preview(read: Read, *, policies: Sequence[SlaPolicy] = (), calendars: Sequence[Calendar] = ()) -> Preview:
    """What it would do if these were in force instead."""
    await read.permit(to="promises")
    now_are = await rules(read)
    would_be = Rules(
        {**now_are.policies, **{policy.id: policy for policy in policies}},
        {**now_are.calendars, **{calendar.id: calendar for calendar in calendars}},
        now_are.services,
    )
    about = would_be.of_policies(would_be.concerned(policies=policies, calendars=calendars))
    count = await read.one(ruling.COUNT, services=listed(about), limit=COUNTED + 1)
    of = count[0] if count else 0
    found = await read.values(Ticket, ruling.SOME, after="", services=listed(about), limit=LOOKED_AT)
    slips = [slip for slip in (moved.slip(one, rules=would_be, at=read.now) for one in found) if slip is not None]
    late = sum(slip.late for slip in slips)
    shown = sorted(slips, key=lambda slip: not slip.late)[:SHOWN]
    return Preview(min(of, COUNTED), of > COUNTED, len(found), len(slips), late, tuple(shown))
