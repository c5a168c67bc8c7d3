"""What tests need is installed where we may, and named where we may not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from workshop import peers
from workshop.peers import Peer

IMAGINARY = Peer("Imaginary", ("imaginary-server",), ("imaginary-package",))


def test_without_root_the_missing_package_is_named_and_the_run_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "can_install", lambda: False)
    with pytest.raises(SystemExit, match="imaginary-package"):
        peers.ensure([IMAGINARY])
    assert "Imaginary    MISSING" in capsys.readouterr().err


def test_as_root_it_is_installed_and_the_choice_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def install(packages: Sequence[str]) -> None:
        assert packages == ["imaginary-package"]
        (tmp_path / "imaginary-server").write_text("#!/bin/sh\n")
        (tmp_path / "imaginary-server").chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(peers, "can_install", lambda: True)
    monkeypatch.setattr(peers, "install", install)
    peers.ensure([IMAGINARY])
    assert str(tmp_path / "imaginary-server") in capsys.readouterr().err


def test_the_newest_version_of_a_server_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("9.6", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "old-server").write_text("#!/bin/sh\n")
        (tmp_path / version / "bin" / "old-server").chmod(0o755)
    versions = f"{tmp_path.relative_to('/')}/*/bin"
    assert Peer("Old", ("old-server",), (), folders=versions).find() == str(tmp_path / "17" / "bin" / "old-server")


def test_what_is_no_program_is_found_by_its_file(tmp_path: Path) -> None:
    font = Peer("Font", (), ("fonts-of-ours",), file=f"{tmp_path.relative_to('/')}/**/Ours-Regular.ttc")
    assert font.find() is None
    (tmp_path / "opentype").mkdir()
    (tmp_path / "opentype" / "Ours-Regular.ttc").touch()
    assert font.find() == str(tmp_path / "opentype" / "Ours-Regular.ttc")


def test_no_service_is_started_while_something_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(peers, "NO_SERVICES", policy)
    with peers.no_services():
        assert "exit 101" in policy.read_text()
    assert not policy.exists()
    policy.write_text("the owner's own")
    with peers.no_services():
        assert policy.read_text() == "the owner's own"
    assert policy.exists()
