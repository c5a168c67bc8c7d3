"""The same words by mail, by the form, by the API and at the counter become the same matter, in the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_core.model.ids import TicketId
from crm_core.model.ticket import Ticket
from crm_core.rules import matching
from tests.gateway.http import things
from tests.gateway.http.site import site_on
from tests.world import FORM, MAIL, SERVICES, SUE, World, inbound

WORDS = "The permit of my car runs out. Please renew the permit."


async def test_mail_form_api_and_counter_give_one_service_queue_priority_and_time_of_resolution(
    world: World, tmp_path: Path
) -> None:
    world.house = replace(world.house, index=matching.build(SERVICES))
    by_mail = (await world.receive(inbound(WORDS, number=1, subject=None), inbox=MAIL)).ticket
    by_form = (await world.receive(inbound(WORDS, number=2, subject=None), inbox=FORM)).ticket
    async with site_on(world, tmp_path / "data") as site:
        api = await site.nobody()
        body = {"service": "general", "name": "Wei", "email": "wei@example.org", "text": WORDS}
        said = await api.post("contacts", body)
        assert said.status == 202, said.body
        sue = await site.person(SUE)
        by_api = (await sue.get(f"tickets/{said.body['number']}")).body["id"]
        entry = {"inbox": await things.make(site, "desk"), "entry": "entry-0123456789", "person": {}, "text": WORDS}
        by_hand = (await sue.post("registrations", entry)).body["id"]
    found = [await world.ticket(TicketId(id)) for id in (by_mail, by_form, by_api, by_hand)]
    assert {one.channel for one in found} == {"email", "web_form", "counter"}
    assert len({promised(one) for one in found}) == 1, found
    assert found[0].service == "s-permit"


def promised(ticket: Ticket) -> tuple[Any, ...]:
    """What no door may change, the moment of its coming apart."""
    assert ticket.resolution_due_at is not None
    lasts = ticket.resolution_due_at - ticket.created_at
    return ticket.service, ticket.queue, ticket.priority, round(lasts / timedelta(seconds=1))


@pytest.mark.parametrize("service", ["s-permit", "s-repair", None])
async def test_what_the_door_asked_is_believed_at_each(world: World, service: Any) -> None:
    found = [
        await world.ticket((await world.receive(inbound(WORDS, number=place, service=service), inbox=inbox)).ticket)
        for place, inbox in enumerate((MAIL, FORM), start=1)
    ]
    assert len({promised(one) for one in found}) == 1
