"""A server of the tests: started as an ordinary user in a folder of its own, and never left behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from workshop.peers import Peer

KEEPER = Path(__file__).with_name("keeper.py")
READY_WITHIN = 60.0
BELOW_OUTGOING = (12_000, 32_000)
ORDINARY_USER = "nobody"


class Kept:
    """One server process in `folder`. `kill`, `pause` and `start` are for tests of what happens when it fails."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str],
        *,
        ready: Callable[[], bool],
        stop_with: signal.Signals = signal.SIGTERM,
        owner: int | None = None,
    ) -> None:
        self.folder = folder
        self._command = list(command)
        self._ready = ready
        self._stop_with = stop_with
        self._owner = owner or os.getpid()
        self._keeper: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the server answers."""
        (self.folder / "pid").unlink(missing_ok=True)
        words = [self._owner, self._stop_with.value, ORDINARY_USER, self.folder, *self._command]
        self._keeper = subprocess.Popen(
            [sys.executable, str(KEEPER), *map(str, words)], stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._wait_until_ready(self._keeper)

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    def kill(self) -> None:
        """As a power cut would: at once, and without a last word."""
        for pid in family(self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._wait_for_keeper()

    def pause(self) -> None:
        """It hangs: connections stay open and nothing answers."""
        for pid in family(self.pid):
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in family(self.pid):
            os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        if self._keeper and self._keeper.poll() is None:
            self._keeper.terminate()
            self._wait_for_keeper()

    def leave(self) -> None:
        """To its keeper, which ends it with the owner; this process forgets it."""
        if self._keeper:
            self._keeper.returncode = 0  # else Python complains that nobody waited for it
            self._keeper = None

    def close(self) -> None:
        """At once: nothing in it is worth an orderly end."""
        if self._keeper and self._keeper.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_until_ready(self, keeper: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not (self.folder / "pid").exists() or not self._ready():
            if keeper.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"{self._command[0]} did not start:\n{log[-2000:]}")
            time.sleep(0.01)

    def _wait_for_keeper(self) -> None:
        if self._keeper:
            self._keeper.wait(40)


def family(pid: int) -> list[int]:
    """The process and all below it; PostgreSQL's are each in a session of their own, so no group holds them."""
    command = ["ps", "-A", "-o", "pid=,ppid="]
    rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    parents = {int(row.split()[0]): int(row.split()[1]) for row in rows if row.strip()}
    found = [pid]
    for known in found:
        found.extend(child for child, parent in parents.items() if parent == known)
    return found


def need(peer: Peer) -> str:
    """The program of a peer. A missing one fails the test: a skip would look like a success."""
    found = peer.find()
    if not found:
        raise RuntimeError(f"{peer.name} is missing: `./onestop test` installs it, or: {' '.join(peer.packages)}")
    return found


def folder_for_server(name: str) -> Path:
    """Outside of pytest's own folders, which an ordinary user may not enter; short, for unix sockets."""
    folder = Path(tempfile.mkdtemp(prefix=f"onestop-{name}-"))
    give_away(folder)
    return folder


def give_away(path: Path) -> None:
    if os.geteuid() == 0:
        account = pwd.getpwnam(ORDINARY_USER)
        os.chown(path, account.pw_uid, account.pw_gid)


def free_port() -> int:
    """Free a moment ago; whoever takes it starts at once.

    Not one that the system gives to outgoing connections: a server that is started again must get its port back.
    """
    while True:
        port = random.randrange(*BELOW_OUTGOING)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def answers(port: int) -> Callable[[], bool]:
    def ask() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
        return False

    return ask


def owner_of_the_run() -> int:
    """The process that lives as long as the run: pytest itself, also where xdist's workers come and go."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def made_once(room: Path, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Made by the first worker that comes, read by all others of this run."""
    note = room / f"{name}.json"
    with locked(room / f"{name}.lock"):
        if not note.exists():
            note.write_text(json.dumps(make()))
        made: dict[str, Any] = json.loads(note.read_text())
        return made


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
