"""Counters, mailrooms and letters for the matrix of permissions; see `things.py`."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crm_core.actions import intake, reply
from crm_core.actions.inboxes import add_inbox
from crm_core.actions.reply import Draft
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.ids import InboxId
from crm_core.model.message import Delivery, Message
from tests.gateway.http.site import OPERATOR, Site
from tests.world import ANNA, HOUSING, IMPORTER, PARKING, inbound

_count = itertools.count(5000)


async def desk(site: Site) -> str:
    """A counter."""
    return await opened(site, "counter")


async def mailroom(site: Site) -> str:
    return await opened(site, "letter", queue=PARKING)


async def letter(site: Site) -> str:
    """Anna's answer to a letter, before the printer."""
    room = InboxId(await mailroom(site))
    home, house = Address("post", f"{next(_count)} Elm Row\nLarkhaven"), site.keeper.house
    came = await site.desk.do(
        Actor.inbox(room),
        intake.receive,
        intake.Contact(inbound("My income changed.", number=next(_count), sender=home), (), None),
        inbox=house.inboxes[room],
        house=house,
        reopen_window=timedelta(days=14),
    )
    sent = await site.desk.do(Actor.agent(ANNA), reply.reply, came.ticket, Draft(text="Dear …"), house=house)
    await site.desk.do(IMPORTER, _lies_there, sent.id)
    return str(sent.id)


async def opened(site: Site, channel: str, *, queue: Any = HOUSING, address: str | None = None) -> str:
    """An inbox of this channel."""
    made = await site.desk.do(
        OPERATOR, add_inbox, channel=channel, name=channel.title(), queue=queue, address=address, settings={}
    )
    await site.keeper.refresh()
    return str(made.id)


async def _lies_there(tx: Any, id: Any) -> None:
    message = await tx.get(Message, id)
    await tx.save(replace(message, delivery=Delivery.TO_PRINT, version=message.version + 1))
