"""Our letters: the address where the window is, words and code as they are read back, and nothing that words could make it fetch."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest

from channels.contract import Opening, Undeliverable
from channels.letter import printing, reading
from channels.letter.channel import CHANNEL
from channels.letter.printing import DIN, US, Form
from channels.letter.settings import LetterSettings
from channels.shared.paper import reading as paper
from channels.shared.scans import looking
from crm_core.model.address import Address
from crm_core.model.ids import ConversationId, InboxId, MessageId
from crm_core.model.message import Delivery, Outbound
from crm_core.model.preferences import Need
from crm_core.rules import signs
from tests.channels.letter import paper as sheets

KEY = b"k" * 32
STRAND = ConversationId("0" * 25)
SETTINGS = LetterSettings(
    title="City of Larkhaven",
    title_zh="拉克港市政府",
    sender="City of Larkhaven · 1 Harbor Square",
    foot="Questions? 555 0100",
    zone="America/New_York",
)
WORDS = "Dear Mrs Doyle,\n\nYour new amount is $212.40 a month.\n\nYours sincerely,\nAnna Kowal"
LETTER = Outbound(
    MessageId("m"),
    InboxId("i"),
    Address("post", "12 Elm Row\nLarkhaven, LK 04431"),
    "Margaret Doyle",
    "Mailroom",
    WORDS,
    "<m>",
    datetime(2026, 11, 24, 3, tzinfo=UTC),
    "ON-6T3W-1174",
    subject="Re: Change of income",
    reply_token=signs.sign_token(KEY, STRAND),
    language="en",
)
POINTS = 72 / 25.4


def mailroom(**changes: Any) -> Any:
    settings = replace(SETTINGS, **changes)
    return CHANNEL.opener(Opening(InboxId("i"), None, "Mailroom", settings, "https://larkhaven.example", None))


def said_in(pdf: bytes, form: Form, *, x: float, y: float, width: float, height: float) -> str:
    """What stands in a rectangle of the first page, in millimetres from its upper left corner."""
    top = (form.paper.height or 0) - y
    with closing(pypdfium2.PdfDocument(pdf)) as document, closing(document[0].get_textpage()) as page:
        found: str = page.get_text_bounded(
            left=x * POINTS, bottom=(top - height) * POINTS, right=(x + width) * POINTS, top=top * POINTS
        )
        return found.replace("\r\n", "\n").strip()


@pytest.mark.parametrize(("country", "form"), [("US", US), ("DE", DIN)])
def test_what_the_window_shows_is_who_and_where_and_nothing_else(country: str, form: Form) -> None:
    pdf = mailroom(country=country).pages([LETTER])
    shown = said_in(
        pdf, form, x=form.window_x, y=form.window_y - 0.5, width=form.window_width, height=form.window_height
    )
    assert shown == "Margaret Doyle\n12 Elm Row\nLarkhaven, LK 04431"
    assert paper.words(pdf, most=1)[0].count("Margaret") == 1


async def test_words_number_and_signed_code_are_read_back_from_paper() -> None:
    pdf = mailroom().pages([LETTER])
    [words] = paper.words(pdf, most=9)
    for told in (
        *WORDS.split("\n\n")[1:2],
        "ON-6T3W-1174",
        "November 23, 2026",
        "Change of income",
        "Page 1 of 1",
        "Questions?",
    ):
        assert told in words
    assert "Re:" not in words
    found = await looking.look(pdf, languages="eng")
    [token] = reading.tokens(found)
    assert signs.read_token((KEY,), token) == STRAND
    assert found.codes == (printing.code_of(LETTER, public_url="https://larkhaven.example"),)


def test_it_is_in_the_language_of_whom_it_is_for_and_as_large_as_they_need() -> None:
    chinese = replace(LETTER, language="zh-CN", to_name="张薇", text="您的住址证明已通过审核。", subject="停车证续期")
    [words] = paper.words(mailroom().pages([chinese]), most=9)
    for told in ("拉克港市政府", "张薇", "您的住址证明已通过审核。", "2026年11月23日", "您的编号"):
        assert told in words
    large = replace(LETTER, text=f"{WORDS}\n\n" * 3, needs=(Need("large_print"),))
    pages = paper.words(mailroom().pages([large]), most=9)
    assert len(pages) == 2
    assert "Page 2 of 2" in pages[1]
    assert len(paper.words(mailroom().pages([replace(large, needs=())]), most=9)) == 1


@pytest.mark.parametrize(("duplex", "sheets"), [(True, ["a", "", "b", "b", "a", ""]), (False, ["a", "b", "b", "a"])])
def test_no_two_people_share_a_sheet(duplex: bool, sheets: list[str]) -> None:
    long = replace(LETTER, text="Line.\n" * 45, ticket_number="ON-BBBB-0000")
    pages = paper.words(mailroom(duplex=duplex).pages([LETTER, long, LETTER]), most=9)
    assert ["a" if "ON-6T3W" in page else "b" if "ON-BBBB" in page else page for page in pages] == sheets


@pytest.mark.parametrize(
    ("letter", "why"),
    [
        (replace(LETTER, to=Address("post", "")), "no postal address"),
        (replace(LETTER, to=Address("post", "One line\n" * 9)), "longer than the window"),
        (replace(LETTER, text="\U00012000"), "No font"),
    ],
)
async def test_what_cannot_be_printed_fails_with_the_reason_before_anybody_prints(letter: Outbound, why: str) -> None:
    with pytest.raises(Undeliverable, match=why):
        await mailroom().send(letter)


async def test_what_can_be_printed_waits_for_people() -> None:
    assert (await mailroom().send(LETTER)).delivery is Delivery.TO_PRINT


async def test_words_are_printed_and_never_fetch_anything() -> None:
    """osTicket, CVE-2026-22200: a citizen's words, quoted in an answer, made the PDF read files of the server."""
    asked: list[bytes] = []

    async def sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(sink, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    evil = (
        f'<img src="http://127.0.0.1:{port}/a.png"> <link rel="attachment" href="file:///etc/hostname">\n'
        f"@import url(http://127.0.0.1:{port}/b.css); ![c](file:///etc/passwd) {{{{ 7*7 }}}}\n**b** --u-- [x](file:///x)"
    )
    pdf = await asyncio.to_thread(mailroom().pages, [replace(LETTER, text=evil, to_name="<b>Eve</b>", subject=evil)])
    await asyncio.sleep(0.1)
    server.close()
    await server.wait_closed()
    assert asked == []
    [words] = paper.words(pdf, most=1)
    flat = "".join(words.split())
    for told in ('<linkrel="attachment"href="file:///etc/hostname">', "**b**--u--", "<b>Eve</b>", "{{7*7}}"):
        assert told in flat
    assert b"/URI" not in pdf
    assert b"/EmbeddedFile" not in pdf
    assert b"/JavaScript" not in pdf


def inked(words: str) -> list[tuple[int, int]]:
    """Where columns of the page hold ink, from and to, in a twentieth of a millimetre or so: letters that join are one."""
    [picture] = [*paper.pictures(sheets.printed(words), dpi=400, most=1)]
    grey = picture.convert("L")
    wide, high = grey.size
    rows = grey.tobytes()
    dark = [any(rows[row * wide + column] < 128 for row in range(high)) for column in range(wide)]
    edges = [at for at in range(1, wide) if dark[at] != dark[at - 1]]
    return list(zip(edges[::2], edges[1::2], strict=True))


def test_letters_that_join_are_joined_and_begin_at_the_right() -> None:
    joined, apart = inked("\u0628\u0628"), inked("\u0628\u200c\u0628")
    assert (len(joined), len(apart)) == (1, 2)
    middle = 210 / 25.4 * 400 / 2
    assert joined[0][0] > middle > inked("bb")[0][0]


@pytest.mark.parametrize(
    "words", ["مرحبا، تم تجديد تصريحك حتى 2027.", "שלום, אישור החניה שלך חודש.", "Your reference: مرحبا (ON-4F7K)."]
)
async def test_a_letter_in_arabic_or_hebrew_is_printed_like_any_other(words: str) -> None:
    assert (await mailroom().send(replace(LETTER, text=words))).delivery is Delivery.TO_PRINT
