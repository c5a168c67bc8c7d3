"""Phone numbers and mail addresses as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.mailbox import mailbox
from crm_core.model.phone import e164


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("555 0142", "+15550142"),
        ("+1 555 0142", "+15550142"),
        ("(212) 555-0142", "+12125550142"),
        ("+351 912 345 678", "+351912345678"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("＋１ ２１２ ５５５ ０１４２", "+12125550142"),
        ("123", None),
        ("911", None),
        ("call me", None),
        ("555 0142 ext 3", None),
        ("", None),
        ("1" * 50, None),
    ],
)
def test_a_number_is_one_value_however_it_is_typed(typed: str, meant: str | None) -> None:
    assert e164(typed, country="US") == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (" wei@example.org ", "wei@example.org"),
        ("wei.zhang+city@sub.example.org", "wei.zhang+city@sub.example.org"),
        ("ｗｅｉ@example.org", "wei@example.org"),
        ("用户@例子.中国", "用户@例子.中国"),
        ("wei@example", None),
        ("wei", None),
        ("wei@@example.org", None),
        ("wei@example.org\nBcc: x@example.org", None),
        ("<wei@example.org>", None),
        ("wei@example..org", None),
        ("wei@-example.org", None),
        ("w" * 65 + "@example.org", None),
        ("wei@" + "a." * 200 + "org", None),
    ],
)
def test_a_mail_address_is_taken_where_it_can_be_one(typed: str, meant: str | None) -> None:
    assert mailbox(typed) == meant


@given(st.text())
def test_no_text_breaks_either(text: str) -> None:
    mailbox(text)
    e164(text, country="US")
