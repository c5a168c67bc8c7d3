"""What the policy's rows about talks name."""

from __future__ import annotations

from crm_core.actions import inboxes, intake
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.ids import InboxId
from crm_core.model.message import Inbound
from tests.gateway.http.site import OPERATOR, Site
from tests.gateway.http.talker import fresh_id
from tests.world import PARKING, WINDOW


async def chat(site: Site) -> str:
    """An inbox whose page other sites can show."""
    made = await site.desk.do(
        OPERATOR, inboxes.add_inbox, channel="chat", name="Chat", queue=PARKING, address=None, settings={}
    )
    await site.keeper.refresh()
    return str(made.id)


async def talk(site: Site) -> str:
    """A ticket about which a visitor talks to us now."""
    inbox = InboxId(await chat(site))
    said = Inbound(fresh_id(), Address("visitor", fresh_id()), "Visitor", "Is somebody there?", proven="session")
    received = await site.desk.do(
        Actor.inbox(inbox),
        intake.receive,
        intake.Contact(said, (), None),
        inbox=site.keeper.house.inboxes[inbox],
        house=site.keeper.house,
        reopen_window=WINDOW,
    )
    return str(received.ticket)
