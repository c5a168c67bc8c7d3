"""A link to the files of one message: of none other, for a month, until it is shut."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.model.handout import HANDED_OUT, Handout
from crm_core.model.ids import ConversationId, MessageId, TicketId
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Delivery, Direction, Message
from crm_core.rules import handouts, signs
from tests.crm_core.rules.made import a_ticket
from tests.world import START

KEYS = (b"n" * 32, b"o" * 32)
ID = MessageId("01kafyn7ekr1vs6m0w2p3d4f5")
LASTS = timedelta(days=30)
URL = "https://larkhaven.example"


def sent(**changes: object) -> Message:
    plain = Message(ID, TicketId("t"), None, Direction.OUT, "text", "Anna", "The plan.", START, 1)
    plain = replace(plain, delivery=Delivery.SENT, send_at=START, flags=(HANDED_OUT,))
    return replace(plain, **changes)  # type: ignore[arg-type]


def judged(
    message: Message, *, known: Handout | None = None, days: float = 1, confidential: str = "", shown: str = ""
) -> object:
    ticket = a_ticket(confidential=bool(confidential))
    return handouts.judge(
        message, ticket=ticket, known=known, at=START + timedelta(days=days), lasts=LASTS, shown=bool(shown)
    )


def test_it_opens_for_a_month_and_not_a_moment_longer() -> None:
    until = START + timedelta(days=30)
    assert judged(sent()) == handouts.Open(until)
    assert isinstance(judged(sent(), days=29.999), handouts.Open)
    assert isinstance(judged(sent(), days=30), handouts.Shut)


@pytest.mark.parametrize("delivery", list(Delivery))
def test_it_opens_only_while_the_message_is_with_the_person(delivery: Delivery) -> None:
    there = delivery.name in {"SENDING", "UNKNOWN", "PRINTED", "SENT", "DELIVERED", "READ"}
    assert isinstance(judged(sent(delivery=delivery)), handouts.Open if there else handouts.Shut)


def test_who_shut_it_shut_it_and_an_erased_message_hands_nothing_out() -> None:
    assert isinstance(judged(sent(), known=Handout(ID, TicketId("t"), shut_at=START)), handouts.Shut)
    assert isinstance(judged(sent(flags=("erased",))), handouts.Shut)
    assert isinstance(judged(sent(direction=Direction.IN)), handouts.Shut)


def test_of_a_confidential_matter_it_opens_for_who_showed_to_read_an_address_of_it() -> None:
    assert isinstance(judged(sent(), confidential="yes"), handouts.ProveFirst)
    assert isinstance(judged(sent(), confidential="yes", shown="yes"), handouts.Open)


def test_a_link_names_its_message_and_nothing_else_is_one() -> None:
    made = handouts.url(URL, key=KEYS[1], message=ID)
    token = made.removeprefix(f"{URL}/files/")
    assert handouts.named(KEYS, token) == ID
    assert handouts.named((b"x" * 32,), token) is None
    assert handouts.named(KEYS, token[:-1] + ("0" if token[-1] != "0" else "1")) is None
    assert signs.read_token(KEYS, token) is None, "it leads no answer into a conversation"
    assert handouts.named(KEYS, signs.sign_token(KEYS[0], ConversationId(ID))) is None


@pytest.mark.parametrize("language", ["en", "zh", None])
def test_the_link_takes_just_the_room_that_is_reckoned_for_it(language: str | None) -> None:
    message = sent()
    said, page = handouts.with_link(message, key=KEYS[0], public_url=URL, language=language)
    assert len(said) == len(message.text) + handouts.room(URL, language=language)
    assert page is None
    assert handouts.with_link(sent(flags=()), key=KEYS[0], public_url=URL, language=language) == (message.text, None)


def test_only_where_a_way_carries_no_files_they_go_by_a_link() -> None:
    assert handouts.flags(Capabilities(), files=1) == (HANDED_OUT,)
    assert handouts.flags(Capabilities(), files=0) == ()
    assert handouts.flags(Capabilities(files=True), files=1) == ()
