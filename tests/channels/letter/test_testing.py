"""The test button of a mailroom says what is here and what is missing, with what to do about it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from channels.contract import Opening, Verdict
from channels.letter import testing
from channels.letter.settings import LetterSettings
from channels.shared.paper import fonts
from crm_core.model.ids import InboxId


def opening(settings: LetterSettings) -> Opening:
    return Opening(InboxId("i"), None, "Mailroom", settings, "https://larkhaven.example", None)


async def test_a_mailroom_that_is_ready_says_so_of_each_part_and_its_own_letter_comes_back(tmp_path: Path) -> None:
    found = await testing.test(opening(LetterSettings(drop=str(tmp_path))))
    assert [one.words["en"].split()[1] for one in found if one.well] == ["drop", "is", "for", "letter", "it"]
    assert [(one.step, one.verdict) for one in found[3:]] == [("page", Verdict.WELL), ("page", Verdict.LOOK)]
    assert os.listdir(tmp_path) == [], "nothing stays in the folder"  # noqa: PTH208 - a moment's look


async def test_what_is_missing_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = LetterSettings(drop="/nowhere/at/all", languages="eng+tlh")
    monkeypatch.setattr(fonts, "lacking", str)
    folder, language, font, page = await testing.test(opening(settings))
    assert [one.well for one in (folder, language, font, page)] == [False] * 4
    assert page.words["en"].startswith("No letter can be printed with these settings")
    assert "/nowhere/at/all" in folder.words["zh"]
    assert language.words["en"] == "Tesseract does not know tlh."
    assert fonts.PACKAGES in font.todo["en"]
    monkeypatch.setenv("PATH", "/nowhere")
    [reader, _] = await testing.equipment(replace(settings, drop=""))
    assert "apt-get install" in reader.todo["en"]
