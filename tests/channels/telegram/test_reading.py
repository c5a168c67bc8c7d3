"""From Telegram's updates to our words, and from ours to theirs."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from channels.contract import Forged, Opening, Secret, Sign, Unreadable, Wire
from channels.telegram import sending
from channels.telegram.channel import CHANNEL
from channels.telegram.limits import MOST
from channels.telegram.line import Telegram
from channels.telegram.listening import gathered
from channels.telegram.reading import FETCHED
from channels.telegram.settings import TelegramSettings, hook_secret
from crm_core.model.address import Address
from crm_core.model.consent import Wish
from crm_core.model.ids import InboxId, MessageId
from crm_core.model.message import Inbound, Outbound

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SETTINGS = TelegramSettings(token=Secret("77:abc"), greeting="Welcome to Larkhaven.")
OPENING = Opening(
    InboxId("i-bot"), None, "Bot", SETTINGS, "https://city.example", None, "https://city.example/hooks/telegram/i-bot"
)
BOT = Telegram(OPENING)
WEI = {"id": 501, "is_bot": False, "first_name": "Wei", "last_name": "Zhang", "language_code": "zh-hans"}
CHAT = {"id": 501, "type": "private", "first_name": "Wei"}


def message(**more: Any) -> dict[str, Any]:
    return {"message_id": 9, "date": int(NOW.timestamp()), "chat": CHAT, "from": WEI, **more}


def update(**what: Any) -> dict[str, Any]:
    return {"update_id": 41, **what}


def fetched(what: Any) -> Wire:
    return Wire(json.dumps(what).encode(), {}, "", NOW, evidence={FETCHED: "getUpdates"})


def called(what: Any, secret: str | None) -> Wire:
    headers = {} if secret is None else {"x-telegram-bot-api-SECRET-token": secret}
    return Wire(json.dumps(what).encode(), headers, OPENING.hook_url, NOW, evidence={"peer": "203.0.113.9"})


def read(**more: Any) -> Inbound:
    [part] = BOT.read(fetched(update(message=message(**more)))).parts
    assert isinstance(part, Inbound)
    return part


def test_a_text_is_proven_to_come_from_its_account_and_known_by_chat_and_number() -> None:
    said = read(text="路灯坏了。")
    assert (said.external_id, said.text, said.sender) == ("501:9", "路灯坏了。", Address("telegram", "501"))
    assert (said.sender_name, said.language, said.proven, said.sent_at) == ("Wei Zhang", "zh", "signature", NOW)


@pytest.mark.parametrize("secret", [None, "", "x", "é", hook_secret(InboxId("i-other"), SETTINGS), "\udcff"])
def test_without_the_very_secret_of_this_inbox_a_call_is_forged(secret: str | None) -> None:
    with pytest.raises(Forged):
        BOT.read(called(update(message=message(text="hello")), secret))


def test_with_its_secret_it_is_read_and_without_a_token_no_secret_opens() -> None:
    what = update(message=message(text="hello"))
    assert BOT.read(called(what, hook_secret(OPENING.inbox, SETTINGS))).parts
    bare = Telegram(replace(OPENING, settings=TelegramSettings()))
    for secret in ("", hook_secret(OPENING.inbox, TelegramSettings())):
        with pytest.raises(Forged):
            bare.read(called(what, secret))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b"null", b"{", b'{"update_id": 1, "message": {"text": 5}}', b'["x"]']
)
def test_what_is_no_update_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        BOT.read(Wire(body, {}, "", NOW, evidence={FETCHED: "getUpdates"}))


def test_of_a_photo_the_largest_is_fetched_and_its_caption_is_the_text() -> None:
    sizes = [(90, "small"), (1280, "large"), (320, "middle")]
    photo = [{"file_id": id, "file_unique_id": id, "width": w, "height": w} for w, id in sizes]
    said = read(photo=photo, caption="The lamp")
    [file] = said.elsewhere
    assert (said.text, file.at, file.type) == ("The lamp", "large", "image/jpeg")


def test_the_parts_of_an_album_are_one_message() -> None:
    def part(number: int, **more: Any) -> dict[str, Any]:
        photo = [{"file_id": f"f{number}", "file_unique_id": f"u{number}", "width": 9, "height": 9}]
        said = message(message_id=number, media_group_id="g", photo=photo, **more)
        return {"update_id": number, "message": said}

    other = update(message=message(message_id=5, text="Something else"))
    given = [part(1, caption="Two lamps"), part(2), other, part(6)]
    together = gathered([Update.de_json(one) for one in given])
    assert [len(one) for one in together] == [2, 1, 1]
    [said] = BOT.read(fetched(given[:2])).parts
    assert isinstance(said, Inbound)
    assert (said.text, [file.at for file in said.elsewhere]) == ("Two lamps", ["f1", "f2"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"contact": {"phone_number": "+15550100", "first_name": "Ana", "last_name": "Reis"}},
            "[Contact] Ana Reis, +15550100",
        ),
        ({"location": {"latitude": 38.5, "longitude": -28.25}}, "[Place] 38.500000, -28.250000"),
        ({"dice": {"emoji": "🎲", "value": 4}}, "[🎲 4]"),
    ],
)
def test_what_is_no_text_is_said_in_words(given: dict[str, Any], words: str) -> None:
    assert read(**given).text.startswith(words)


def test_an_edit_is_another_message_that_says_it_is_one_and_a_later_edit_another() -> None:
    def edit(at: int) -> Inbound:
        changed = message(text="No, the other lamp.", edit_date=at)
        [part] = BOT.read(fetched(update(edited_message=changed))).parts
        assert isinstance(part, Inbound)
        return part

    assert edit(1_800_000_000).external_id == "501:9:1800000000"
    assert edit(1_800_000_001).external_id != edit(1_800_000_000).external_id
    assert edit(1_800_000_000).flags == ("edited",)


def turned(was: str, now: str) -> dict[str, Any]:
    old, new = ({"user": WEI, "status": one, "until_date": 0} for one in (was, now))
    return {"chat": CHAT, "from": WEI, "date": 1, "old_chat_member": old, "new_chat_member": new}


@pytest.mark.parametrize(("was", "now", "wish"), [("member", "kicked", Wish.STOP), ("kicked", "member", Wish.START)])
def test_who_blocks_the_bot_wants_no_more_messages_and_who_lets_it_in_again_does(
    was: str, now: str, wish: Wish
) -> None:
    [said] = BOT.read(fetched(update(my_chat_member=turned(was, now)))).parts
    assert isinstance(said, Inbound)
    assert (said.wish, said.sender.value, said.automatic) == (wish, str(WEI["id"]), "my_chat_member")


def test_start_asks_nothing_of_us_and_is_greeted_and_a_press_is_confirmed() -> None:
    start = BOT.read(fetched(update(message=message(text="/start ref"))))
    assert [type(part) for part in start.parts] == [Sign]
    body = json.loads(BOT.answer(start, ()).body)
    assert body == {"method": "sendMessage", "chat_id": 501, "text": "Welcome to Larkhaven."}
    query = {"id": "77", "from": WEI, "chat_instance": "1", "data": "Yes", "message": message(text="Solved?")}
    pressed = BOT.read(fetched(update(callback_query=query)))
    [said] = [part for part in pressed.parts if isinstance(part, Inbound)]
    assert (said.text, said.external_id) == ("Yes", "press:77")
    assert json.loads(BOT.answer(pressed, ()).body) == {"method": "answerCallbackQuery", "callback_query_id": "77"}


@pytest.mark.parametrize(
    "what",
    [
        {"message": message(text="hi", chat={"id": -5, "type": "group", "title": "A group"})},
        {"my_chat_member": {**turned("member", "kicked"), "chat": {"id": -5, "type": "group", "title": "A group"}}},
        {"my_chat_member": turned("member", "left")},
        {"a_kind_of_update_that_nobody_knows_yet": {"x": 1}},
    ],
)
def test_groups_and_what_nobody_asked_of_us_open_nothing(what: dict[str, Any]) -> None:
    assert BOT.read(fetched(update(**what))).parts == ()


def test_it_is_read_in_another_process_too() -> None:
    again = pickle.loads(pickle.dumps(BOT))
    assert again.read(fetched(update(message=message(text="hello")))).parts


@given(st.text(alphabet=st.sampled_from("a 𝔸😀\n中"), max_size=3 * MOST))
def test_words_are_cut_within_telegrams_count_and_nothing_but_space_is_lost(words: str) -> None:
    parts = sending.cut(words)
    assert all(sending.units(part) <= MOST for part in parts)
    assert "".join("".join(parts).split()) == "".join(words.split())


def test_what_is_sent_is_what_was_shown_and_the_number_stands_below() -> None:
    out = Outbound(
        MessageId("m"), OPENING.inbox, Address("telegram", "501"), "Wei", "Anna", "It *is* <b>done</b>_", "w", NOW,
        "ON-4F7K-2931",
    )  # fmt: skip
    shown = BOT.render(out)
    assert shown.parts == ("It *is* <b>done</b>_\n\nYour number: ON-4F7K-2931",)
    assert CHANNEL.capabilities.length == MOST
