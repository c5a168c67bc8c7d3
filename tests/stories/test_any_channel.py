"""A channel that nobody knew when the house was built carries a matter on, and answers wait, stop and go round, by the real doors."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from channels import registry
from tests.channels.email.bounces import old_report, report
from tests.channels.toy.channel import PIGEON, Pigeons
from tests.peers.smtp_sink import Refuse, SmtpSink, Step
from tests.stories.conftest import Install
from tests.stories.face import Api, Json, inside, letter, post, token_for, until
from tests.stories.service import Service

LOFT = "loft:12"
CODE_DIGITS = 6


@pytest.fixture(autouse=True)
def pigeons(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more folder than the product has, for as long as the test."""
    found = {**registry.find(), PIGEON.name: PIGEON}
    monkeypatch.setattr(registry, "find", lambda: found)
    Pigeons.flown.clear()
    Pigeons.lost.clear()
    yield
    Pigeons.flown.clear()
    Pigeons.lost.clear()


@dataclass
class City:
    """A served installation with an inbox for pigeons, Anna's program, and the far end of outgoing mail."""

    service: Service
    anna: Api
    sink: SmtpSink
    hook: str

    async def bird(self, id: str, words: str, *, loft: str = "12") -> str:
        """A bird comes in with its ring on; the number of its ticket."""
        note = {"id": id, "from": loft, "text": words, "ring": "true"}
        async with self.anna.http.post(self.hook, json=note) as answer:
            assert answer.status == 202, await answer.text()
            [number] = await answer.json(content_type=None)
            return str(number)

    async def mail(self, words: str = "My permit ran out.", **headers: str) -> Json:
        """A mail from Wei; the newest ticket."""
        await post(self.service, letter(words, **headers))
        return (await self.anna.tickets())[0]


@pytest.fixture
async def city(database: str, install: Install, smtp_sink: SmtpSink) -> AsyncIterator[City]:
    async with opened(install(database, ONESTOP_SMTP_RELAY=smtp_sink.url), smtp_sink) as found:
        yield found


@asynccontextmanager
async def opened(house: Service, sink: SmtpSink) -> AsyncIterator[City]:
    ada, anna = await token_for(house, "ada@larkhaven.example"), await token_for(house)
    async with inside(house), Api.open(house, anna) as api, Api.open(house, ada) as admin:
        made = await admin.post("/inboxes", {"channel": PIGEON.name, "name": "Lofts", "settings": {}})
        hook = f"{house.url}/hooks/{PIGEON.name}/{made['id']}"
        yield City(house, api, sink, hook)


async def flown(count: int) -> list[Any]:
    await until(lambda: len(Pigeons.flown) >= count, why=f"{len(Pigeons.flown)} birds, not {count}")
    return Pigeons.flown


async def proven_loft(city: City, ticket: Json) -> None:
    """Wei says that there is a loft, reads the code that flies there, and says it on the phone."""
    body = {"address": LOFT, "kind": "code", "ticket": ticket["id"]}
    proof = await city.anna.post(f"/customers/{ticket['customer']}/proofs", body)
    [bird] = await flown(1)
    code = "".join(sign for sign in bird.text if sign.isdigit())[:CODE_DIGITS]
    assert ticket["number"] not in bird.text + (bird.subject or ""), "a code tells nobody what it is about"
    await city.anna.post(f"/customers/{ticket['customer']}/proofs/{proof['id']}/answers", {"code": code})
    Pigeons.flown.clear()


