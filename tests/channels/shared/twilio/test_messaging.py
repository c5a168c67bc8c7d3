"""What a call from Twilio is answered with, and what an inbox's settings mean."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from channels.contract import Forged, Outcome, Reading, Unreadable
from channels.shared.twilio.hours import quiet_of
from channels.sms.channel import CHANNEL as SMS
from channels.sms.channel import Sms
from channels.sms.settings import SmsSettings
from channels.whatsapp.channel import CHANNEL as WHATSAPP
from channels.whatsapp.channel import WhatsApp
from channels.whatsapp.settings import WhatsAppSettings
from channels.whatsapp.templates import templates_of
from crm_core.model.consent import Wish
from crm_core.model.habits import Quiet, Template
from crm_core.model.message import Inbound
from tests.channels.shared.twilio.webhooks import MESSAGE, TOKEN, opening, wire

PLAIN: dict[str, Any] = {"account_sid": "AC1", "number": "+15550140000", "auth_token": TOKEN}
TEXTS, TALK = Sms(opening(SmsSettings(**PLAIN))), WhatsApp(opening(WhatsAppSettings(**PLAIN)))


def answered(channel: Sms | WhatsApp, body: str, *, repeat: bool = False, **fields: str) -> str:
    told = channel.read(wire({**MESSAGE, "Body": body, **fields}))
    response = channel.answer(told, [Outcome(repeat=repeat)])
    assert (response.status, response.type) == (200, "text/xml; charset=utf-8")
    return "".join(fromstring(response.body).itertext())


def test_a_message_is_taken_without_a_word() -> None:
    assert answered(TEXTS, "My bin was not emptied.") == ""
    assert answered(TALK, "My bin was not emptied.") == ""
    assert TEXTS.answer(Reading(()), ()).body.endswith(b"<Response></Response>")


@pytest.mark.parametrize("word", ["STOP", "START", "HELP"])
def test_what_twilio_answers_for_texts_it_answers_for_us_and_on_whatsapp_we_do(word: str) -> None:
    assert answered(TEXTS, word) == ""
    assert answered(TALK, word).startswith("City of Larkhaven: ")


def test_words_that_twilio_does_not_know_are_answered_once_in_their_language() -> None:
    assert answered(TEXTS, "退订").startswith("【City of Larkhaven】您已退订")
    assert answered(TEXTS, "退订", repeat=True) == ""
    assert answered(TEXTS, "Schluss", OptOutType="STOP") == "", "by rules of the messaging service Twilio answered it"


def test_a_name_with_signs_of_xml_stays_words() -> None:
    odd = Sms(replace(opening(SmsSettings(**PLAIN)), name="A & B <c>"))
    assert answered(odd, "退订").startswith("【A & B <c>】")


def test_a_channel_goes_to_another_process_to_read_there() -> None:
    for channel in (TEXTS, TALK):
        there = pickle.loads(pickle.dumps(channel))
        [part] = there.read(wire({**MESSAGE, "Body": "退订"})).parts
        assert isinstance(part, Inbound)
        assert part.wish is Wish.STOP


def test_a_stranger_and_an_empty_form_of_twilios_are_told_apart() -> None:
    with pytest.raises(Forged):
        TEXTS.read(wire(MESSAGE, token="other"))
    with pytest.raises(Unreadable):
        TEXTS.read(wire({"AccountSid": "AC1"}))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("", None),
        ("21:00-08:00", Quiet(1260, 480)),
        (" 9:30 – 24:00 ", Quiet(570, 1440)),
        ("8:00-8:00", None),
    ],
)
def test_quiet_hours_as_an_admin_writes_them(text: str, hours: Quiet | None) -> None:
    assert quiet_of(text) == hours


@pytest.mark.parametrize("text", ["night", "25:00-8:00", "21-8", "21:00"])
def test_hours_that_are_none_are_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="not hours"):
        quiet_of(text)


def test_approved_texts_as_an_admin_writes_them() -> None:
    lines = "HX1 | en | News | About {{1}}: we have news | now.\n\n HX2|zh|新消息|关于{{1}}"
    assert templates_of(lines) == (
        Template("HX1", "News", "en", "About {{1}}: we have news | now."),
        Template("HX2", "新消息", "zh", "关于{{1}}"),
    )
    for wrong in ("HX1 | en | News", "News: hello", "XX1 | en | a | b", "HX1 | | a | b"):
        with pytest.raises(ValueError, match="A template is a line"):
            templates_of(wrong)


def test_what_the_channels_can_do_is_what_they_say() -> None:
    text, talk = SMS.capabilities, WHATSAPP.capabilities
    assert (text.starts, text.window, text.length, text.parts) == (True, None, 160, 10)
    assert talk.window is not None
    assert (talk.starts, talk.window.total_seconds(), talk.length) == (False, 86400, 1600)
    assert SMS.address_scheme == WHATSAPP.address_scheme == "tel", "one number, one person"
