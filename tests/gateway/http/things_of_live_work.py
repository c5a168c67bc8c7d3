"""What the policy's rows about work in hand name: Anna has it, wraps it up, asks Sue in, or is asked in by her."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from crm_core.actions import accounts, assign, broadcasting, consulting, duty, wrapping
from crm_core.model.agent import Capacity, Duty
from crm_core.model.ids import AgentId, QueueId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.model.work import WorkState
from crm_core.queries import live
from tests.gateway.http.site import OPERATOR, Site
from tests.gateway.http.things_of_talks import talk
from tests.world import ANNA, IMPORTER, SUE


async def in_hand(site: Site, *, by: AgentId = ANNA) -> str:
    """A talk that somebody has."""
    for one in (ANNA, SUE):
        await site.world.do(one, duty.set_duty, to=Duty.AVAILABLE)
        await site.desk.do(OPERATOR, accounts.change_user, one, accounts.Changes(capacity=Capacity(1000, {})))
    ticket = TicketId(await talk(site))
    await site.world.do(SUE, assign.overload, ticket, to=by)
    for work, row in await site.world.ask(by, live.works):
        if work.state is WorkState.WRAPPING:
            await site.world.do(by, wrapping.end_wrap_up, row.id)
    return ticket


async def wrap_up(site: Site) -> str:
    ticket = TicketId(await in_hand(site))
    await site.desk.do(IMPORTER, _over, ticket)
    return ticket


async def _over(tx: Any, id: TicketId) -> None:
    ticket = await tx.get(Ticket, id)
    over = replace(ticket, live=False, awaiting_since=None, version=ticket.version + 1)
    await wrapping.begin_wrap_up(tx, await tx.save(over))


async def consult(site: Site) -> str:
    """Sue is asked in by Anna."""
    ticket = TicketId(await in_hand(site))
    return str((await site.world.do(ANNA, consulting.ask_in, ticket, to=SUE)).id)


async def broadcast(site: Site) -> str:
    """Sue says something to those who serve parking."""
    until, queue = site.clock() + timedelta(hours=1), QueueId("q-parking")
    said = await site.world.do(SUE, broadcasting.broadcast, "The lift is out of order.", queue=queue, until=until)
    return str(said.id)


async def joined(site: Site) -> str:
    id = await consult(site)
    await site.world.do(SUE, consulting.join, id)
    return id


async def consulted(site: Site) -> str:
    """Anna is asked in by Sue."""
    ticket = TicketId(await in_hand(site, by=SUE))
    return str((await site.world.do(SUE, consulting.ask_in, ticket, to=ANNA)).id)


async def given_away(site: Site) -> str:
    """Anna has just moved it to a team that she is not in."""
    ticket = (await site.world.mail()).ticket
    await site.world.do(ANNA, assign.transfer, ticket, to=QueueId("q-housing"), house=site.world.house)
    return ticket
