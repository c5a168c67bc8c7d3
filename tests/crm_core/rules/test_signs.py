import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.ids import ConversationId, MessageId
from crm_core.rules import signs
from tests.crm_core.rules.made import PATIENT

OLD, NEW, FOREIGN = b"o" * 32, b"n" * 32, b"f" * 32
AT = datetime(2026, 11, 23, tzinfo=UTC)
STRAND = ConversationId("01m82v7m00c4rcnqjfx0d4hff")
MESSAGE = MessageId("01m82v7m0063qm7ppyhg3aygh")
DOMAIN = "larkhaven.example"


def test_a_token_comes_back_as_the_conversation_it_was_made_for() -> None:
    assert signs.read_token([NEW], signs.sign_token(NEW, STRAND)) == STRAND


def test_a_token_fits_into_a_mail_address_and_survives_a_change_of_case() -> None:
    token = signs.sign_token(NEW, STRAND)
    assert len(token) == signs.TOKEN_LENGTH
    assert token.isalnum()
    assert token == token.lower()
    assert len(f"hello+{token}") <= 64
    assert signs.read_token([NEW], f" {token.upper()}\n") == STRAND


def test_an_old_key_still_reads_what_it_signed_and_a_foreign_one_reads_nothing() -> None:
    token = signs.sign_token(OLD, STRAND)
    assert signs.read_token([NEW, OLD], token) == STRAND
    assert signs.read_token([NEW], token) is None
    assert signs.read_token([FOREIGN], token) is None
    assert signs.read_token([], token) is None


def test_any_changed_sign_makes_a_token_worthless() -> None:
    token = signs.sign_token(NEW, STRAND)
    for place, sign in enumerate(token):
        other = "0" if sign != "0" else "1"
        assert signs.read_token([NEW], token[:place] + other + token[place + 1 :]) is None


@PATIENT
@given(st.text() | st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=51, max_size=51) | st.just("x" * 100_000))
def test_nothing_that_we_did_not_sign_is_read(text: str) -> None:
    assert signs.read_token([NEW, OLD], text) is None
    assert signs.read_message_id([NEW, OLD], text) is None


def test_a_message_id_is_the_same_for_each_attempt_and_comes_back_as_its_message() -> None:
    made = signs.message_id(NEW, MESSAGE, domain=DOMAIN)
    assert made == signs.message_id(NEW, MESSAGE, domain=DOMAIN)
    assert made.startswith("<on.")
    assert made.endswith(f"@{DOMAIN}>")
    assert signs.read_message_id([OLD, NEW], made) == MESSAGE
    assert signs.read_message_id([NEW], made.strip("<>").upper()) == MESSAGE
    assert signs.read_message_id([NEW], made.replace(DOMAIN, "gateway.example")) == MESSAGE


def test_a_message_id_is_no_reply_token_and_the_other_way_round() -> None:
    """The same id under both names: each MAC says what it is for."""
    token = signs.sign_token(NEW, ConversationId(MESSAGE))
    assert signs.read_message_id([NEW], f"<on.{MESSAGE}.{token[25:]}@{DOMAIN}>") is None


@pytest.mark.parametrize("text", ["<>", "< >", "", "<on..@x>", f"<on.{MESSAGE}@{DOMAIN}>", f"<on.{MESSAGE}.@{DOMAIN}>"])
def test_empty_and_older_forms_are_never_accepted(text: str) -> None:
    assert signs.read_message_id([NEW], text) is None


def test_the_mac_has_at_least_128_bits() -> None:
    assert (signs.TOKEN_LENGTH - 25) * 5 >= 128


def test_huge_texts_cost_nothing() -> None:
    began = time.thread_time()
    for _ in range(1000):
        signs.read_message_id([NEW], "<on." + "a" * 1_000_000)
    assert time.thread_time() - began < 1
