"""Starts the product in a tenth of the time: a process that has served once forks for each start.

What is forked is a process of its own, with its own session, and dies as one. What a first start imports
and compiles is nearly all of its processor time, and the tests start the product hundreds of times.

    python -m tests.stories.warm       one JSON command a line on stdin, one JSON answer a line on stdout
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import json
import logging
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Forked:
    """A started process; as much of `subprocess.Popen` as stories need."""

    def __init__(self, stove: Stove, pid: int) -> None:
        self._stove = stove
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._stove.ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float) -> int:
        if self.returncode is None:
            self.returncode = self._stove.ask({"poll": self.pid, "seconds": timeout})
        if self.returncode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return self.returncode


class Stove:
    """The warm process. It ends with this one, and takes with it what it started."""

    def __init__(self) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("ONESTOP_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            env={**plain, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        atexit.register(self.close)

    def start(
        self, program: str, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path, out: Path
    ) -> Forked:
        """`python -m program arguments`, with this environment; stderr goes to `log`, stdout to `out`."""
        order = {
            "program": program,
            "arguments": list(arguments),
            "environment": dict(environment),
            "log": str(log),
            "out": str(out),
        }
        return Forked(self, int(self.ask(order)))

    def ask(self, order: Mapping[str, Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        for end in (self._process.stdin, self._process.stdout):
            if end is not None:
                end.close()
        self._process.wait()


@cache
def stove() -> Stove:
    """One for each worker of the run."""
    return Stove()


def main() -> None:
    """Obey until stdin ends; then nothing is left behind."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_rehearsed(folder))
    assert threading.active_count() == 1, "a thread would not live on in what is forked"
    gc.freeze()
    children: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        answer = _ended(order, children) if "poll" in order else _forked(order, children)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)


async def _rehearsed(folder: str) -> None:
    """Served once, on a record of its own, and asked whether it is ready."""
    from config.settings import load
    from gateway.serve import Plan, serving

    nowhere = {"ONESTOP_DATA_DIR": folder, "ONESTOP_HTTP": "127.0.0.1:0", "ONESTOP_SMTP": "127.0.0.1:0"}
    async with serving(load(nowhere), Plan()):
        pass


def _ended(order: Mapping[str, Any], children: set[int]) -> int | None:
    """How it ended; None while it lives (after waiting, if asked, so many seconds)."""
    deadline = time.monotonic() + order.get("seconds", 0)
    while True:
        pid, status = os.waitpid(order["poll"], os.WNOHANG)
        if pid:
            children.discard(pid)
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.005)


def _forked(order: Mapping[str, Any], children: set[int]) -> int:
    child = os.fork()
    if child:
        children.add(child)
        return child
    os.setsid()
    appending = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    for number, (name, flags) in enumerate(
        ((os.devnull, os.O_RDONLY), (order["out"], appending), (order["log"], appending))
    ):
        os.dup2(os.open(name, flags, 0o644), number)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = [order["program"], *order["arguments"]]
    code: Any = 0
    logging.root.handlers.clear()
    try:
        runpy.run_module(order["program"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter itself would
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