async def test_a_mail_is_answered_by_pigeon_after_its_loft_is_proven_and_the_bird_back_is_in_the_same_ticket(
    city: City,
) -> None:
    ticket = await city.mail()
    await city.anna.post(f"/customers/{ticket['customer']}/addresses", {"address": LOFT})
    barred = {way["address"]: way["bar"] for way in (await city.anna.get(f"/tickets/{ticket['id']}/ways"))["items"]}
    assert barred == {"mailto:wei@example.org": None, LOFT: "claimed"}
    await proven_loft(city, ticket)
    words = "Your permit is ready. Come to the counter on Monday between nine and noon, and bring the old one."
    previewed = {"text": words, "channel": PIGEON.name}
    preview = await city.anna.post(f"/tickets/{ticket['id']}/previews", previewed)
    sent = await city.anna.post(f"/tickets/{ticket['id']}/replies", previewed)
    await city.anna.reaches(sent["id"], "sent")
    [bird] = await flown(1)
    assert list(Pigeons(None).render(bird).parts) == preview["parts"]  # type: ignore[arg-type]  # it asks its opening nothing
    assert len(preview["parts"]) == 2
    assert preview["parts"][-1].endswith(ticket["number"]), "the same number at every door"
    assert await city.bird("1", "Thank you, I will.") == ticket["number"]
    said = await city.anna.messages(ticket["id"])
    assert [item["channel"] for item in said if not item["flags"] or "proof" not in item["flags"][0]] == [
        "email",
        PIGEON.name,
        PIGEON.name,
    ]
    again = await city.anna.reply(ticket["id"], "Good.")
    assert again["channel"] == PIGEON.name, "an answer goes where they wrote last"
    assert len(await city.anna.tickets()) == 1


@pytest.mark.parametrize("told", [report, old_report])
async def test_an_answer_that_comes_back_as_a_mail_flies_instead_and_a_forged_report_moves_nothing(
    city: City, told: Callable[..., str]
) -> None:
    ticket = await city.mail()
    await proven_loft(city, ticket)
    body = {"text": "Come on Monday.", "address": "mailto:wei@example.org"}
    sent = await city.anna.post(f"/tickets/{ticket['id']}/replies", body)
    await city.anna.reaches(sent["id"], "sent")
    [mail] = await city.sink.wait_for(1)
    id, back = mail.parsed["Message-ID"].strip(), mail.sender
    forged = told(id=id[:-40] + "zz" + id[-38:], number=1)
    await post(city.service, forged.encode(), by="")
    assert len(await city.anna.tickets()) == 2
    await post(city.service, told(id=id, to=back, number=2).encode(), by="", to=back)
    failed = await city.anna.reaches(sent["id"], "failed")
    assert "5.1.1 User unknown" in failed["delivery_reason"]
    [bird] = await flown(1)
    assert (bird.text, str(bird.to)) == ("Come on Monday.", LOFT)
    [note] = [one for one in await city.anna.messages(ticket["id"]) if one["direction"] == "note"]
    assert note["flags"] == ["returned"]


async def test_a_bird_carries_a_link_to_the_files_that_it_cannot_carry(city: City) -> None:
    ticket = await city.mail()
    await proven_loft(city, ticket)
    form = aiohttp.FormData()
    form.add_field("file", b"%PDF-1.7 the plan", filename="plan.pdf", content_type="application/pdf")
    async with city.anna.http.post(f"{city.service.url}/api/v1/files", data=form) as kept:
        file = await kept.json()
    words = {"text": "Here is the plan.", "channel": PIGEON.name}
    preview = await city.anna.post(f"/tickets/{ticket['id']}/previews", {**words, "files": 1})
    assert preview["misfits"] == ["files"]
    sent = await city.anna.post(f"/tickets/{ticket['id']}/replies", {**words, "files": [file["id"]]})
    await city.anna.reaches(sent["id"], "sent")
    [bird] = await flown(1)
    assert bird.files == ()
    assert [len(part) for part in Pigeons(None).render(bird).parts] == [len(part) for part in preview["parts"]]  # type: ignore[arg-type]  # it asks its opening nothing
    link = bird.text.rpartition(" ")[2]
    path = link[link.index("/files/") :]
    async with city.anna.screen() as screen, aiohttp.ClientSession(city.service.url) as browser:
        async with browser.get(f"{path}/0") as answer:
            assert await answer.read() == b"%PDF-1.7 the plan"
        await screen.sees(lambda event: event["type"] == "files.fetched")
        stands = await city.anna.get(f"/messages/{sent['id']}/handout")
        assert stands["fetched"] == 1
        async with city.anna.http.delete(f"{city.service.url}/api/v1/messages/{sent['id']}/handout") as shut:
            assert shut.status == 204
        async with browser.get(f"{path}/0") as answer:
            assert answer.status == 404
        assert not browser.cookie_jar


