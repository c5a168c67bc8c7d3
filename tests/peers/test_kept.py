"""No server of the tests is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.peers.keeper import is_alive
from tests.peers.kept import Kept, folder_for_server, made_once, need
from workshop.peers import Peer


def wait_until(dead: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(dead):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_server_ends_when_its_owner_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    server = Kept(folder_for_server("kept"), ["sleep", "60"], ready=lambda: True, owner=owner.pid)
    server.start()
    pid = server.pid
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    wait_until(dead=pid)
    server.stop()
    deadline = time.monotonic() + 5
    while server.folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not server.folder.exists()


def test_a_server_that_does_not_start_says_why() -> None:
    server = Kept(folder_for_server("kept"), ["ls", "/no/such/place"], ready=lambda: False)
    with pytest.raises(RuntimeError, match="/no/such/place"):
        server.start()
    server.close()


def test_a_missing_program_fails_and_names_its_package() -> None:
    with pytest.raises(RuntimeError, match="imaginary-server"):
        need(Peer("Imaginary", ("no-such-program",), ("imaginary-server",)))


def test_what_is_made_once_is_read_by_all(tmp_path: Path) -> None:
    made = [made_once(tmp_path, "thing", lambda: {"n": 1}), made_once(tmp_path, "thing", lambda: {"n": 2})]
    assert made == [{"n": 1}, {"n": 1}]
