"""Onestop as an operator runs it: a process of its own, on a real database, with real doors."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.kept import free_port
from tests.stories.warm import Forked, stove

ROOT = Path(__file__).parents[2]
READY_WITHIN = 30.0
_NUMBERS = itertools.count()
KEY = "a-secret-key-of-the-tests-that-is-long-enough"


@dataclass
class Service:
    """`onestop serve` in `folder`. `program` replaces `gateway` by a deliberately broken one; `cold`: from nothing."""

    folder: Path
    database_url: str = ""
    program: str = "gateway"
    arguments: tuple[str, ...] = ("serve",)
    more: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    http_port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    cold: bool = False
    ready_within: float = READY_WITHIN
    process: subprocess.Popen[bytes] | Forked | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the process sees; nothing of the tester's own settings."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("ONESTOP_")}
        return {
            **plain,
            "PYTHONPATH": str(ROOT),
            "ONESTOP_DATA_DIR": str(self.folder / "var"),
            "ONESTOP_HTTP": f"127.0.0.1:{self.http_port}",
            "ONESTOP_SMTP": f"127.0.0.1:{self.smtp_port}",
            "ONESTOP_SECRET_KEY": KEY,
            **({"ONESTOP_DATABASE_URL": self.database_url} if self.database_url else {}),
            **self.more,
        }

    def start(self, *, wait: bool = True) -> float:
        """Start it; the seconds until it was ready."""
        began = time.monotonic()
        self.process = self._cold() if self.cold or self.prefix else self._warm()
        while wait and not self.is_ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"it ended with {self.process.returncode}:\n{self.log()[-3000:]}")
            if time.monotonic() - began > self.ready_within:
                self.kill()
                raise RuntimeError(f"not ready within {self.ready_within} s:\n{self.log()[-3000:]}")
            time.sleep(0.01)
        return time.monotonic() - began

    def _warm(self) -> Forked:
        log = self.folder / "log"
        return stove().start(self.program, self.arguments, environment=self.environment, log=log, out=log)

    def _cold(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*self.prefix, sys.executable, "-m", self.program, *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        """Whether every listener is open and the schema current, by its own word."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """`kill -9`, the whole family."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, and wait for the clean end."""
        self._signal(signal.SIGTERM)
        assert self.process is not None
        assert self.process.returncode is not None
        return self.process.returncode

    def end(self) -> None:
        """Whatever of it still runs, at once."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Another command of the same installation, with more settings (`ONESTOP_HTTP=…`)."""
        number = next(_NUMBERS)
        said, printed = self.folder / f"stderr-{number}", self.folder / f"stdout-{number}"
        environment = {**self.environment, **more}
        began = stove().start(self.program, arguments, environment=environment, log=said, out=printed)
        code = began.wait(120)
        return subprocess.CompletedProcess(arguments, code, printed.read_text(), said.read_text())

    def log(self) -> str:
        """Everything it said."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait(30)
