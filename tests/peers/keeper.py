"""Keeps a server for the tests and ends it with them, however they end (even `kill -9`).

    python keeper.py OWNER STOP_SIGNAL USER FOLDER COMMAND...

A pytest fixture cannot promise that: a killed pytest runs no teardown. This process watches the owner instead.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE = 20.0  # seconds between asking a server to stop and killing it


def main(owner: int, stop_with: int, user: str, folder: Path, command: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **become(user),
        )
    (folder / "pid").write_text(str(server.pid))
    try:
        with contextlib.suppress(ProcessLookupError):  # the owner is gone already
            until_one_ends(server.pid, owner)
        return server.poll() or 0
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is begun here is finished, whoever else asks for the end
        stop(server, stop_with)
        if not is_alive(owner):
            shutil.rmtree(folder, ignore_errors=True)


def until_one_ends(*pids: int) -> None:
    """Without looking again and again: half a dozen keepers wait as long as all tests take."""
    handles = [os.pidfd_open(pid) for pid in pids]
    select.select(handles, [], [])
    for handle in handles:
        os.close(handle)


def become(user: str) -> dict[str, Any]:
    """PostgreSQL refuses root, and a test should not need it."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(user)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def is_alive(pid: int) -> bool:
    """A zombie is dead: whoever should reap it may never do so."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def stop(server: subprocess.Popen[bytes], stop_with: int) -> None:
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGCONT)
    server.send_signal(stop_with)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]), sys.argv[5:]))
