"""The slip: on what the counter's printer holds, or on what was asked for; and the test button that draws one."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pypdfium2
import pytest

from channels.contract import Opening
from channels.counter import testing
from channels.counter.channel import CHANNEL
from channels.counter.settings import CounterSettings
from channels.paper import Slip, Slips, Sort
from channels.shared.paper import fonts
from crm_core.model.ids import InboxId

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)


def width(pdf: bytes) -> int:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        wide: float = document[0].get_width()
        return round(wide / 72 * 25.4)


@pytest.mark.parametrize(
    ("roll", "paper", "wide"), [(True, None, 80), (False, None, 148), (True, "sheet", 148), (False, "roll", 80)]
)
def test_a_slip_is_as_wide_as_the_printers_paper_unless_another_is_asked_for(
    roll: bool, paper: Sort | None, wide: int
) -> None:
    opening = Opening(InboxId("i"), None, "Counter", CounterSettings(roll=roll), "https://larkhaven.example", None)
    counter = CHANNEL.opener(opening)
    assert isinstance(counter, Slips)
    slip = Slip(
        number="ON-4F7K-2931",
        about="Parking",
        at=AT,
        promised=None,
        solved=True,
        follow="https://larkhaven.example/track",
        language="en",
        paper=paper,
    )
    assert width(counter.slip(slip)) == wide


async def test_the_test_draws_what_it_says_it_drew(monkeypatch: pytest.MonkeyPatch) -> None:
    able, drawn = await testing.test(CounterSettings(), name="Counter")
    assert able.well
    assert drawn.words["en"].startswith("A slip in English and in Chinese was drawn")
    whole = fonts.lacking
    monkeypatch.setattr(
        fonts, "lacking", lambda words: "".join(sign for sign in words if ord(sign) > 0x3000) or whole(words)
    )
    able, drawn = await testing.test(CounterSettings(), name="Counter")
    assert fonts.PACKAGES in able.todo["en"]
    assert drawn.words["en"].startswith("A slip in English was drawn")
