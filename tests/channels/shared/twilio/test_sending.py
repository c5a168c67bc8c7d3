"""A message is handed over once, whatever goes wrong on the way; what nobody knows is looked for, and never sent again."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import aiohttp
import pytest

from channels.contract import OutcomeUnknown, Unavailable, Undeliverable
from channels.shared.twilio.account import Account, is_allowed, is_public
from channels.shared.twilio.sending import Carrier
from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.faults import Odds
from channels.sms.channel import Sms
from channels.sms.settings import SmsSettings
from channels.whatsapp.channel import WhatsApp
from channels.whatsapp.settings import WhatsAppSettings
from crm_core.model.consent import Wish
from crm_core.model.habits import Filled
from crm_core.model.message import Delivery, Receipt
from tests.channels.shared.twilio.provider import ACCOUNT, TEMPLATES, TEXT, TOKEN, WEI, WHATSAPP, provider
from tests.channels.shared.twilio.webhooks import opening, outbound

WORDS = {"To": WEI, "From": TEXT, "Body": "Come on Monday."}
QUICK = aiohttp.ClientTimeout(total=0.5, connect=0.5)


async def send(simulator: Simulator | None, form: dict[str, str] | None = None, **account: Any) -> Receipt:
    there = {"sid": ACCOUNT, "token": TOKEN, "api": simulator.url if simulator else "http://127.0.0.1:9", **account}
    return await Carrier(Account(**there), timeout=QUICK).send(form or WORDS)


def texts(simulator: Simulator) -> list[str]:
    return [text.body for text in simulator.carrier.texts.values()]


async def test_what_is_taken_is_sent() -> None:
    async with provider() as simulator:
        assert await send(simulator) == Receipt(Delivery.SENT)
        assert texts(simulator) == ["Come on Monday."]


@pytest.mark.parametrize("odds", [Odds(timeout=1), Odds(late_error=1)])
async def test_what_was_taken_without_an_answer_is_found_among_what_they_have(odds: Odds) -> None:
    async with provider(odds) as simulator:
        receipt = await send(simulator)
        assert receipt.delivery in (Delivery.SENT, Delivery.DELIVERED)
        assert texts(simulator) == ["Come on Monday."], "once"


async def test_what_cannot_be_found_is_unknown_and_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with provider(Odds(late_error=1)) as simulator:
        monkeypatch.setattr(simulator.carrier.__class__, "_kept", _forgotten(simulator))
        with pytest.raises(OutcomeUnknown, match="fell silent"):
            await send(simulator)


def _forgotten(simulator: Simulator) -> Any:
    """Taken, and shown to nobody yet: their list may lag."""
    kept = simulator.carrier.__class__._kept

    def take(self: Any, *args: Any, **more: Any) -> Any:
        text = kept(self, *args, **more)
        del self.texts[text.sid]
        return text

    return take


async def test_the_same_words_sent_earlier_are_not_taken_for_these(monkeypatch: pytest.MonkeyPatch) -> None:
    async with provider() as simulator:
        await send(simulator)
        old = next(iter(simulator.carrier.texts.values()))
        simulator.carrier.texts[old.sid] = _older(old)
        simulator.dice.odds = Odds(late_error=1)
        monkeypatch.setattr(simulator.carrier.__class__, "_kept", _forgotten(simulator))
        with pytest.raises(OutcomeUnknown):
            await send(simulator)


def _older(text: Any) -> Any:
    from dataclasses import replace
    from datetime import timedelta

    return replace(text, made=text.made - timedelta(minutes=5))


@pytest.mark.parametrize("odds", [Odds(down=1), Odds(slower=1)])
async def test_what_was_not_taken_is_tried_again_later(odds: Odds) -> None:
    async with provider(odds) as simulator:
        with pytest.raises(Unavailable):
            await send(simulator)
        assert texts(simulator) == []


async def test_nobody_there_is_no_point_of_no_return() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        await send(None)


async def test_a_wrong_token_is_an_admins_matter_and_the_message_waits() -> None:
    async with provider() as simulator:
        with pytest.raises(Unavailable, match="20003: Twilio does not accept"):
            await send(simulator, token="wrong")


@pytest.mark.parametrize("account", [{"sid": ""}, {"token": ""}, {"api": "https://evil.example"}])
async def test_an_account_that_is_not_filled_in_sends_nothing(account: dict[str, Any]) -> None:
    with pytest.raises(Unavailable, match="Ask an admin"):
        await send(None, **account)


async def test_a_refusal_for_good_says_what_to_do() -> None:
    async with provider() as simulator:
        with pytest.raises(Undeliverable, match="21211: This is no phone number"):
            await send(simulator, {**WORDS, "To": "12"})


async def test_who_stopped_at_twilio_stopped_for_us_too() -> None:
    async with provider() as simulator:
        simulator.carrier.incoming(sender=WEI, to=TEXT, body="STOP", at=simulator.now())
        receipt = await send(simulator)
        assert (receipt.delivery, receipt.wish) == (Delivery.FAILED, Wish.STOP)
        assert (receipt.reason or "").startswith("21610: They asked for no more")


async def test_a_hundred_messages_through_a_bad_hour_arrive_at_most_once_and_none_is_lost_without_a_word() -> None:
    odds = Odds(timeout=0.1, down=0.2, slower=0.2, late_error=0.2)
    async with provider(odds, seed=7) as simulator:
        ends = await asyncio.gather(*(_kept_at(simulator, f"Number {number}") for number in range(40)))
        arrived = Counter(texts(simulator))
    assert max(arrived.values()) == 1, "nothing twice"
    for number, end in enumerate(ends):
        if end is not None:
            assert arrived[f"Number {number}"] == 1, "what counts as sent was taken"


async def _kept_at(simulator: Simulator, words: str) -> Receipt | None:
    """As the sender does: again after Unavailable, never after OutcomeUnknown."""
    while True:
        try:
            return await send(simulator, {**WORDS, "Body": words})
        except Unavailable:
            await asyncio.sleep(0)
        except OutcomeUnknown:
            return None


# ---------------------------------------------------------------- the two channels


def sms(simulator: Simulator | None = None, **more: Any) -> Sms:
    there = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": "+1 555 014-0000", **more}
    return Sms(opening(SmsSettings(api=simulator.url if simulator else "", **there)))


def whatsapp(simulator: Simulator | None = None, **more: Any) -> WhatsApp:
    there = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": WHATSAPP.removeprefix("whatsapp:"), **more}
    return WhatsApp(opening(WhatsAppSettings(api=simulator.url if simulator else "", **there)))


async def test_what_the_agent_sees_before_is_what_arrives() -> None:
    async with provider() as simulator:
        channel, message = sms(simulator), outbound("Come on Monday. " * 20)
        seen = channel.render(message)
        await channel.send(message)
        [text] = simulator.carrier.texts.values()
        assert "".join(seen.parts) == text.body
        assert text.page()["num_segments"] == str(len(seen.parts)) == "3"
        assert text.body.endswith("ON-4F7K-2931")
        assert (text.sender, text.to) == (TEXT, WEI)
        assert (text.callback or "").startswith("https://help.larkhaven.example/hooks/sms/i1?message=")


async def test_an_approved_text_goes_by_its_name_and_nothing_stands_behind_it() -> None:
    [id] = TEMPLATES
    async with provider() as simulator:
        words = "About your permit: we have news. Answer here."
        message = outbound(words, template=Filled(id, ("your permit",)))
        channel = whatsapp(simulator)
        assert channel.render(message).parts == (words,)
        assert (await channel.send(message)).delivery is Delivery.SENT
        [text] = simulator.carrier.texts.values()
        assert (text.body, text.to, text.sender, text.error) == (words, f"whatsapp:{WEI}", WHATSAPP, None)


async def test_a_messaging_service_writes_instead_of_the_number() -> None:
    async with provider() as simulator:
        await sms(simulator, messaging_service="MG" + "1" * 32).send(outbound())
        [text] = simulator.carrier.texts.values()
        assert (text.service, text.sender) == ("MG" + "1" * 32, TEXT)


@pytest.mark.parametrize(
    ("text", "count", "used", "most"),
    [
        ("a" * 147, 1, 160, 1530),
        ("a" * 148, 2, 161, 1530),
        ("您" * 57, 1, 70, 670),
        ("您" * 58, 2, 71, 670),
        ("😀" * 29, 2, 71, 670),
        ("It’s “ready” – come", 1, 32, 1530),
    ],
)
def test_a_text_is_counted_as_the_carrier_counts_it(text: str, count: int, used: int, most: int) -> None:
    seen = sms().render(outbound(text))
    assert (len(seen.parts), seen.used, seen.most) == (count, used, most)


def test_a_curly_quote_stays_where_it_costs_nothing_more() -> None:
    assert "“" in sms().render(outbound("您好 “ready”")).parts[0]
    assert sms().render(outbound("“ready”")).parts == ('"ready" ON-4F7K-2931',)


@pytest.mark.parametrize("to", ["mailto:wei@example.org", "tel:22395", "tel:AMAZON"])
def test_what_no_phone_has_is_said_before_sending(to: str) -> None:
    for channel in (sms(), whatsapp()):
        with pytest.raises(Undeliverable, match="no phone number"):
            channel.render(outbound(to=to))


def test_the_token_goes_to_twilio_or_to_this_machine_and_nowhere_else() -> None:
    good = ("https://api.twilio.com", "https://api.sydney.au1.twilio.com", "http://127.0.0.1:8090", "http://[::1]:1")
    bad = (
        "http://api.twilio.com",
        "https://twilio.com.evil.example",
        "https://evil.example/.twilio.com",
        "https://api.twilio.com@evil.example",
        "https://api.twilio.com/path",
        "http://169.254.169.254",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "http://127.0.0.1:99999",
        "",
    )
    assert all(is_allowed(one) for one in good)
    assert [one for one in bad if is_allowed(one)] == []


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://help.city.org/hooks/x", True),
        ("http://127.0.0.1:8080/hooks/x", False),
        ("http://localhost:8080/x", False),
        ("http://192.168.1.4/x", False),
    ],
)
def test_twilio_is_not_asked_to_call_where_it_cannot(url: str, public: bool) -> None:
    assert is_public(url) is public
