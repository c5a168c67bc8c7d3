"""Citizens follow their own request: after a proof they see their story and nothing else; before it, nothing at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crm_core.actions import importing, intake, proving, reply
from crm_core.actions.proving import Wanted
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.agent import Agent
from crm_core.model.ids import MessageId, TicketId, fresh
from crm_core.model.inbox import Inbox
from crm_core.model.message import Direction, Inbound, Message
from crm_core.model.proof import Proof, ProofKind
from crm_core.model.ticket import Ticket
from crm_core.rules import proving as rule
from crm_core.store import tables
from tests.gateway.portal.town import TESTS, Citizen, Town, town_at, visitor

WEI = "wei@example.org"
DECOY = "ON-AAAA-0007"


@dataclass
class Request:
    """A request with words of everybody in it."""

    town: Town
    ticket: TicketId
    number: str
    supervisor: Actor

    async def proofs(self) -> list[Proof]:
        return await self.town.desk.ask(TESTS, _every, Proof, tables.proofs)

    async def code(self, *, among: int) -> str:
        """The newest code that went out; the question is noted a moment after the page came."""
        for _ in range(200):
            found = await self.proofs()
            if len(found) >= among:
                return rule.secret(self.town.keeper.house.keys[0], found[-1].id, kind=ProofKind.CODE)
            await asyncio.sleep(0.01)
        raise AssertionError("the question was never noted")


async def _every(read: Any, kind: Any, table: sa.Table) -> list[Any]:
    found: list[Any] = await read.values(kind, sa.select(table).order_by(table.c.created_at, table.c.id))
    return found


async def a_request(town: Town) -> Request:
    inbox = next(one for one in town.keeper.house.inboxes.values() if one.address)
    received = await arrived(town, inbox, "My bins were not emptied.", "one")
    agents = await town.desk.ask(TESTS, _every, Agent, tables.agents)
    boss = Actor.agent(next(one.id for one in agents if one.role == "supervisor"))
    house = town.keeper.house
    await town.desk.do(boss, reply.reply, received.ticket, reply.Draft(text="We come on Friday."), house=house)
    await town.desk.do(boss, reply.note, received.ticket, "He sounds angry, be careful.")
    ticket = (await town.tickets())[-1]
    stranger = Message(
        fresh(MessageId, at=town.clock()),
        received.ticket,
        None,
        Direction.IN,
        "letterbox",
        "Somebody",
        "Your sign-in code is 8841",
        town.clock(),
        ticket.version,
        address=Address.mail("noreply@elsewhere.example"),
    )
    await town.desk.do(TESTS, importing.import_values, [stranger])
    return Request(town, received.ticket, received.number, boss)


async def arrived(town: Town, inbox: Inbox, words: str, id: str) -> intake.Received:
    return await town.desk.do(
        Actor.inbox(inbox.id),
        intake.receive,
        intake.Contact(Inbound(id, Address.mail(WEI), "Wei Zhang", words, subject="Bins"), (), None),
        inbox=inbox,
        house=town.keeper.house,
        reopen_window=timedelta(days=14),
    )


async def asked(citizen: Citizen, number: str, way: str) -> str:
    await citizen.open("/track")
    return await citizen.post({"number": number, "way": way})


async def test_after_the_code_one_sees_ones_own_words_and_our_answers_and_nothing_else(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        request = await a_request(town)
        await asked(citizen, request.number.lower().replace("-", " "), WEI.upper())
        await citizen.post({"code": await request.code(among=1)})
        assert citizen.path == "/track/request", citizen.page
        assert "My bins were not emptied." in citizen.page
        assert "We come on Friday." in citizen.page
        for hidden in ("angry", "8841", "elsewhere", rule.PLACE, WEI):
            assert hidden not in citizen.page, hidden
        assert request.number in citizen.page
        assert citizen.headers["Cache-Control"] == "no-store"
        await citizen.open("/track/request?lang=zh")
        assert "已收到您的事项" in citizen.page


async def test_what_they_write_there_lands_in_the_same_request_once(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        request = await a_request(town)
        await asked(citizen, request.number, WEI)
        await citizen.post({"code": await request.code(among=1)})
        fields = {**dict(citizen.hidden()), "text": "Friday is fine."}
        for _ in range(2):
            await citizen.post_raw(fields, to="/track/request")
        said = [one for one in await town.messages() if one.text == "Friday is fine."]
        assert [(one.ticket, one.proven) for one in said] == [(request.ticket, True)]
        assert "Friday is fine." in citizen.page
        assert len(await town.tickets()) == 1
        await citizen.post_raw({}, to="/track/leave")
        await citizen.open("/track/request")
        assert citizen.path == "/track"


@pytest.mark.parametrize("wrong", ["no such number", "somebody else's address", "a wrong code"])
async def test_every_wrong_guess_looks_the_same_and_costs_the_record_the_same(wrong: str, tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        request = await a_request(town)
        pages = []
        for number, way in (
            (request.number, WEI),
            {"no such number": (DECOY, WEI)}.get(wrong, (request.number, "m@evil.example")),
        ):
            before = len(await request.proofs())
            await citizen.open("/track")
            await citizen.post({"number": number, "way": way})
            first = (citizen.status, citizen.path, citizen.page, len(citizen.page))
            right = await request.code(among=before + 1)
            await citizen.post({"code": f"{(int(right) + 1) % 1_000_000:06}"})
            pages.append((first, (citizen.status, citizen.path, citizen.page)))
        assert pages[0] == pages[1]
        kept = await request.proofs()
        assert [one.attempts for one in kept] == [1, 1], "a guess at a decoy is counted like any other"
        sent = [one for one in await town.messages() if one.flags]
        assert [str(one.address) for one in sent] == [f"mailto:{WEI}"], "something went to who asked for it"


async def test_even_the_digits_of_a_decoy_open_nothing(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        request = await a_request(town)
        await asked(citizen, request.number, "mallory@evil.example")
        await citizen.post({"code": await request.code(among=1)})
        assert citizen.status == 422
        await citizen.open("/track/request")
        assert citizen.path == "/track"


async def test_a_link_leaves_the_address_is_used_by_a_button_and_works_once(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen, visitor(town) as other:
        request = await a_request(town)
        ticket: Ticket = (await town.tickets())[0]
        wanted = Wanted(Address.mail(WEI), ProofKind.LINK, ticket.id)
        house = town.keeper.house
        proof = await town.desk.do(request.supervisor, proving.ask_proof, ticket.customer, wanted, house=house)
        token = rule.secret(house.keys[0], proof.id, kind=ProofKind.LINK)
        await citizen.open(f"/r/{token}")
        assert citizen.path == "/r", "the token stayed in the address"
        assert token not in citizen.page
        assert (await request.proofs())[-1].attempts == 0, "looking at a link used it up"
        await citizen.post()
        assert citizen.path == "/track/request"
        assert "My bins" in citizen.page
        await other.open(f"/r/{token}")
        await other.post()
        assert other.status == 410


async def test_what_cannot_be_a_number_or_an_address_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        request = await a_request(town)
        await asked(citizen, "ON-4F7K-0000", "nobody")
        assert citizen.status == 422
        assert citizen.page.count('class="err"') == 2
        assert await request.proofs() == []
