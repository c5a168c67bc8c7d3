"""The test button: does Twilio know us, is the number ours, and does it call us; in words, with what to do."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from channels.contract import Finding
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
    return list(await kind(opening(settings)).test())


def said(findings: list[Finding]) -> list[tuple[bool, str]]:
    for one in findings:
        assert one.words.keys() == {"en", "zh"}
    return [(one.well, one.words["en"]) for one in findings]


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
        assert none == (False, "+15550149999 is no number of this account: look it up in Twilio's console.")


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
    assert said(await found(None)) == [(False, "Twilio cannot be reached from here.")]
    async with provider(Odds(down=1), hook=HOOK) as simulator:
        [one] = said(await found(simulator))
        assert not one[0]


async def test_settings_that_cannot_be_read_are_named() -> None:
    async with provider(hook=HOOK) as simulator:
        first = said(await found(simulator, quiet="night"))[0]
        assert first == (False, "A setting cannot be read: not hours of the day: 'night'.")
        first = said(await found(simulator, kind=WhatsApp, templates="News"))[0]
        assert "A template is a line" in first[1]


async def test_of_whatsapp_twilio_does_not_tell_where_it_calls() -> None:
    async with provider(hook=HOOK) as simulator:
        [_, number] = said(await found(simulator, kind=WhatsApp))
        assert number[0]
        assert "cannot be asked" in number[1]


async def test_the_simulator_lists_numbers_as_twilios_description_says() -> None:
    path = f"{BASE}/IncomingPhoneNumbers.json"
    async with (
        provider(hook=HOOK) as simulator,
        session(simulator) as http,
        http.get("IncomingPhoneNumbers.json") as answer,
    ):
        jsonschema_rs.validate(schema_of(path, "get", "200"), await answer.json())
