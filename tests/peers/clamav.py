"""A real clamd that knows one signature: that of the EICAR test file, so that it is ready at once and needs no network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tests.peers.kept import Kept, answers, folder_for_server, free_port, give_away, need
from workshop.peers import CLAMD

NAME = "Onestop.Eicar-Test"
STREAM_AT_MOST = 1024 * 1024

CONFIGURATION = """
Foreground yes
TCPSocket {port}
TCPAddr 127.0.0.1
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
StreamMaxLength {most}
MaxThreads 10
ConcurrentDatabaseReload no
"""


def eicar() -> bytes:
    """The harmless file that every scanner knows (eicar.org); put together here, so that no scanner finds it in our sources."""
    parts = ["X5O!P%@AP[4", "\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE", "!$H+H*"]
    return "".join(parts).encode()


@dataclass(frozen=True, slots=True)
class Clamd:
    """`server.kill()`, `.pause()` and `.start()` are what can happen to it."""

    server: Kept
    port: int

    @property
    def at(self) -> str:
        return f"127.0.0.1:{self.port}"


def launch() -> Clamd:
    folder, port = folder_for_server("clamd"), free_port()
    signatures = folder / "signatures"
    signatures.mkdir()
    hashed = hashlib.md5(eicar(), usedforsecurity=False).hexdigest()
    (signatures / "own.hdb").write_text(f"{hashed}:{len(eicar())}:{NAME}\n")
    configuration = folder / "clamd.conf"
    configuration.write_text(CONFIGURATION.format(port=port, folder=folder, most=STREAM_AT_MOST))
    for path in (signatures, signatures / "own.hdb", configuration):
        give_away(path)
    server = Kept(folder, [need(CLAMD), "--config-file", str(configuration)], ready=answers(port))
    server.start()
    return Clamd(server, port)
