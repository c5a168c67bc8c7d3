"""A real Redis for one test: ready in 50 ms, so nobody need share its channels and keys."""

from __future__ import annotations

from dataclasses import dataclass

from tests.peers.kept import Kept, answers, folder_for_server, free_port, need
from workshop.peers import REDIS


@dataclass(frozen=True, slots=True)
class RedisServer:
    """`server.kill()`, `.pause()` and `.start()` (which is empty again) are what can happen to it."""

    server: Kept
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


def launch() -> RedisServer:
    folder, port = folder_for_server("redis"), free_port()
    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    server = Kept(folder, [need(REDIS), "--port", str(port), *options], ready=answers(port))
    server.start()
    return RedisServer(server, port)
