"""THREATS §1.1: what ids, subjects, tokens and Reply-To may do, and what never, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.peers.smtp_sink import SmtpSink
from tests.stories.conftest import Install
from tests.stories.face import HELLO, Api, Json, inside, letter, post, token_for
from tests.stories.service import Service

SUE = "Sue Fall <sue@example.net>"


@dataclass
class House:
    """A served installation and Anna's program."""

    service: Service
    anna: Api
    sink: SmtpSink

    async def mail(self, mail: bytes, *, by: str = "wei@example.org", to: str = HELLO) -> None:
        await post(self.service, mail, by=by, to=to)

    async def answered(self, mail: bytes, *, by: str) -> tuple[Json, str]:
        """The ticket of a mail, and the address that our answer asks to be answered at."""
        await self.mail(mail, by=by)
        ticket = (await self.anna.tickets())[0]
        sent = len(self.sink.mails)
        await self.anna.reply(ticket["id"], "Come to the counter.")
        answer = (await self.sink.wait_for(sent + 1, seconds=20))[sent].parsed
        return ticket, str(answer["Reply-To"].addresses[0].addr_spec)

    async def count(self, ticket: Json) -> int:
        return len(await self.anna.messages(ticket["id"]))


Open = Callable[[str], AbstractAsyncContextManager[House]]


@pytest.fixture
def opened(database: str, install: Install, smtp_sink: SmtpSink) -> Open:
    """Call it with whether near peers are trusted (`true`: every sender is proven)."""

    @asynccontextmanager
    async def opened(trusted: str) -> AsyncIterator[House]:
        service = install(database, ONESTOP_SMTP_RELAY=smtp_sink.url, ONESTOP_TRUST_PRIVATE_PEERS=trusted)
        token = await token_for(service)
        async with inside(service), Api.open(service, token) as anna:
            yield House(service, anna, smtp_sink)

    return opened


@pytest.mark.parametrize(
    "same",
    [
        {"Message_ID": "< >", "In_Reply_To": "<>"},
        {"Message_ID": "<>", "References": "<> < > <>"},
        {"Message_ID": "<1>", "In_Reply_To": "<1>"},
        {"Thread_Index": "AQHZ0123456789abcdef", "Thread_Topic": "Permit"},
        {"Subject": "Re: Permit"},
        {"In_Reply_To": "<nobody.knows.it@example.com>", "References": "<nobody.knows.it@example.com>"},
    ],
    ids=" ".join,
)
async def test_two_people_whose_mails_share_it_have_two_tickets_and_two_customers(
    opened: Open, same: dict[str, str]
) -> None:
    async with opened("true") as house:
        for name in ("one", "two"):
            mail = letter(f"I am {name}", sender=f"{name}@example.org", **same)
            await house.mail(mail, by=f"{name}@example.org")
        tickets = await house.anna.tickets()
        assert len(tickets) == 2
        assert len({str(ticket["customer"]) for ticket in tickets}) == 2


async def test_a_token_of_another_strand_in_to_opens_a_ticket_of_ones_own(opened: Open) -> None:
    async with opened("true") as house:
        sues, home = await house.answered(letter("About my rent.", sender=SUE), by="sue@example.net")
        await house.mail(letter("What did you tell her?", To=f"{HELLO}, {home}"))
        await house.mail(letter("And by the envelope?"), to=home)
        assert len(await house.anna.tickets()) == 3
        assert await house.count(sues) == 2


async def test_with_ones_own_token_and_somebody_elses_it_joins_ones_own(opened: Open) -> None:
    async with opened("true") as house:
        sues, of_sue = await house.answered(letter("About my rent.", sender=SUE), by="sue@example.net")
        weis, of_wei = await house.answered(letter("My permit ran out."), by="wei@example.org")
        await house.mail(letter("Thank you both.", To=f"{of_sue}, {of_wei}"), to=of_wei)
        assert (await house.count(sues), await house.count(weis)) == (2, 3)
        assert len(await house.anna.tickets()) == 2


@pytest.mark.parametrize(("trusted", "goes_to"), [("true", "office@example.com"), ("false", "wei@example.org")])
async def test_reply_to_is_where_an_answer_goes_only_for_a_proven_sender_and_makes_nobody_anybody(
    opened: Open, trusted: str, goes_to: str
) -> None:
    async with opened(trusted) as house:
        ticket, _ = await house.answered(
            letter("My permit ran out.", Reply_To="office@example.com", Message_ID="<first@example.org>"),
            by="wei@example.org",
        )
        assert house.sink.mails[0].recipients == (goes_to,)
        [first, _] = await house.anna.messages(ticket["id"])
        assert "wei@example.org" in str(first)
        stranger = letter("Me too", sender="office@example.com", In_Reply_To="<first@example.org>")
        await house.mail(stranger, by="office@example.com")
        tickets = await house.anna.tickets()
        assert len(tickets) == 2, "the address in Reply-To took part in the ticket"
        assert tickets[0]["customer"] != tickets[1]["customer"]