async def test_an_answer_that_a_server_refuses_for_good_flies_instead_once(city: City) -> None:
    ticket = await city.mail()
    await proven_loft(city, ticket)
    city.sink.fail(Step.RCPT, Refuse(550, "5.1.1 No such mailbox"))
    async with city.anna.screen() as screen:
        sent = await city.anna.post(
            f"/tickets/{ticket['id']}/replies", {"text": "Come on Monday.", "address": "mailto:wei@example.org"}
        )
        failed = await city.anna.reaches(sent["id"], "failed")
        told = await screen.sees(lambda event: event["type"] == "reply.instead")
    assert told["facts"]["failed"] == sent["id"]
    assert failed["instead"] == told["facts"]["instead"]
    [bird] = await flown(1)
    assert (bird.text, str(bird.to)) == ("Come on Monday.", LOFT)
    await city.anna.reaches(failed["instead"], "sent")
    async with city.anna.http.post(
        f"{city.service.url}/api/v1/messages/{sent['id']}/deliveries", json={"choice": "resend"}
    ) as refused:
        assert refused.status == 409, await refused.text()
    assert city.sink.mails == []


async def test_an_answer_is_taken_back_within_its_seconds_and_never_leaves(city: City) -> None:
    ticket = await city.mail()
    body = {"text": "Too soon.", "undo": 5, "status": "solved"}
    held = await city.anna.post(f"/tickets/{ticket['id']}/replies", body)
    assert (held["delivery"], held["hold"]) == ("scheduled", "undo")
    taken = await city.anna.post(f"/messages/{held['id']}/withdrawals", {})
    assert (taken["delivery"], taken["text"]) == ("withdrawn", "Too soon.")
    kept = await city.anna.post(f"/tickets/{ticket['id']}/replies", {"text": "Now.", "undo": 1})
    await city.anna.reaches(kept["id"], "sent")
    [mail] = await city.sink.wait_for(1, seconds=20)
    assert "Now." in mail.parsed.get_content()
    assert (await city.anna.get(f"/tickets/{ticket['id']}"))["status"] == "open"


async def test_a_scheduled_answer_stops_when_the_person_writes_first_and_its_words_are_still_there(city: City) -> None:
    ticket = await city.mail()
    at = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    async with city.anna.screen() as screen:
        held = await city.anna.post(f"/tickets/{ticket['id']}/replies", {"text": "Any news from you?", "at": at})
        await city.mail(f"Here it is. {ticket['number']}")
        told = await screen.sees(lambda event: event["type"] == "reply.withdrawn")
    assert told["facts"]["why"] == "they_wrote"
    later = await city.anna.post(f"/tickets/{ticket['id']}/replies", {"text": "Thank you.", "at": at})
    await city.anna.reaches(later["id"], "sent")
    stopped = await city.anna.get(f"/messages/{held['id']}")
    assert (stopped["delivery"], stopped["text"]) == ("withdrawn", "Any news from you?")
    assert [mail.parsed.get_content().splitlines()[0] for mail in city.sink.mails] == ["Thank you."]


@pytest.mark.parametrize("after", [0.0, 0.95, pytest.param(1.1, marks=pytest.mark.long)])
async def test_killed_with_an_answer_that_waits_it_leaves_once_when_it_runs_again(
    database: str, after: float, install: Install, smtp_sink: SmtpSink
) -> None:
    """Killed at once, and about when its time comes: then it may be unknown, but never twice."""
    house = install(database, ONESTOP_SMTP_RELAY=smtp_sink.url)
    token = await token_for(house)
    house.start()
    async with Api.open(house, token) as anna:
        await post(house, letter())
        [ticket] = await anna.tickets()
        at = datetime.now(UTC) + timedelta(seconds=1)
        body = {"text": "Come on Monday.", "at": at.isoformat()}
        held = await anna.post(f"/tickets/{ticket['id']}/replies", body)
        await asyncio.sleep(max(0.0, after + random.uniform(-0.05, 0.05)))
        house.kill()
        house.start()
        end = await anna.reaches(held["id"], "sent", "unknown", seconds=40)
    assert len(smtp_sink.mails) <= 1
    assert smtp_sink.mails or end["delivery"] == "unknown"
