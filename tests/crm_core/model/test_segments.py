"""Segments, held to the tables of TS 23.038 by hand and to their own promise by chance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.segments import plain, segments

CHEAP = st.text(alphabet="abc XYZ 019 .,!? @£$¥èéùìò\näöñüà{}[]~^|€\\", max_size=700)
ANY = st.text(
    alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("您停车证€😀")), max_size=400
)


@pytest.mark.parametrize(
    ("text", "count", "units", "dear"),
    [
        ("", 0, 0, None),
        ("a" * 160, 1, 160, None),
        ("a" * 161, 2, 161, None),
        ("a" * 306, 2, 306, None),
        ("a" * 307, 3, 307, None),
        ("€" * 80, 1, 160, None),
        ("€" * 81, 2, 162, None),
        ("您" * 70, 1, 70, "您"),
        ("您" * 71, 2, 71, "您"),
        ("您" * 134, 2, 134, "您"),
        ("您" * 135, 3, 135, "您"),
        ("It’s free", 1, 9, "’"),
        ("😀" * 35, 1, 70, "😀"),
        ("😀" * 36, 2, 72, "😀"),
        ("Ç", 1, 1, None),
        ("ç", 1, 1, "ç"),
        ("`", 1, 1, "`"),
    ],
)
def test_a_text_takes_as_many_segments_as_the_standard_says(
    text: str, count: int, units: int, dear: str | None
) -> None:
    found = segments(text)
    assert (found.count, found.units, found.dear) == (count, units, dear)


def test_a_sign_of_two_units_is_never_cut_in_two() -> None:
    """153 septets a part: the 77th euro sign would begin at the last one."""
    assert [len(part) for part in segments("€" * 153).parts] == [76, 76, 1]


@given(st.one_of(CHEAP, ANY))
def test_the_parts_together_are_the_text_and_none_is_too_long(text: str) -> None:
    found = segments(text)
    assert "".join(found.parts) == text
    whole, part = (160, 153) if found.dear is None else (70, 67)
    room = whole if found.count <= 1 else part
    assert all(segments(one).units <= room or found.dear is not None for one in found.parts)
    assert all(len(one.encode("utf-16-le")) // 2 <= room for one in found.parts) or found.dear is None


@given(ANY)
def test_a_plain_text_takes_no_more_than_the_curly_one(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert not set("‘’“”–—…") & set(plain(text))
