"""Same question, same answer: the fee changes once, and mail, short message and public page all say the new one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from crm_core.actions import answers, intake, reply
from crm_core.actions.reply import Draft
from crm_core.model.actor import Actor
from crm_core.model.agent import Role
from crm_core.model.ids import TicketId
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Inbound
from crm_core.queries import answers as library
from crm_core.queries import setup
from tests.gateway.portal.test_told import PAGE, indexed, known
from tests.gateway.portal.town import TESTS, Town, town_at, visitor
from tests.world import WINDOW, inbound

NEW = {"en": "$52 a year", "zh": "每年 52 美元"}


async def one_of(town: Town, role: Role) -> Actor:
    people = await town.desk.ask(TESTS, setup.staff)
    return Actor.agent(next(one.id for one in people if one.role is role))


async def asked(town: Town, contact: Inbound) -> TicketId:
    """Somebody asks by the city's mailbox."""
    house = town.keeper.house
    inbox = next(one for one in house.inboxes.values() if one.address == "hello@larkhaven.example")
    received = await town.desk.do(
        Actor.inbox(inbox.id),
        intake.receive,
        intake.Contact(contact, (), None),
        inbox=inbox,
        house=house,
        reopen_window=WINDOW,
    )
    return received.ticket


async def test_a_fee_is_changed_once_and_every_door_says_the_new_one(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        await indexed(town)
        admin = await one_of(town, Role.ADMIN)
        told = await known(town, "permit-cost")
        service = told.service.id
        english = await asked(town, inbound("What does it cost?", language="en", service=service))
        chinese = await asked(
            town, inbound("停车证多少钱？", number=2, language="zh", service=service, sender="mei@example.org")
        )
        can = town.keeper.house.can | {"toy": Capabilities(length=1600)}
        house = replace(town.keeper.house, can=can)

        async def said(ticket: TicketId, channel: str | None = None) -> library.Suggested:
            return await town.desk.ask(admin, library.said, ticket, told.answer.id, channel=channel, house=house)

        assert "$48 a year" in (await said(english)).said.text
        await town.desk.do(admin, answers.change_fact, told.answer.id, "cost", NEW)

        mail, short, other = await said(english), await said(english, "toy"), await said(chinese)
        assert "$52 a year" in mail.said.text
        assert "$52 a year" in short.said.text
        assert "每年 52 美元" in other.said.text
        assert short.rendering.segments == 1
        assert short.rendering.behind == ("cost",), "somebody wrote the old fee by hand: it is flagged and not said"
        page = await citizen.open(PAGE, **{"Accept-Language": "en"})
        assert "$52 a year" in page
        await town.keeper.refresh()
        assert "$52 a year" in await citizen.open("/s/resident-permit", **{"Accept-Language": "en"})
        for text in (mail.said.text, short.said.text, other.said.text, page):
            assert not re.search(r"\b4[48]\b", text)

        message = await town.desk.do(
            admin, reply.reply, english, Draft(text=mail.said.text, answers=(told.answer.id,)), house=house
        )
        assert "$52 a year" in message.text
        assert (await known(town, "permit-cost")).answer.used == told.answer.used + 1
