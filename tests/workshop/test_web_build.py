"""The web part is built when it changed, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from web import build


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(build, "WEB", tmp_path)
    monkeypatch.setattr(build, "DIST", tmp_path / "dist")
    monkeypatch.setattr(build, "BUILT_FROM", tmp_path / "dist" / ".built-from")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.ts").write_text("let a = 1;")
    return tmp_path


def test_a_changed_source_changes_the_digest(web: Path) -> None:
    before = build.digest_of_sources()
    (web / "src" / "main.ts").write_text("let a = 2;")
    assert build.digest_of_sources() != before


def test_what_was_made_here_does_not(web: Path) -> None:
    before = build.digest_of_sources()
    for made in ("node_modules", "dist", ".svelte-kit"):
        (web / made).mkdir()
        (web / made / "x.js").write_text("x")
    assert build.digest_of_sources() == before


def test_it_asks_for_node_only_when_there_is_something_to_build(web: Path) -> None:
    (web / "dist").mkdir()
    build.BUILT_FROM.write_text(build.digest_of_sources())
    build.ensure_pages(node_elsewhere=lambda: pytest.fail("not needed"), say=pytest.fail)


def test_an_old_node_is_no_node(web: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, words in (("node", "echo v18.19.0"), ("npm", "true")):
        (web / name).write_text(f"#!/bin/sh\n{words}\n")
        (web / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{web}:/usr/bin:/bin")
    assert build.system_node() is None
    (web / "node").write_text("#!/bin/sh\necho v22.12.0\n")
    assert build.system_node() == web


def test_a_failed_build_shows_what_the_tool_said(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (web / "npm").write_text("#!/bin/sh\necho no such package; exit 1\n")
    (web / "npm").chmod(0o755)
    with pytest.raises(SystemExit, match="npm ci"):
        build.run(web, "npm", "ci")
    assert "no such package" in capsys.readouterr().err
