"""`./onestop` installs once, then only hands over."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from workshop.places import ROOT

FAKE_PYTHON = """#!/bin/sh
echo "python $*" >> "{log}"
case "$*" in *gateway*) exit 7;; esac
"""
FAKE_UV = """#!/bin/sh
echo "uv $*" >> "{log}"
exit {code}
"""
FAKE_WEB = """
def ensure_tools(**_): pass
def ensure_pages(**_): pass
def digest_of_sources(): return "same"
def is_current(digest): return True
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A work tree whose .venv only writes down what it is asked to run."""

    root: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.root / "onestop"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")

    def ran(self) -> Sequence[str]:
        return (self.root / "log").read_text().splitlines()

    def is_installed(self, *names: str) -> None:
        digest = hashlib.sha256(
            b"".join((self.root / "locks" / f"{name}.txt").read_bytes() for name in ("run", "test"))
        )
        stamp = {name: digest.hexdigest() for name in names}
        (self.root / ".venv" / ".installed-from").write_text(json.dumps(stamp))

    def uv_says(self, code: int) -> None:
        self.program("uv", FAKE_UV.format(log=self.root / "log", code=code))

    def program(self, name: str, text: str) -> None:
        path = self.root / ".venv" / "bin" / name
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    shutil.copy(ROOT / "onestop", tmp_path)
    shutil.copytree(ROOT / "locks", tmp_path / "locks")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "build.py").write_text(FAKE_WEB)
    made = Place(tmp_path)
    made.program("python", FAKE_PYTHON.format(log=tmp_path / "log"))
    made.uv_says(0)
    return made


def test_it_hands_over_arguments_and_exit_code(place: Place) -> None:
    place.is_installed("run")
    done = place.run("token", "admin@larkhaven.example")
    assert done.returncode == 7
    assert (done.stdout, done.stderr) == ("", "")
    assert place.ran() == ["python -P -m gateway token admin@larkhaven.example"]


def test_a_second_start_costs_less_than_a_fifth_of_a_second(place: Place) -> None:
    place.is_installed("run")

    def seconds() -> float:
        """Of the processor, not of the clock: what else runs on this machine is not our cost."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        place.run("doctor")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(5)) < 0.2


def test_it_installs_by_hash_when_a_lock_changed(place: Place) -> None:
    place.is_installed("run")
    with (place.root / "locks" / "run.txt").open("a") as lock:
        lock.write("# another day\n")
    done = place.run("doctor")
    pip, uv, gateway = place.ran()
    assert "--require-hashes" in pip
    assert pip.endswith("locks/boot.txt")
    assert uv.endswith("locks/run.txt")
    assert gateway == "python -P -m gateway doctor"
    assert "installing libraries" in done.stderr
    assert done.stdout == ""
    place.run("doctor")
    assert len(place.ran()) == 4


def test_pip_does_it_with_the_same_hashes_where_uv_cannot(place: Place) -> None:
    place.uv_says(1)
    place.run("doctor")
    *_, pip, _ = place.ran()
    assert "--require-hashes" in pip
    assert pip.endswith("locks/run.txt")


def test_who_changes_onestop_keeps_the_tools_when_a_lock_changes(place: Place) -> None:
    place.run("lock")
    with (place.root / "locks" / "run.txt").open("a") as lock:
        lock.write("# another day\n")
    place.run("doctor")
    assert [line for line in place.ran() if line.startswith("uv")][-1].endswith("locks/test.txt")
    assert "python -P -m workshop lock" in place.ran()


# ---------------------------------------------------------------- Debian keeps venv in a package of its own


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, on a Python without ensurepip."""
    loader = SourceFileLoader("onestop_script", str(ROOT / "onestop"))
    spec = importlib.util.spec_from_loader("onestop_script", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}")
    return module


def test_without_root_it_says_the_one_line_that_helps(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SystemExit) as stopped:
        script.make_venv(tmp_path / "venv")
    assert stopped.value.code == 3
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "venv").exists()


def test_as_root_it_installs_the_package(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(script, "run", lambda command, **_: ran.append(" ".join(command)))
    script.make_venv(tmp_path / "venv")
    _update, install, make = ran
    assert install.endswith("python3-venv")
    assert make.endswith(f"-m venv {tmp_path / 'venv'}")
