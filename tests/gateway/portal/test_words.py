"""Every language says everything, with the same places to fill in, and every word is used."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from string import Formatter

import pytest

from gateway.http.languages import LANGUAGES
from gateway.http.portal import look, words
from gateway.http.portal.words import KEYS, words_in
from workshop.places import ROOT

PORTAL = ROOT / "gateway" / "http" / "portal"


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_key_and_none_is_empty(language: str) -> None:
    found = words_in(language)
    assert [key for key in KEYS if not getattr(found, key).strip()] == []


@pytest.mark.parametrize("key", KEYS)
def test_a_text_has_the_same_places_in_every_language(key: str) -> None:
    assert len({frozenset(places(getattr(words_in(language), key))) for language in LANGUAGES}) == 1


def test_a_missing_key_is_an_error_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xx.toml").write_text('skip = "…"')
    monkeypatch.setattr(words, "_FOLDER", tmp_path)
    with pytest.raises(TypeError):
        words_in("xx")


def test_every_word_is_said_somewhere() -> None:
    said = "".join(path.read_text() for path in (*PORTAL.glob("*.py"), *PORTAL.glob("templates/*.html")))
    said = said.replace(PORTAL.joinpath("words.py").read_text(), "")
    by_name = {
        f"{name}_{part}"
        for name in (
            *("lost", "gone", "often", "heavy", "trouble", "full", "fault", "hurry", "foreign", "link_wrong"),
            *("files_gone", "feedback_gone", "prove"),
        )
        for part in ("title", "text")
    }
    unsaid = [
        key for key in KEYS if not re.search(rf"\b(w|words|words_in\(one\))\.{key}\b|by_language\(\"{key}\"\)", said)
    ]
    assert set(unsaid) <= by_name


def test_chinese_has_no_exclamation_and_says_nin() -> None:
    texts = "".join(getattr(words_in("zh"), key) for key in KEYS)
    assert not re.search("[!！亲你]", texts)


def test_the_pages_are_small() -> None:
    assert len(gzip.compress(look.static("portal.js")[0])) <= 15_000
    assert len(gzip.compress(look.static("portal.css")[0])) <= 12_000


THEMES = {"light": 0, "dark": 1, "hc-light": 2, "hc-dark": 3}


@pytest.mark.parametrize("theme", THEMES)
def test_the_colours_are_those_of_the_house(theme: str) -> None:
    tokens = (ROOT / "web" / "src" / "shared" / "tokens.css").read_text()
    house = re.search(rf'\[data-theme="{theme}"\] \{{(.*?)\n\}}', tokens, re.DOTALL)
    assert house
    theirs = dict(re.findall(r"--([a-z0-9-]+): ([^;]+);", house[1]))
    blocks = re.findall(r":root\{([^}]*)\}", look.static("portal.css")[0].decode())
    ours = dict(re.findall(r"--([a-z0-9-]+):(#[^;]+);", blocks[THEMES[theme]]))
    assert ours
    assert {name: theirs[name] for name in ours} == ours
