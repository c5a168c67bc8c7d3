"""The secret key: what it seals opens only where it was sealed for, and several keys live side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.keys import Keys, NoKey, load

PLACE = "inbox-1/relay"


def keys(*secrets: str) -> Keys:
    return Keys(tuple(secret.encode() for secret in secrets))


def test_a_sealed_secret_opens_only_for_its_inbox_and_field() -> None:
    sealed = keys("one").seal("hunter2", bound_to=PLACE)
    assert keys("one").open(sealed, bound_to=PLACE) == "hunter2"
    assert keys("one").open(sealed, bound_to="inbox-2/relay") is None
    assert keys("one").open(sealed, bound_to="inbox-1/token") is None
    assert b"hunter2" not in sealed


def test_the_same_secret_sealed_twice_looks_different() -> None:
    assert keys("one").seal("hunter2", bound_to=PLACE) != keys("one").seal("hunter2", bound_to=PLACE)


@pytest.mark.parametrize("at", [0, 11, 12, 15, -1])
def test_a_changed_bit_does_not_open(at: int) -> None:
    sealed = bytearray(keys("one").seal("hunter2", bound_to=PLACE))
    sealed[at] ^= 1
    assert keys("one").open(bytes(sealed), bound_to=PLACE) is None


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 12])
def test_what_is_no_sealed_secret_does_not_open(content: bytes) -> None:
    assert keys("one").open(content, bound_to=PLACE) is None


def test_of_several_keys_the_first_seals_and_all_open() -> None:
    old, both, new = keys("old"), keys("new", "old"), keys("new")
    assert both.open(old.seal("x", bound_to=PLACE), bound_to=PLACE) == "x"
    sealed = both.seal("x", bound_to=PLACE)
    assert new.open(sealed, bound_to=PLACE) == "x"
    assert old.open(sealed, bound_to=PLACE) is None


def test_a_subkey_of_one_purpose_is_none_of_another() -> None:
    both = keys("new", "old")
    assert len({*both.of("seal"), *both.of("reply")}) == 4
    assert both.of("seal")[1] == keys("old").of("seal")[0]


def test_a_comma_list_is_several_keys(tmp_path: Path) -> None:
    given = load(" new , old ,, ", data_dir=tmp_path, must_be_given=True)
    assert given.secrets == (b"new", b"old")
    assert not (tmp_path / "secret.key").exists()


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = load("", data_dir=tmp_path / "new", must_be_given=False)
    path = tmp_path / "new" / "secret.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert load("", data_dir=tmp_path / "new", must_be_given=False) == first
    assert len(first.secrets[0]) >= 43, "256 bits at least"


def test_a_key_file_with_two_lines_is_two_keys(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("new\nold\n")
    assert load("", data_dir=tmp_path, must_be_given=False).secrets == (b"new", b"old")


def test_an_empty_key_file_is_refused_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(NoKey, match=r"secret\.key"):
        load("", data_dir=tmp_path, must_be_given=False)
    assert (tmp_path / "secret.key").read_text() == ""


def test_keys_never_show_themselves() -> None:
    assert "hunter2" not in f"{keys('hunter2')!r} {keys('hunter2')!s}"
