"""Sheets as somebody might scan them, printed for tests."""

from __future__ import annotations

import io
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from typing import Any

from channels.shared.paper import reading
from channels.shared.paper.sheet import Paper, Sheet

A4 = Paper(width=210, height=297, left=25, right=20, top=20, bottom=20)


@cache
def printed(*pages: str, code: str = "", language: str = "en") -> bytes:
    """A PDF with these words, a page each, and a code on the first."""
    sheet = Sheet(
        A4, size=12, title="A letter", at=datetime(2026, 11, 23, tzinfo=UTC), language=language, says="".join(pages)
    )
    with closing(sheet):
        for number, words in enumerate(pages):
            if number:
                sheet.page()
            sheet.words(words)
        if code:
            sheet.first()
            sheet.code(150, 230, 28, code)
        return sheet.pdf()


@cache
def scanned(pdf: bytes, *, form: str = "PNG", turned: float = 0, dpi: int = 200) -> bytes:
    """Its first page as a scanner sees it: no words, only a picture."""
    [picture] = [*reading.pictures(pdf, dpi=dpi, most=1)]
    return saved(picture.rotate(turned, fillcolor=255), form)


def saved(picture: Any, form: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **({"compression": "tiff_lzw"} if form == "TIFF" else {}))
    return out.getvalue()
