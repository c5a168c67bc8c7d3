"""Files that are made from others are made again when they are stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop import generate


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    listed = tmp_path / "generated.toml"
    listed.write_text('[[file]]\npath = "made.md"\ncommand = ["python", "-c", "print(6 * 7)"]\n')
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "LIST", listed)
    return tmp_path


def test_a_stale_file_is_named_and_made_again(root: Path) -> None:
    (root / "made.md").write_text("41\n")
    good, words = generate.unchanged()
    assert not good
    assert "made.md" in words
    generate.main([])
    assert (root / "made.md").read_text() == "42\n"
    assert generate.unchanged()[0]


def test_a_command_that_fails_is_a_finding_not_a_crash(root: Path) -> None:
    generate.LIST.write_text('[[file]]\npath = "made.md"\ncommand = ["python", "-c", "raise SystemExit(\'no\')"]\n')
    good, words = generate.unchanged()
    assert not good
    assert "no" in words
