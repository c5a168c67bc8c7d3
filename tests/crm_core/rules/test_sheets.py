"""Tables as people save them, and none that we write runs in anybody's spreadsheet."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.rules import sheets

ROWS = [("姓名", "邮箱"), ("王伟", "wang@example.org"), ("李, 娜", "li;na@example.org")]


def saved(encoding: str, separator: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(ROWS)
    return out.getvalue().encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", sheets.SEPARATORS)
def test_the_same_table_is_read_in_every_encoding_and_with_every_separator(encoding: str, separator: str) -> None:
    content = saved(encoding, separator)
    look = sheets.look(content)
    assert look.separator == separator
    assert look.headings == ROWS[0]
    assert [row for _, row in sheets.rows(content, look)] == ROWS[1:]


def test_rows_have_the_numbers_that_a_spreadsheet_shows_and_empty_ones_are_passed_over() -> None:
    content = b"name,mail\na,1\n,\n\nb,2\n"
    assert [number for number, _ in sheets.rows(content, sheets.look(content))] == [2, 5]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\x01\x02\x00", b"PK\x03\x04\x00\x00"])
def test_what_is_no_table_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(sheets.NoTable):
        sheets.look(content)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_no_cell_that_we_write_begins_as_a_formula(cells: list[str]) -> None:
    text = "".join(sheets.written([cells])).removeprefix("\ufeff")
    [read] = csv.reader(io.StringIO(text, newline="")) if any(cells) or len(cells) > 1 else [[""]]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in read)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_are_refused_in_words(content: bytes) -> None:
    rows: list[tuple[int, tuple[str, ...]]] = []
    with suppress(sheets.NoTable):
        rows = list(sheets.rows(content, sheets.look(content)))
    assert all(number > 1 for number, _ in rows)
