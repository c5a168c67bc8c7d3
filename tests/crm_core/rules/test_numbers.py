import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.ticket import fresh_number
from crm_core.rules.numbers import named_in, read_number
from tests.crm_core.rules.made import PATIENT

NUMBER = "ON-4F7K-2934"
LETTERS, DIGITS = NUMBER[3:7], NUMBER[8:]
WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in NUMBER)


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        NUMBER.lower(),
        f"  {NUMBER}\n",
        f"#{NUMBER}",
        f"on {LETTERS} {DIGITS}",
        f"{LETTERS}{DIGITS}",
        " ".join(LETTERS + DIGITS),
        NUMBER.replace("-", "–"),
        NUMBER.replace("-", "."),
        WIDE,
        NUMBER.replace("-", "－"),
        f"ON:{LETTERS}/{DIGITS}",
    ],
)
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    assert read_number(typed) == NUMBER


@PATIENT
@given(st.builds(fresh_number))
def test_letters_that_look_like_digits_are_read_as_those(number: str) -> None:
    looks = str.maketrans({"0": "O", "1": "l", "5": "S", "8": "B"})
    assert read_number(number[:8] + number[8:].translate(looks)) == number


@pytest.mark.parametrize("typed", ["", "ON", "ON-4F7K", "hello", "2931", "ON-4F7K-29311", "ON-4F7K-2931" * 10, "٣" * 8])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_number(typed) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"About {NUMBER}, please.", [NUMBER]),
        (f"[{NUMBER.lower()}] and again {NUMBER}", [NUMBER]),
        (f"关于{NUMBER}的问题", [NUMBER]),
        (f"on {NUMBER[3:7]} {NUMBER[8:]}", [NUMBER]),
        (f"> Your number: {NUMBER}\nsomething else", []),
        (f"x{NUMBER} {NUMBER}7", []),
        ("ON-4F7K-0000 on Tuesday 2931", []),
    ],
)
def test_numbers_are_found_in_what_people_write_themselves(text: str, found: list[str]) -> None:
    assert named_in("Re: hello", text) == found


@PATIENT
@given(st.text(max_size=300))
def test_in_any_text_only_real_numbers_are_found(text: str) -> None:
    assert [number for number in named_in(text) if read_number(number) != number] == []


def test_one_wrong_digit_is_noticed() -> None:
    last = DIGITS[-1]
    for digit in set("0123456789") - {last}:
        assert read_number(NUMBER[:-1] + digit) is None


@PATIENT
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = read_number(text)
    assert found is None or read_number(found) == found
