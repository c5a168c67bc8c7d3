"""What can be made out in raw input that no reader of ours could read."""

from __future__ import annotations

from base64 import b64encode, encodebytes
from binascii import b2a_qp
from time import process_time
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.address import Address
from crm_core.rules import salvage, text

SAID = "Wei Zhang <wei.zhang@example.org> writes: the lamp is broken, 路灯坏了, call (020) 5550-1423"
RAW = SAID.encode()
WAYS = {
    "plain": RAW,
    "base64": b"Content-Transfer-Encoding: base64\r\n\r\n" + encodebytes(RAW).replace(b"\n", b"\r\n"),
    "base64 in JSON": b'{"raw": "' + b64encode(RAW) + b'"}',
    "base64 in a Chinese charset": b'Content-Type: text/plain; charset="gb18030"\n\n'
    + encodebytes(SAID.encode("gb18030")),
    "quoted-printable": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b2a_qp(RAW),
    "an encoded word": b"Subject: =?utf-8?B?" + b64encode(RAW) + b"?=\r\n",
    "encoded words that cut everywhere": b"Subject: "
    + b"\r\n ".join(b"=?utf-8?B?" + b64encode(RAW[at : at + 10]) + b"?=" for at in range(0, len(RAW), 10)),
    "a form": b"text=" + quote_from_bytes(RAW).encode(),
    "JSON escapes": b'{"text": "' + SAID.encode("ascii", "backslashreplace").replace(b"\\U", b"\\u") + b'"}',
}


@pytest.mark.parametrize("raw", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    "typed",
    ["broken lamp", "路灯", "wei.zhang@example.org", "Wei.Zhang@Example.ORG", "zhang", "020 5550 1423", "55501423"],
)
def test_it_is_found_by_words_address_and_number_however_it_was_encoded(raw: bytes, typed: str) -> None:
    assert set(salvage.asked(typed)) <= set(salvage.terms(raw, around={}))


def test_it_is_found_by_what_came_around_it() -> None:
    around = {"headers": {"X-Sender": "ana@example.org"}, "recipients": ["hello@larkhaven.example"]}
    found = set(salvage.terms(b"", around=around))
    assert {*salvage.of(Address.mail("ana@example.org")), *salvage.asked("hello@larkhaven.example")} <= found


@pytest.mark.parametrize("before", ["", "to=", "'", "x:", "(", "mailto:"])
def test_an_address_is_found_whatever_stands_before_it(before: str) -> None:
    assert "ana@example.org" in salvage.terms(f"so {before}ana@example.org.".encode(), around={})


def test_another_address_with_the_same_words_is_another_one() -> None:
    found = set(salvage.terms(b"org@example.ana.example, ana.example@org.example", around={}))
    assert not set(salvage.of(Address.mail("ana@example.org"))) <= found


def test_a_picture_in_base64_brings_no_words() -> None:
    picture = encodebytes(bytes(range(256)) * 40)
    assert len(salvage.terms(picture, around={})) < len(picture) // 76 * 4


@pytest.mark.parametrize("hostile", ["a\x00b@example.org", "\x00@a.b", "\ud800@example.org"])
def test_an_address_with_signs_that_no_database_takes_loses_them(hostile: str) -> None:
    for found in (
        salvage.terms(hostile.encode("utf-8", "surrogatepass"), around={}),
        salvage.terms(b"", around={"from": hostile}),
    ):
        assert all("\x00" not in term and term.encode() for term in found)


@given(st.binary(max_size=400))
def test_any_bytes_at_all_give_terms_that_both_databases_take(raw: bytes) -> None:
    for term in salvage.terms(raw, around={}):
        term.encode()
        assert "\x00" not in term


@given(st.from_regex(r"[a-z][a-z0-9]{2,12}@[a-z]{3,10}\.example", fullmatch=True))
def test_whoever_is_erased_is_found_in_base64(mail: str) -> None:
    raw = b"\n\n" + encodebytes(f"I am {mail}, who else?".encode())
    assert set(salvage.of(Address.mail(mail))) <= set(salvage.terms(raw, around={}))


@pytest.mark.parametrize(
    "bit", [b"=?utf-8?B?", b"a@", b"@a.", b"1 ", b"+1(", b"AAAAAAAAAAAAA\n", b"=41", b"%41", b"\\u0041", b"a="]
)
def test_twice_the_hostile_bytes_take_twice_the_time(bit: bytes) -> None:
    def took(size: int) -> float:
        raw = bit * (size // len(bit))
        return min(_timed(raw) for _ in range(3))

    assert took(100_000) < 8 * took(25_000) + 0.05


def _timed(raw: bytes) -> float:
    begin = process_time()
    salvage.terms(raw, around={})
    return process_time() - begin


def test_words_are_those_of_every_search() -> None:
    assert salvage.asked("Straße groß") == tuple(text.query("Straße groß"))
