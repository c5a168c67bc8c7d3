"""Citizens text, agents answer: through the real hooks, to a provider that keeps what it is told, on both databases."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from channels import registry
from channels.shared.twilio.naming import callback
from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.carrier import Number, Text
from channels.shared.twilio.simulator.faults import Odds
from crm_core.rules import delivery
from tests.channels.shared.twilio.provider import ACCOUNT, TEMPLATES, TEXT, TOKEN, WEI, WHATSAPP, provider
from tests.channels.shared.twilio.webhooks import FORM, MESSAGE, signature
from tests.stories.conftest import Install
from tests.stories.face import Api, Json, inside, token_for, until
from tests.stories.fleet import launch
from tests.stories.service import Service

[TEMPLATE] = TEMPLATES


@dataclass
class City:
    """A served installation with a number for texts and one for WhatsApp, Anna's program, and the provider."""

    anna: Api
    provider: Simulator
    hooks: dict[str, str]
    arrived: list[Text]

    async def says(self, words: str, *, sender: str = WEI, to: str = TEXT, **more: str) -> None:
        """A citizen writes, and the hook has answered."""
        self.provider.write(sender, to=to, body=words, more=more)
        await self.provider.settle()

    async def got(self, count: int) -> Text:
        """The last of so many messages that arrived at phones."""
        await until(lambda: len(self.arrived) >= count, why=f"{len(self.arrived)} arrived, not {count}")
        return self.arrived[count - 1]

    async def refused(self, ticket: str, body: Json) -> str:
        url = f"{self.anna.url}/api/v1/tickets/{ticket}/replies"
        async with self.anna.http.post(url, json=body) as answer:
            assert answer.status == 409, await answer.text()
            return str((await answer.json())["detail"])

    async def ways(self, ticket: str) -> dict[str, Json]:
        return {way["channel"]: way for way in (await self.anna.get(f"/tickets/{ticket}/ways"))["items"]}


@asynccontextmanager
async def opened(house: Service, *, odds: Odds | None = None) -> AsyncIterator[City]:
    ada, anna = await token_for(house, "ada@larkhaven.example"), await token_for(house)
    arrived: list[Text] = []
    async with (
        provider(odds, arrived=arrived.append) as simulator,
        inside(house),
        Api.open(house, anna) as api,
        Api.open(house, ada) as admin,
    ):
        hooks = {}
        for channel, number in (("sms", TEXT), ("whatsapp", WHATSAPP)):
            settings = await _settings(simulator, number, templates=channel == "whatsapp")
            made = await admin.post("/inboxes", {"channel": channel, "name": channel.title(), "settings": settings})
            await admin.put(f"/inboxes/{made['id']}/asking", {"asks": True})
            hooks[number] = made["hook_url"]
            simulator.carrier.numbers[number] = Number(number, made["hook_url"], TOKEN, TEMPLATES)
        yield City(api, simulator, hooks, arrived)


async def _settings(simulator: Simulator, number: str, *, templates: Any) -> Json:
    plain = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": number.removeprefix("whatsapp:")}
    lines = "\n".join(f"{id} | en | News | {text}" for id, text in TEMPLATES.items())
    return {**plain, "api": simulator.url, **({"templates": lines} if templates else {})}


