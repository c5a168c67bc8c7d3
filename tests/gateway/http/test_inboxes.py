"""The screens by which an admin runs the doors: what is asked for, what is refused beside which field, how it stands, and its test as it goes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import ChannelType, Finding, Verdict
from channels.open311.channel import CHANNEL as APPS
from channels.sms.channel import CHANNEL as TEXTS
from crm_core.model.inbox import Capabilities
from tests.gateway.http import site as sites
from tests.gateway.http.site import Post, PostSettings, Site
from tests.world import ADA, ANNA, MAIL

ACCOUNT = {"account_sid": "AC1", "number": "+1 555 014 2000", "auth_token": "very secret"}


@pytest.fixture(autouse=True)
def more_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sites.TYPES, TEXTS.name, TEXTS)
    monkeypatch.setitem(sites.TYPES, APPS.name, APPS)


async def texts(site: Site, **settings: Any) -> dict[str, Any]:
    ada = await site.person(ADA)
    said = await ada.post("inboxes", {"channel": TEXTS.name, "name": "Texts", "settings": {**ACCOUNT, **settings}})
    assert said.status == 201, said.body
    await site.settled()
    found: dict[str, Any] = said.body
    return found


async def test_a_channel_says_what_an_admin_is_asked_and_what_is_wrong_says_so_beside_its_field(small: Site) -> None:
    ada = await small.person(ADA)
    [channel] = [one for one in (await ada.get("channels")).body["items"] if one["name"] == TEXTS.name]
    assert channel["called"]
    assert all(channel["about"].get(language) for language in ("en", "zh"))
    known = {field["name"]: field for group in channel["groups"] for field in group["fields"]}
    assert (known["auth_token"]["kind"], known["number"]["needed"], known["api"]["kind"]) == ("secret", True, "address")

    async def problems(**settings: Any) -> set[tuple[str, str]]:
        said = await ada.post("inboxes", {"channel": TEXTS.name, "name": "x", "settings": settings})
        assert said.status == 422
        return {(one["field"].removeprefix("settings."), one["code"]) for one in said.body["errors"]}

    assert await problems() == {
        ("account_sid", "needed"),
        ("number", "needed"),
        ("auth_token", "needed"),
    }
    assert await problems(**ACCOUNT, loud=True) == {("loud", "unknown")}
    assert await problems(**ACCOUNT, quiet="night", api="https://evil.example") == {
        ("quiet", "wrong"),
        ("api", "wrong"),
    }
    made = await texts(small)
    typed = {**ACCOUNT, "number": "+1 (555) 014-2000"}
    again = await ada.post("inboxes", {"channel": TEXTS.name, "name": "x", "settings": typed})
    assert [(one["field"], one["code"]) for one in again.body["errors"]] == [("settings.number", "taken")]
    changed = await ada.ask("PATCH", f"inboxes/{made['id']}", {"settings": {"quiet": "night"}})
    assert [one["code"] for one in changed.body["errors"]] == ["wrong"]
    emptied = await ada.ask("PATCH", f"inboxes/{made['id']}", {"settings": {"number": ""}})
    assert [one["code"] for one in emptied.body["errors"]] == ["needed"]


async def test_a_choice_takes_its_values_and_a_secret_is_kept_replaced_or_taken_away(small: Site) -> None:
    ada, made = await small.person(ADA), await texts(small, webhook_key="a key")
    path = f"inboxes/{made['id']}"
    for settings, kept in (({"quiet": ""}, True), ({"webhook_key": "another"}, True), ({"webhook_key": None}, False)):
        said = await ada.ask("PATCH", path, {"settings": settings})
        assert ("webhook_key" in said.body["secrets"]) is kept, said.body
    assert small.keeper.doors[made["id"]].opening.settings.webhook_key == ""
    assert (await ada.get(path)).body["secrets"] == ["auth_token"]
    assert (await ada.ask("PATCH", path, {"settings": {"auth_token": ""}})).body["errors"][0]["code"] == "needed"
    moved = await ada.ask("PATCH", path, {"settings": {"number": "+15550142001"}})
    assert moved.body["address"] == "+15550142001", "where people reach it follows the setting"
    odd = {"channel": APPS.name, "name": "Apps", "settings": {"language": "fr"}}
    assert (await ada.post("inboxes", odd)).body["errors"][0]["why"] == "This takes one of en, zh."


async def test_an_inbox_tells_what_its_provider_must_know_and_how_it_stands_with_who_calls(small: Site) -> None:
    ada, made = await small.person(ADA), await texts(small)

    async def stands() -> dict[str, Any]:
        found: dict[str, Any] = (await ada.get(f"inboxes/{made['id']}")).body
        return found

    page = await stands()
    assert [one["value"] for one in page["told"]] == [made["hook_url"]]
    assert page["source"] is None, "nobody ever called"
    hook = f"/hooks/{TEXTS.name}/{made['id']}"
    nobody = await small.nobody()
    assert (await nobody.post(hook, {})).status == 403
    source = (await stands())["source"]
    assert "not signed by the provider" in source["words"]["en"]
    assert source["words"].keys() == {"en", "zh"}
    assert (source["heard_at"], source["trouble"]) == (None, source["words"]["en"])


async def test_a_call_that_is_believed_is_noted_and_so_is_the_key_it_came_with(small: Site) -> None:
    ada = await small.person(ADA)
    made = await ada.post("inboxes", {"channel": "post", "name": "Post", "settings": {}})
    nobody = await small.nobody()
    said = await nobody.ask("POST", f"/hooks/post/{made.body['id']}", data=b"good|a@example.org|Hello")
    assert said.status == 200
    source = (await ada.get(f"inboxes/{made.body['id']}")).body["source"]
    assert source["heard_at"]
    assert source["words"] is None

    apps = await ada.post("inboxes", {"channel": APPS.name, "name": "Apps", "settings": {}})
    keys = f"inboxes/{apps.body['id']}/keys"
    key = (await ada.post(keys, {"name": "An app"})).body["key"]
    assert (await ada.get(keys)).body["items"][0]["used_at"] is None
    await nobody.ask("POST", "/open311/v2/requests.json", data={"api_key": key, "service_code": "nothing"})
    assert (await ada.get(keys)).body["items"][0]["used_at"]


async def test_a_token_notes_when_it_was_used(small: Site) -> None:
    program, ada = await small.program(ANNA), await small.person(ADA)
    await program.get("agents/me/state")
    [token] = (await ada.get("tokens")).body["items"]
    assert token["used_at"]


class Trial(Post):
    """A channel with a test of its own, that may end in a fault of ours."""

    faulty = True

    def steps(self) -> Mapping[str, Mapping[str, str]]:
        return {"one": {"en": "One", "zh": "一"}, "two": {"en": "Two", "zh": "二"}}

    async def test(self) -> AsyncIterator[Finding]:
        yield Finding("one", Verdict.WELL, {"en": "Well.", "zh": "好。"})
        if Trial.faulty:
            raise RuntimeError("our fault")


async def test_a_test_is_told_step_by_step_and_a_fault_of_ours_is_told_too(
    small: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = ChannelType("trial", {"en": "Trial"}, Capabilities(), PostSettings, Trial, ("/hooks/trial",), "trial")
    small.types["trial"] = kind
    monkeypatch.setitem(sites.TYPES, "trial", kind)
    small.settings = replace(small.settings, public_url="http://127.0.0.1:9")
    ada = await small.person(ADA)
    made = (await ada.post("inboxes", {"channel": "trial", "name": "T", "settings": {}})).body
    whole = (await ada.post(f"inboxes/{made['id']}/tests")).body
    assert [one["code"] for one in whole["steps"]] == ["open", "ours", "one", "two"]
    assert [(one["step"], one["verdict"]) for one in whole["items"]] == [
        ("open", "well"),
        ("ours", "look"),
        ("one", "well"),
        ("two", "ill"),
    ]
    monkeypatch.setattr(Trial, "faulty", False)
    told = await ada.post(f"inboxes/{made['id']}/tests", headers={"Accept": "application/x-ndjson"})
    lines = [json.loads(line) for line in told.raw.splitlines()]
    assert lines == [{"steps": whole["steps"]}, *whole["items"][:3]]
    assert told.headers["Content-Security-Policy"]
    await ada.ask("PATCH", f"inboxes/{made['id']}", {"active": False})
    shut = (await ada.post(f"inboxes/{made['id']}/tests")).body["items"]
    assert [(one["step"], one["verdict"]) for one in shut] == [("open", "ill")]


async def test_what_somebody_told_one_of_us_is_written_down_holds_and_is_read(site: Site) -> None:
    from tests.gateway.http import things

    ticket = await things.make(site, "ticket")
    anna = await site.person(ANNA)
    customer = (await anna.get(f"tickets/{ticket}")).body["customer"]
    path = f"customers/{customer}/consents"
    address = (await anna.get(f"customers/{customer}")).body["identities"][0]["address"]
    assert (await anna.get(path)).body == {"items": [], "next": None}
    body = {"address": address, "inbox": MAIL, "wish": "stop", "reason": "Told me on the telephone."}
    said = await anna.post(path, body)
    assert said.status == 201, said.body
    assert (said.body["how"], said.body["by"], said.body["reason"]) == ("staff", ANNA, "Told me on the telephone.")
    assert (await anna.post(path, body)).status == 409, "it holds already"
    bars = {way["inbox"]: way["bar"] for way in (await anna.get(f"tickets/{ticket}/ways")).body["items"]}
    assert bars[MAIL] == "opted_out"
    assert (await anna.post(path, {**body, "wish": "start", "reason": "Signed a form."})).status == 201
    lines = (await anna.get(f"{path}?limit=1")).body
    assert [one["wish"] for one in lines["items"]] == ["start"]
    older = (await anna.get(f"{path}?limit=1&cursor={lines['next']}")).body
    assert ([one["wish"] for one in older["items"]], older["next"]) == (["stop"], None)
    for wrong in ({"address": "mailto:other@example.org"}, {"inbox": "i-form"}, {"reason": ""}, {"wish": "maybe"}):
        assert (await anna.post(path, {**body, **wrong})).status == 422, wrong
    await site.settled()
    events = [event for event in await site.world.events() if event.type.startswith("consent.")]
    assert [event.type for event in events] == ["consent.stopped", "consent.started"]
    assert "telephone" not in repr([event.facts for event in events]), "a reason is no fact"
