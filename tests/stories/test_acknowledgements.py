"""Acknowledgements that cannot become a weapon: two houses that write to each other, and machines that do not listen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.peers.smtp_sink import Mail, SmtpSink
from tests.stories.conftest import Install
from tests.stories.face import Api, Json, inside, letter, post, token_for
from tests.stories.service import Service

ALPHA, BETA = "city@alpha.example", "desk@beta.example"
_UNSENT = re.compile(r'^onestop_unsent\{state="(?:queued|sending)"\} (\S+)', re.MULTILINE)
BUDGET = 4


@dataclass
class Houses:
    """Two copies of the product whose mail meets in one place, which hands each mail on to the house it is for."""

    alpha: Service
    beta: Service
    at_alpha: Api
    wire: SmtpSink
    handed: int = 0

    async def settled(self, *, answering: bool = False) -> list[Mail]:
        """All mails on the wire, once nothing waits in either house; `answering`: a stranger's machine answers each of them."""
        while await self._under_way() or self.handed < len(self.wire.mails):
            for mail in self.wire.mails[self.handed :]:
                self.handed += 1
                await self._hand_on(mail, number=self.handed, answering=answering)
            await asyncio.sleep(0.05)
        return self.wire.mails

    async def _under_way(self) -> bool:
        """What a house says something with is queued in the commit for which it said 250."""
        figures = [await self._text(f"{service.url}/metrics") for service in (self.alpha, self.beta)]
        return any(float(count) for text in figures for count in _UNSENT.findall(text))

    async def _text(self, url: str) -> str:
        async with self.at_alpha.http.get(url) as answer:
            return await answer.text()

    async def _hand_on(self, mail: Mail, *, number: int, answering: bool) -> None:
        to = mail.recipients[0]
        for service, address in ((self.alpha, ALPHA), (self.beta, BETA)):
            if to.endswith(address.partition("@")[2]):
                await post(service, mail.raw, to=to)
                return
        if answering:
            words = "".join(chr(97 + int(digit)) for digit in str(number))
            await post(self.alpha, from_a_machine(number + 1, words), to=ALPHA)


def from_a_machine(number: int, words: str) -> bytes:
    """An answer of the worst kind: no header says what it is, it refers to nothing, and its sender is another each time."""
    sender = f"Robot {number} <robot-{number}@machines.example>"
    return letter(f"Got it, {words}.", subject="Hello", From=sender, Message_ID=f"<{number}@machines.example>")


@pytest.fixture
async def houses(
    install: Install, smtp_sink: SmtpSink, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Houses]:
    alpha = install("sqlite", room=tmp_path_factory.mktemp("alpha"), **wires(smtp_sink, "alpha.example"))
    beta = install("sqlite", room=tmp_path_factory.mktemp("beta"), **wires(smtp_sink, "beta.example"))
    tokens = [await token_for(service, "ada@larkhaven.example") for service in (alpha, beta)]
    async with (
        inside(alpha),
        inside(beta),
        Api.open(alpha, tokens[0]) as at_alpha,
        Api.open(beta, tokens[1]) as at_beta,
    ):
        await speaking(at_alpha, ALPHA)
        await speaking(at_beta, BETA)
        yield Houses(alpha, beta, at_alpha, smtp_sink)


def wires(sink: SmtpSink, domain: str) -> dict[str, str]:
    return {"ONESTOP_SMTP_RELAY": sink.url, "ONESTOP_MAIL_DOMAIN": domain}


async def speaking(api: Api, address: str) -> None:
    made: Json = await api.post("/inboxes", {"channel": "email", "name": "City", "address": address})
    path = f"{api.url}/api/v1/inboxes/{made['id']}/acknowledging"
    async with api.http.put(path, json={"to": "everybody", "most": BUDGET}) as answer:
        assert answer.status == 200, await answer.text()


async def test_two_houses_and_a_deaf_machine_come_to_an_end(houses: Houses) -> None:
    # one house seems to write to the other, as whoever wants to see them quarrel would do it
    await post(houses.alpha, letter("Hello there", From=BETA, Message_ID="<first@x.example>"), to=ALPHA)
    mails = await houses.settled()
    assert [mail.recipients[0] for mail in mails] == [BETA], "acknowledged once, and the other one keeps silent"
    assert mails[0].sender == "", "a bounce of it goes nowhere"
    assert mails[0].parsed["Auto-Submitted"] == "auto-replied"
    # the same without the marks by which machines know each other: their own mails end it
    bare = mails[0].parsed
    for name in ("Auto-Submitted", "X-Auto-Response-Suppress"):
        del bare[name]
    await post(houses.beta, bytes(bare), to=BETA)
    assert len(await houses.settled()) == 1, "it is the mail of a house like ours"
    # a machine that ignores everything and is somebody else each time
    await post(houses.alpha, from_a_machine(1, "first"), to=ALPHA)
    mails = await houses.settled(answering=True)
    assert len(mails) == 1 + (BUDGET - 1), "the inbox had one left the fewer"
    paused = {one["name"]: one["paused_until"] for one in (await houses.at_alpha.get("/acknowledging"))["items"]}
    assert paused["City"] is not None
    tickets = await houses.at_alpha.tickets()
    assert len(tickets) == 1 + BUDGET, "whatever came was filed"
    last = (await houses.at_alpha.messages(tickets[0]["id"]))[0]
    assert "not acknowledged: paused" in last["flags"]
