"""What stands on paper: its own words, or Tesseract's reading; codes; and nothing that a scan could do to us."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from channels.shared.scans import looking, scan
from channels.shared.scans.scan import How, Scan
from tests.channels.letter.paper import printed, saved, scanned

WORDS = "Dear City Hall,\nthe street lamp before my house is dark since Monday."
HAN = "市政厅：我家门前的路灯从星期一起就不亮了。"
CODE = "https://larkhaven.example/track?number=ON-4F7K-2931#c=abcdefghjkmnpqrstvwxyz0123456789"
BOTH = "eng+chi_sim"


async def test_a_pdf_says_its_own_words_and_its_codes_are_read() -> None:
    found = await looking.look(printed(WORDS, "And a second page with more of it.", code=CODE), languages=BOTH)
    assert (found.how, found.pages, found.sure) == (How.OWN, 2, None)
    assert "street lamp" in found.text
    assert "second page" in found.text
    assert found.codes == (CODE,)
    assert found.picture


async def test_a_picture_is_read_in_both_languages_also_where_it_lies_askew() -> None:
    english, chinese = await asyncio.gather(
        looking.look(scanned(printed(WORDS, code=CODE), turned=1.5, form="TIFF"), languages=BOTH),
        looking.look(scanned(printed(HAN, language="zh")), languages=BOTH),
    )
    assert english.how is chinese.how is How.READ
    assert "street lamp" in english.text
    assert english.codes == (CODE,)
    assert "路灯" in chinese.text
    assert english.sure is not None
    assert english.sure > 60


async def test_without_a_reader_it_is_filed_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = await looking.look(scanned(printed(WORDS, code=CODE)), languages=BOTH)
    assert (found.how, found.text, found.codes) == (How.NO_READER, "", (CODE,))


def bomb() -> bytes:
    """Small, and a little more than 60 million pixels when it is opened."""
    return saved(Image.new("1", (10_000, 6_001)), "PNG")


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 and then nothing",
        b"II*\x00garbage",
        b"\x89PNG\r\n\x1a\ngarbage",
        b"\xff\xd8\xffgarbage",
        b"\x00\x00\x00\x18ftypheic....",
        b"<html>",
        b"",
    ],
)
async def test_what_is_broken_or_strange_is_said_to_be_so(content: bytes) -> None:
    assert (await looking.look(content, languages=BOTH)).how is How.UNREADABLE


async def test_what_would_fill_our_memory_or_take_for_ever_ends_by_itself() -> None:
    fat, slow = await asyncio.gather(
        looking.look(bomb(), languages=BOTH), looking.look(printed(WORDS), languages=BOTH, seconds=0)
    )
    assert fat.how is How.UNREADABLE
    assert slow.how in (How.UNREADABLE, How.OWN)


def test_what_the_other_process_says_is_read_as_it_was_written() -> None:
    told = Scan(How.READ, 3, "Wörter 路灯", ("a", "b"), 91, "cGlj")
    assert scan.read(told.write()) == told
    for wrong in ("", "[]", "null", '{"how": "x"}', io.StringIO().getvalue()):
        with pytest.raises((ValueError, TypeError, KeyError)):
            scan.read(wrong)


async def test_the_few_words_of_a_page_stay_where_its_picture_says_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = await looking.look(printed("Page 7"), languages=BOTH)
    assert (found.how, found.text) == (How.OWN, "Page 7")