@pytest.fixture
def closed_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A WhatsApp whose day is over as soon as it begins."""
    found = registry.find()
    kind = found["whatsapp"]
    shut = replace(kind, capabilities=replace(kind.capabilities, window=timedelta(0)))
    monkeypatch.setattr(registry, "find", lambda: {**found, kind.name: shut})


@pytest.mark.usefixtures("closed_window")
async def test_a_text_is_answered_reported_stopped_and_started_and_a_late_whatsapp_takes_only_an_approved_text(
    database: str, install: Install
) -> None:
    async with opened(install(database)) as city:
        anna = city.anna
        await city.says("My bin was not emptied.")
        [ticket] = await anna.tickets()
        assert (ticket["channel"], ticket["status"]) == ("sms", "new")

        sent = await anna.reply(ticket["id"], "We come tomorrow — put it “out” tonight.")
        text = await city.got(1)
        assert text.body == f'We come tomorrow - put it "out" tonight. {ticket["number"]}'
        assert (text.sender, text.to) == (TEXT, WEI)
        await anna.reaches(sent["id"], "delivered")
        await city.says("Thank you.")
        assert [one["text"] for one in await anna.messages(ticket["id"])][-1] == "Thank you."

        unreachable = await _by_a_number_that_fails(city)
        failed = await anna.reaches(unreachable, "failed")
        assert failed["delivery_reason"].startswith("30006: This is a landline")

        await city.says("退订")
        assert (await city.got(2)).body.startswith("【Sms】您已退订")
        assert (await city.ways(ticket["id"]))["sms"]["bar"] == "opted_out"
        assert "they asked for no more messages here" in await city.refused(ticket["id"], {"text": "But"})
        assert [one["text"] for one in await anna.messages(ticket["id"])][-1] == "退订"
        assert len(await anna.tickets()) == 2, "a stop opens nothing"
        await city.says("START")
        await _a_figure_says_how_we_did(city, ticket["id"])

        await city.says("您好", sender=f"whatsapp:{WEI}", to=WHATSAPP, ProfileName="Wei Zhang")
        late = (await anna.tickets())[0]
        assert (late["channel"], late["customer"]) == ("whatsapp", ticket["customer"]), "one number, one person"
        way = (await city.ways(late["id"]))["whatsapp"]
        assert (way["bar"], [(one["id"], one["gaps"]) for one in way["templates"]]) == ("window", [(TEMPLATE, 1)])
        assert "too long ago" in await city.refused(late["id"], {"text": "您好", "channel": "whatsapp"})
        filled = {"template": {"id": TEMPLATE, "values": ["your permit"]}}
        preview = await anna.post(f"/tickets/{late['id']}/previews", filled)
        assert preview["parts"] == ["About your permit: we have news. Answer here."]
        before = len(city.arrived)
        approved = await anna.post(f"/tickets/{late['id']}/replies", filled)
        assert approved["text"] == preview["parts"][0]
        assert (await city.got(before + 1)).body == preview["parts"][0]
        await anna.reaches(approved["id"], "read")


async def _a_figure_says_how_we_did(city: City, ticket: str) -> None:
    """By whoever was asked and has nothing but plain words; it opens nothing again."""
    before = len(city.arrived)
    foreseen = await city.anna.post(f"/tickets/{ticket}/previews", {"text": "Here we are again."})
    again = await city.anna.post(f"/tickets/{ticket}/replies", {"text": "Here we are again.", "status": "solved"})
    await city.anna.reaches(again["id"], "delivered")
    body = (await city.got(before + 1)).body
    assert foreseen["asks"].startswith("How did we do? Reply with a figure from 1 (very dissatisfied) to 5")
    assert foreseen["asks"].rstrip("…") in body
    await city.says("5")
    whole = await city.anna.get(f"/tickets/{ticket}")
    assert whole["status"] == "solved"
    lines = (await city.anna.get(f"/tickets/{ticket}/timeline"))["items"]
    assert [one["facts"]["score"] for one in lines if one.get("event") == "feedback.given"] == [5]
    assert [one["text"] for one in await city.anna.messages(ticket)][-1] == "5"


async def _by_a_number_that_fails(city: City) -> str:
    await city.says("Hello?", sender="+15550130006")
    newest = (await city.anna.tickets())[0]
    return str((await city.anna.reply(newest["id"], "Yes?"))["id"])


async def test_through_a_bad_hour_every_text_is_one_message_and_every_answer_arrives_once(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_FIRST", timedelta(seconds=0.2))  # nobody waits minutes in tests
    odds = Odds(duplicate=0.5, delay=0.3, reorder=0.3, slower=0.2, late_error=0.2)
    async with opened(install("sqlite"), odds=odds) as city:
        for number in range(12):
            city.provider.write(f"+1555014{2100 + number}", to=TEXT, body=f"Matter {number}")
        await city.provider.settle()
        tickets = await city.anna.tickets()
        assert sorted(one["snippet"] for one in tickets) == sorted(f"Matter {number}" for number in range(12))
        sent = [await city.anna.reply(one["id"], "Come on Monday.") for one in tickets]
        for one in sent:
            await city.anna.reaches(one["id"], "delivered", seconds=60)
        assert sorted(text.to for text in city.arrived) == sorted(f"+1555014{2100 + number}" for number in range(12))


async def test_a_forged_call_is_403_and_leaves_nothing(database: str, install: Install) -> None:
    async with opened(install(database)) as city:
        hook, other = city.hooks[TEXT], city.hooks[WHATSAPP]
        forged = {
            "another token": (hook, {"X-Twilio-Signature": signature(MESSAGE, url=hook, token="other")}),
            "none": (hook, {}),
            "another inbox": (other, {"X-Twilio-Signature": signature(MESSAGE, url=hook, token=TOKEN)}),
            "another host": (
                hook,
                {
                    "X-Twilio-Signature": signature(
                        MESSAGE, url=hook.replace("127.0.0.1", "evil.example"), token=TOKEN
                    ),
                    "X-Forwarded-Host": "evil.example",
                    "Host": "evil.example",
                },
            ),
        }
        for name, (url, headers) in forged.items():
            assert await posted(url, MESSAGE, headers) == 403, name
        assert await city.anna.tickets() == []
        assert await posted(hook, MESSAGE, {"X-Twilio-Signature": signature(MESSAGE, url=hook, token=TOKEN)}) == 200
        assert len(await city.anna.tickets()) == 1


PUBLIC = "https://help.larkhaven.example"


@pytest.mark.postgres
async def test_each_call_five_times_at_once_over_two_processes_is_one_message_one_strand_and_the_right_last_state(
    install: Install,
) -> None:
    service = install("postgres", ONESTOP_PUBLIC_URL=PUBLIC)
    ada = await token_for(service, "ada@larkhaven.example")
    fleet = await launch(service)
    doors = fleet.doors
    try:
        async with (
            provider(Odds(drop=1)) as simulator,
            Api.open(doors[0], fleet.token) as anna,
            Api.open(doors[0], ada) as admin,
        ):
            settings = await _settings(simulator, TEXT, templates=False)
            made = await admin.post("/inboxes", {"channel": "sms", "name": "Texts", "settings": settings})
            path = made["hook_url"].removeprefix(PUBLIC)
            await _seen_by_both(path, [door.url for door in doors])
            calls = [({**MESSAGE, "MessageSid": f"SM{number}", "Body": f"Words {number}"}, path) for number in range(6)]
            await storm(calls, [door.url for door in doors])
            [ticket] = await anna.tickets()
            said = await anna.messages(ticket["id"])
            assert sorted(one["text"] for one in said) == [f"Words {number}" for number in range(6)]
            sent = await anna.reply(ticket["id"], "Come on Monday.")
            await anna.reaches(sent["id"], "sent")
            [text] = [one for one in simulator.carrier.texts.values() if one.direction != "inbound"]
            report = (text.callback or "").removeprefix(PUBLIC)
            states = ("queued", "sent", "delivered")
            await storm(
                [({"MessageSid": text.sid, "MessageStatus": one}, report) for one in states],
                [door.url for door in doors],
            )
            assert await anna.state(sent["id"]) == "delivered"
            assert len(await anna.messages(ticket["id"])) == 7
    finally:
        for one in (*doors, fleet.worker):
            one.end()


async def _seen_by_both(path: str, doors: list[str]) -> None:
    """Until each process has opened the new inbox: an unsigned call is 403 then, no longer 404."""
    for door in doors:
        async with asyncio.timeout(20):
            while await posted(f"{door}{path}", MESSAGE, {}) != 403:
                await asyncio.sleep(0.1)


async def storm(calls: list[tuple[dict[str, str], str]], doors: list[str]) -> None:
    """Each call five times, shuffled, all at once, by any door; each is taken, or told to come again."""
    every = [(fields, path, doors[turn % len(doors)]) for fields, path in calls for turn in range(5)]
    random.shuffle(every)

    async def one(fields: dict[str, str], path: str, door: str) -> None:
        signed = {"X-Twilio-Signature": signature(fields, url=f"{PUBLIC}{path}", token=TOKEN)}
        assert await posted(f"{door}{path}", fields, signed) == 200

    await asyncio.gather(*(one(*call) for call in every))


async def posted(url: str, fields: dict[str, str], headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=urlencode(fields), headers={"Content-Type": FORM, **headers}) as answer,
    ):
        return answer.status


def test_a_report_names_its_message_only_by_what_twilio_signs() -> None:
    assert callback("https://x.example/hooks/sms/i", wire_id="<a@b>") == "https://x.example/hooks/sms/i?message=PGFAYj4"
