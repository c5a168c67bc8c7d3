"""What a newcomer meets: a clean checkout, only Python on the path, nobody's settings; and the installed wheel.

The sources are those that git knows of, so a file that somebody forgot to add is missing here too.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.peers.keeper import become
from tests.peers.kept import ORDINARY_USER, free_port, give_away
from tests.stories.conftest import Say
from tests.stories.face import allowed
from tests.stories.service import ROOT

pytestmark = pytest.mark.long

READY_AT_FIRST = 900.0
"""Libraries, Node.js, the web part and the sample city, on a slow line and a busy machine."""

ANY_MACHINE_HAS = ("sh", "env", "uname", "dirname", "basename", "readlink", "sed", "cat", "ls", "mkdir", "rm")
HOW_IT_REACHES_ITS_MIRROR = re.compile(r"(?i)PIP_|NPM_CONFIG_|UV_|SSL_CERT|NODE_EXTRA_CA|(https?|no|all)_PROXY$")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody without rights, in a folder of their own, who has Python and nothing else that we need."""

    folder: Path
    http: int
    smtp: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def environment(self) -> Mapping[str, str]:
        """`env -i`, but for how this machine reaches its package mirror."""
        mirror = {name: value for name, value in os.environ.items() if HOW_IT_REACHES_ITS_MIRROR.match(name)}
        return {
            **mirror,
            "PATH": str(self.folder / "bin"),
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "ONESTOP_HTTP": f"127.0.0.1:{self.http}",
            "ONESTOP_SMTP": f"127.0.0.1:{self.smtp}",
        }

    def run(self, *command: str, where: str = ".") -> str:
        """What it printed; it must succeed."""
        done = subprocess.run(
            command,
            cwd=self.folder / where,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **become(ORDINARY_USER),
        )
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-3000:]}"
        return str(done.stdout)

    @contextlib.contextmanager
    def serving(self, *command: str, where: str, within: float) -> Iterator[tuple[float, Path]]:
        """`… serve …` until it is ready; the seconds it took, and the file of what it said. It must end with 0."""
        said = self.folder / "said"
        began = time.monotonic()
        with said.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=self.folder / where,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                **become(ORDINARY_USER),
            )
        try:
            while not self._is_ready():
                assert process.poll() is None, f"it ended with {process.returncode}:\n{said.read_text()[-3000:]}"
                assert time.monotonic() - began < within, f"not ready within {within} s:\n{said.read_text()[-3000:]}"
                time.sleep(0.02)
            yield time.monotonic() - began, said
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, said.read_text()[-3000:]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def page(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return bytes(answer.read()).decode()

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
        return False


@pytest.fixture
def newcomer() -> Iterator[Newcomer]:
    folder = Path(tempfile.mkdtemp(prefix="onestop-newcomer-"))
    for name in ("bin", "home", "checkout"):
        (folder / name).mkdir()
    (folder / "bin" / "python3").symlink_to(_python_for_anybody())
    for name in ANY_MACHINE_HAS:
        program = shutil.which(name)
        assert program, f"{name} is missing"
        (folder / "bin" / name).symlink_to(program)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder / "checkout")], input=archive, check=True)
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            give_away(path)
    yield Newcomer(folder, free_port(), free_port())
    shutil.rmtree(folder)


def test_two_words_start_it_from_a_clean_checkout_and_the_second_start_takes_three_seconds(
    newcomer: Newcomer, record_property: Say
) -> None:
    start = ("python3", "./onestop", "serve", "--sample")
    with newcomer.serving(*start, where="checkout", within=READY_AT_FIRST) as (first, said):
        record_property("first start s", f"{first:.0f}")
        _until(lambda: said.read_text().count("/console/sign-in?link=") == 3, why="three ways in are printed")
        assert "Sample city: 100 %" in said.read_text(), "progress is shown"
        _is_the_built_page(newcomer)
        assert "Larkhaven" in newcomer.page("/")
    with newcomer.serving(*start, where="checkout", within=60) as (second, _):
        record_property("second start s", f"{second:.1f}")
        _is_the_built_page(newcomer)
    assert second < allowed(3), "ready within three seconds, where nobody else uses the machine"


def test_the_wheel_brings_the_same_command_and_the_built_pages(newcomer: Newcomer, record_property: Say) -> None:
    began = time.monotonic()
    newcomer.run("python3", "-m", "venv", "building")
    newcomer.run("../building/bin/pip", "wheel", "-q", "--no-deps", "-w", "../wheels", ".", where="checkout")
    [wheel] = (newcomer.folder / "wheels").glob("onestop-*.whl")
    shutil.rmtree(newcomer.folder / "checkout")
    newcomer.run("python3", "-m", "venv", "installed")
    newcomer.run("installed/bin/pip", "install", "-q", str(wheel))
    record_property("built and installed after s", f"{time.monotonic() - began:.0f}")
    with newcomer.serving("../installed/bin/onestop", "serve", where="home", within=60):
        _is_the_built_page(newcomer)
        assert newcomer.page("/")
    assert (newcomer.folder / "home" / "var" / "onestop.db").exists()


def _is_the_built_page(newcomer: Newcomer) -> None:
    page = newcomer.page("/console")
    [script, *_] = re.findall(r'<script[^>]+src="([^"]+)"', page)
    assert len(newcomer.page(script)) > 1000, "the page's own script is there"


def _python_for_anybody() -> str:
    """A Python that an ordinary user may run: the machine's own, if it is new enough."""
    asks = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
    for folder in ("/usr/local/bin", "/usr/bin", *os.environ.get("PATH", "").split(":")):
        found = shutil.which("python3", path=folder)
        if found and _works([found, "-c", asks]):
            return found
    pytest.fail("There is no Python ≥ 3.11 with venv that an ordinary user may run.")


def _works(command: list[str]) -> bool:
    with contextlib.suppress(OSError):
        done = subprocess.run(command, check=False, capture_output=True, cwd="/", **become(ORDINARY_USER))
        return done.returncode == 0
    return False


def _until(true: object, *, why: str, seconds: float = 30) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, why
        time.sleep(0.05)
