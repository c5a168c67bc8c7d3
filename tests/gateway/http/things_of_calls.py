"""What the policy's rows about calls name."""

from __future__ import annotations

from datetime import timedelta

from crm_core.actions import importing
from crm_core.model.call import Call, CallDirection, CallState, Leg, LegState, Part
from crm_core.model.ids import CallId, LegId, TicketId, fresh
from tests.gateway.http import things
from tests.gateway.http.site import Site
from tests.world import ANNA, IMPORTER, MAIL


async def call(site: Site) -> str:
    """A caller with whom Anna talks now."""
    ticket = TicketId(await things.make(site, "ticket"))
    now = site.clock()
    begun = now - timedelta(minutes=1)
    caller, mine = (
        Leg(fresh(LegId, at=now), part, LegState.IN, agent=agent, joined_at=begun)
        for part, agent in ((Part.CALLER, None), (Part.AGENT, ANNA))
    )
    made = Call(
        id=fresh(CallId, at=now),
        inbox=MAIL,
        direction=CallDirection.IN,
        state=CallState.TALKING,
        arrived_at=begun,
        ticket=ticket,
        number="+15550140700",
        agent=ANNA,
        legs=(caller, mine),
        waiting_since=begun,
        bridged_at=begun,
    )
    await site.desk.do(IMPORTER, importing.import_values, [made])
    return str(made.id)
