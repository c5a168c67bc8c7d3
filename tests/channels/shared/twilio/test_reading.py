"""Each kind of webhook as Twilio documents it becomes a message or a report, and never anything else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Unreadable
from channels.shared.twilio import errors, keywords
from channels.shared.twilio.naming import callback, named_in
from channels.shared.twilio.reading import STATES, Heard, read
from channels.shared.twilio.signature import Form
from crm_core.model.consent import Wish
from crm_core.model.message import Delivery, Inbound, Receipt
from tests.channels.shared.twilio.webhooks import HOOK, MESSAGE, wire

WIRE_ID = "<m1.signed@larkhaven.example>"
REPORT = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+15550142001", "From": "+15550140000"}


def heard(**fields: str) -> Heard:
    form = {**MESSAGE, **fields}
    return read(Form(form), wire(form))


def message(**fields: str) -> Inbound:
    [part] = heard(**fields).parts
    assert isinstance(part, Inbound)
    return part


def report(*, url: str | None = None, **fields: str) -> Receipt | None:
    form = {**REPORT, **fields}
    parts = read(Form(form), wire(form, url=url or callback(HOOK, wire_id=WIRE_ID))).parts
    receipts = [part for part in parts if isinstance(part, Receipt)]
    assert len(receipts) == len(parts)
    return receipts[0] if receipts else None


def test_a_text_is_a_message_of_a_proven_number() -> None:
    said = message()
    assert (str(said.sender), said.proven, said.text) == ("tel:+15550142001", "signature", "My bin was not emptied.")
    assert (said.automatic, said.wish, said.elsewhere) == (None, None, ())


def test_a_whatsapp_message_is_of_the_same_number_and_says_a_name() -> None:
    said = message(From="whatsapp:+15550142001", ProfileName="Wei Zhang", WaId="15550142001", Body="我的垃圾没有收")
    assert (str(said.sender), said.sender_name, said.language) == ("tel:+15550142001", "Wei Zhang", "zh")


def test_the_same_message_has_the_same_id_for_ever() -> None:
    assert message().external_id == message(Body="changed").external_id
    assert message().external_id != message(MessageSid="SM2").external_id


def test_pictures_are_named_with_their_types() -> None:
    said = message(
        NumMedia="2", MediaUrl0="https://api.twilio.com/a", MediaContentType0="image/jpeg", MediaUrl1="https://b"
    )
    assert [(one.name, one.at) for one in said.elsewhere] == [
        ("image-1.jpg", "https://api.twilio.com/a"),
        ("application-2.bin", "https://b"),
    ]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"Body": "", "Latitude": "52.1", "Longitude": "4.3"}, "52.1, 4.3"),
        (
            {"Body": "Here", "Latitude": "52.1", "Longitude": "4.3", "Label": "Mill", "Address": "1 Quay"},
            "Here\n\nMill\n1 Quay\n52.1, 4.3",
        ),
        ({"Body": "", "ButtonText": "Yes, please", "ButtonPayload": "yes"}, "Yes, please"),
        ({"Body": "", "MediaUrl0": "https://a"}, ""),
        ({"Body": "a\x00b"}, "ab"),
    ],
)
def test_places_and_buttons_are_words(fields: dict[str, str], text: str) -> None:
    assert message(**fields).text.replace("\ufffd", "") == text


@pytest.mark.parametrize("sender", ["22395", "AMAZON"])
def test_what_cannot_be_answered_is_a_machines(sender: str) -> None:
    assert message(From=sender).automatic


@pytest.mark.parametrize(("status", "delivery"), STATES.items())
def test_each_of_their_states_is_one_of_ours(status: str, delivery: Delivery) -> None:
    told = report(MessageStatus=status)
    assert told is not None
    assert (told.delivery, told.wire_id) == (delivery, WIRE_ID)
    assert (told.reason is not None) == (delivery is Delivery.FAILED)


def test_a_failure_says_what_it_means_and_what_to_do() -> None:
    told = report(MessageStatus="undelivered", ErrorCode="30006")
    assert told is not None
    assert told.reason == f"30006: {errors.known()['30006']['en']}"
    unknown = report(MessageStatus="failed", ErrorCode="39999", ErrorMessage="New trouble")
    assert unknown is not None
    assert unknown.reason == "39999: New trouble"


def test_who_told_twilio_to_stop_told_us() -> None:
    told = report(MessageStatus="failed", ErrorCode="21610")
    assert told is not None
    assert told.wish is Wish.STOP


@pytest.mark.parametrize("url", [HOOK, f"{HOOK}?message=", f"{HOOK}?message=%25%25", f"{HOOK}?message=_w"])
def test_reports_of_messages_that_are_not_ours_say_nothing(url: str) -> None:
    assert report(url=url) is None


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1))
def test_our_name_for_a_message_comes_back_from_the_address(wire_id: str) -> None:
    assert named_in(callback(HOOK, wire_id=wire_id)) == wire_id


@pytest.mark.parametrize("form", [{}, {"Body": "x"}, {"MessageSid": "SM1"}, {"MessageSid": "SM1", "From": "whatsapp:"}])
def test_what_is_neither_message_nor_report_is_unreadable(form: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        read(Form(form), wire(form))


NAMES = st.sampled_from([*MESSAGE, *REPORT, "MediaUrl0", "Latitude", "Longitude", "OptOutType", "ErrorCode"])


@given(st.dictionaries(NAMES, st.text(), max_size=14))
def test_no_form_breaks_the_reader_and_its_words_can_be_stored(form: dict[str, Any]) -> None:
    try:
        told = read(Form(form), wire({"a": "b"}, url=f"{HOOK}?message=YQ"))
    except Unreadable:
        return
    for part in told.parts:
        if isinstance(part, Inbound):
            stored = (part.external_id, part.sender.value, part.sender_name, part.text, part.wire_id or "")
            assert "\x00" not in "".join(stored).encode().decode()


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        *((word, Wish.STOP) for word in ("STOP", "stop", " Stop. ", "UNSUBSCRIBE", "end", "Quit", "STOPALL")),
        *((word, Wish.STOP) for word in ("revoke", "OPTOUT", "cancel", "退订", "td", "TD", "ＴＤ", "退訂", "ARRÊT")),
        *((word, Wish.START) for word in ("START", "unstop", "订阅", "ALTA")),
        *((word, None) for word in ("HELP", "info", "帮助", "yes", "YES", "T", "")),
        *(
            (word, None)
            for word in ("Please stop the noise", "STOP IT NOW", "I want to cancel", "我要退订", "ON-4F7K-2931")
        ),
    ],
)
def test_only_a_whole_message_is_a_word(text: str, wish: Wish | None) -> None:
    assert message(Body=text).wish is wish


def test_help_is_a_contact_like_any_other_that_is_answered_at_once() -> None:
    told = heard(Body="帮助")
    assert told.word is not None
    assert (told.word.wish, told.word.language, told.word.handled) == (None, "zh", False)


def test_what_twilio_decided_by_rules_of_the_messaging_service_counts_and_is_answered_by_twilio() -> None:
    told = heard(Body="Schluss", OptOutType="STOP")
    assert message(Body="Schluss", OptOutType="STOP").wish is Wish.STOP
    assert told.word is not None
    assert told.word.handled


@pytest.mark.parametrize("kind", ["stop", "start", "help"])
def test_each_language_has_its_words_and_an_answer_that_names_us(kind: str) -> None:
    for page in keywords._page()["language"]:
        for word in page[kind]:
            found = keywords.keyword(word)
            assert found is not None, word
            assert "Larkhaven" in keywords.answer_to(found, name="Larkhaven")


def test_every_error_is_said_in_english_and_chinese_and_ends_with_what_to_do() -> None:
    for code, words in errors.known().items():
        assert code.isdigit()
        assert words["en"].endswith(".")
        assert words["zh"].endswith("。")
