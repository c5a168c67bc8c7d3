"""The test button: does Twilio know us, is the number ours, and does it call us; in words, with what to do."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from channels.contract import Finding, Verdict
from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.faults import Odds
from channels.sms.channel import Sms
from channels.sms.settings import SmsSettings
from channels.whatsapp.channel import WhatsApp
from channels.whatsapp.settings import WhatsAppSettings
from tests.channels.shared.twilio.provider import ACCOUNT, TEXT, TOKEN, provider, schema_of
from tests.channels.shared.twilio.test_simulator import BASE, session
from tests.channels.shared.twilio.webhooks import HOOK, opening


async def found(simulator: Simulator | None, *, kind: Any = Sms, **more: str) -> list[Finding]:
    api = simulator.url if simulator else "http://127.0.0.1:9"
    plain = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": TEXT, "api": api, **more}
    settings = SmsSettings(**plain) if kind is Sms else WhatsAppSettings(**plain)  # type: ignore[arg-type]  # a token is text
    line = kind(opening(settings))
    found = [one async for one in line.test()]
    assert [one.step for one in found] == list(line.steps())[: len(found)], "in order, and it may end early"
    return found


def said(findings: list[Finding]) -> list[tuple[bool, str]]:
    """All but the first step, which is our own settings; what to do stands behind what was found."""
    for one in findings:
        assert one.words.keys() == {"en", "zh"}
        assert one.todo.keys() in ({"en", "zh"}, set())
    return [
        (one.verdict is not Verdict.ILL, " ".join(filter(None, (one.words["en"], one.todo.get("en")))))
        for one in findings
        if one.step != "settings"
    ]


async def test_all_is_well_where_twilio_knows_us_and_calls_us() -> None:
    async with provider(hook=HOOK) as simulator:
        assert said(await found(simulator)) == [
            (True, "Twilio knows our account and token."),
            (True, f"Messages to {TEXT} are passed on to this inbox."),
        ]


async def test_a_number_that_calls_elsewhere_is_told_where_to_call() -> None:
    async with provider(hook="https://old.example/sms") as simulator:
        [_, number] = said(await found(simulator))
        assert not number[0]
        assert HOOK in number[1]
        [_, none] = said(await found(simulator, number="+15550149999"))
        assert none == (False, "+15550149999 is no number of this account. Look it up in Twilio's console.")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"auth_token": "wrong"}, "Twilio does not accept"),
        ({"account_sid": ""}, "no account at Twilio yet"),
        ({"api": "https://evil.example"}, "none of theirs"),
    ],
)
async def test_what_is_wrong_with_the_account_is_said_first(settings: dict[str, str], words: str) -> None:
    async with provider(hook=HOOK) as simulator:
        [one] = said(await found(simulator, **settings))
        assert not one[0]
        assert words in one[1]


async def test_a_provider_that_is_down_is_no_fault_of_the_inbox() -> None:
    [one] = said(await found(None))
    assert not one[0]
    assert one[1].startswith("Twilio cannot be reached from here.")
    async with provider(Odds(down=1), hook=HOOK) as simulator:
        [one] = said(await found(simulator))
        assert not one[0]


async def test_settings_that_cannot_be_read_are_named_as_the_form_names_them() -> None:
    async with provider(hook=HOOK) as simulator:
        first = (await found(simulator, quiet="night"))[0]
        assert (first.verdict, first.words["en"]) == (Verdict.ILL, "These settings cannot be read: Quiet hours.")
        first = (await found(simulator, kind=WhatsApp, templates="News", quiet="night"))[0]
        assert first.words["zh"] == "以下设置无法识别：已批准的文本、免打扰时段。"
        assert (await found(simulator))[0].verdict is Verdict.WELL


async def test_of_whatsapp_twilio_does_not_tell_where_it_calls() -> None:
    async with provider(hook=HOOK) as simulator:
        [_, number] = said(await found(simulator, kind=WhatsApp))
        assert number[0]
        assert f"Look at Twilio whether it is {HOOK}" in number[1]


async def test_the_simulator_lists_numbers_as_twilios_description_says() -> None:
    path = f"{BASE}/IncomingPhoneNumbers.json"
    async with (
        provider(hook=HOOK) as simulator,
        session(simulator) as http,
        http.get("IncomingPhoneNumbers.json") as answer,
    ):
        listed = await answer.json()
        jsonschema_rs.validate(schema_of(path, "get", "200"), listed)
        assert [one["sms_url"] for one in listed["incoming_phone_numbers"]] == [HOOK]
