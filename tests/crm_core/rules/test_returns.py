"""Only our own signature says that a message of ours came back, and only for whom it was for."""

from dataclasses import replace

import pytest

from crm_core.model.address import Address
from crm_core.model.ids import ConversationId, MessageId, TicketId
from crm_core.model.message import Delivery, Direction, Message, Returned
from crm_core.rules import returns, signs
from tests.world import START, inbound

KEYS = (b"n" * 32, b"o" * 32)
MESSAGE, STRAND = MessageId("01kafyn7ekr1vs6m0w2p3d4f5"), ConversationId("01kafyn7ekr1vs6m0w2p3d4f6")
WEI, ANA = Address.mail("wei@example.org"), Address.mail("ana@example.org")
OURS = signs.message_id(KEYS[1], MESSAGE, domain="larkhaven.example")
REPORT = replace(inbound(), returned=Returned((OURS,), (WEI,), "550 5.1.1 User unknown"))


def sent(delivery: Delivery = Delivery.SENT) -> Message:
    words = Message(MESSAGE, TicketId("t"), STRAND, Direction.OUT, "mail", "Anna", "Come.", START, 1)
    return replace(words, address=WEI, delivery=delivery)


def test_an_older_key_still_vouches_and_another_one_never() -> None:
    assert returns.named(REPORT, keys=KEYS).messages == (MESSAGE,)
    assert returns.named(REPORT, keys=(b"x" * 32,)).messages == ()
    assert returns.named(replace(REPORT, returned=None), keys=KEYS).messages == ()


def test_the_token_of_a_conversation_vouches_too() -> None:
    token = signs.sign_token(KEYS[0], STRAND)
    assert returns.named(replace(REPORT, tokens=(token, token[:-1] + "0")), keys=KEYS).strands == (STRAND,)


@pytest.mark.parametrize("delivery", list(Delivery))
def test_only_what_is_under_way_can_come_back(delivery: Delivery) -> None:
    judged = returns.judge(REPORT, message=sent(delivery))
    under_way = delivery in (Delivery.SENDING, Delivery.SENT, Delivery.UNKNOWN)
    assert isinstance(judged, returns.CameBack if under_way else returns.KnownAlready)


@pytest.mark.parametrize("who", [(), (ANA,)])
def test_a_report_about_somebody_else_proves_nothing(who: tuple[Address, ...]) -> None:
    report = replace(REPORT, returned=Returned((OURS,), who, "550"))
    assert isinstance(returns.judge(report, message=sent()), returns.NotOurs)


def test_what_they_wrote_cannot_come_back_to_us() -> None:
    theirs = replace(sent(), direction=Direction.IN)
    assert isinstance(returns.judge(REPORT, message=theirs), returns.NotOurs)
