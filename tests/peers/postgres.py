"""A real PostgreSQL, started as an ordinary user: one for the whole run, or one of your own to break."""

from __future__ import annotations

import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.peers.keeper import become
from tests.peers.kept import (
    ORDINARY_USER,
    Kept,
    folder_for_server,
    free_port,
    made_once,
    need,
    owner_of_the_run,
)
from workshop.peers import POSTGRES

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
COMMON = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. `room` is shared by all workers of the run."""

    port: int
    room: Path

    def url(self, database: str) -> str:
        return f"postgresql://onestop@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run it and return what psql prints, unaligned."""
        command = [program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise RuntimeError(f"{statement}: {done.stderr}")
        return done.stdout.strip()

    def template(self, name: str, build: Callable[[str], None]) -> str:
        """Built once per run by `build(url)`, which must leave no connection open; returns the name for `fresh`."""

        def make() -> dict[str, Any]:
            self.drop(self.url(name))  # what another worker began and could not finish
            self.sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
            build(self.url(name))
            return {"name": name}

        return str(made_once(self.room, f"template-{self.port}-{name}", make)["name"])

    def fresh(self, template: str = "template0") -> str:
        """The address of a new database, cloned from the template."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')


@dataclass(frozen=True, slots=True)
class PrivatePostgres:
    """A server of one test's own, with fsync on: `server.kill()` and `server.start()` are a power cut."""

    server: Kept
    postgres: Postgres


def shared(room: Path, *, name: str, settings: dict[str, str]) -> Postgres:
    """The run's server of that name; its keeper ends it with the run."""

    def make() -> dict[str, Any]:
        server, port = launch(room, settings, owner=owner_of_the_run())
        server.leave()
        return {"port": port}

    return Postgres(made_once(room, name, make)["port"], room)


def private(room: Path, *, owner: int | None = None) -> PrivatePostgres:
    server, port = launch(room, DURABLE, owner=owner)
    return PrivatePostgres(server, Postgres(port, room))


def launch(room: Path, settings: dict[str, str], *, owner: int | None) -> tuple[Kept, int]:
    folder, port = folder_for_server("pg"), free_port()
    data = folder / "data"
    subprocess.run(["cp", "-a", str(empty_cluster(room)), str(data)], check=True)
    chosen = {**COMMON, **settings, "unix_socket_directories": str(folder), "port": str(port)}
    flags = [word for key, value in chosen.items() for word in ("-c", f"{key}={value}")]
    ready = [program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    server = Kept(
        folder,
        [program("postgres"), "-D", str(data), *flags],
        ready=lambda: subprocess.run(ready, check=False).returncode == 0,
        stop_with=signal.SIGINT,
        owner=owner,
    )
    server.start()
    return server, port


def empty_cluster(room: Path) -> Path:
    """initdb takes seconds, a copy of its result a tenth: so once per run, into the folder that pytest clears."""

    def make() -> dict[str, Any]:
        folder = folder_for_server("pg-empty")
        rules = ["--auth=trust", "--username=onestop", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        as_ordinary_user([program("initdb"), "-D", str(folder / "data"), *rules])
        made = shutil.move(folder / "data", room / "empty-cluster")
        folder.rmdir()
        return {"data": str(made)}

    return Path(made_once(room, "empty-cluster", make)["data"])


def as_ordinary_user(command: list[str]) -> None:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **become(ORDINARY_USER))
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")


def program(name: str) -> str:
    """Beside the server, so that client and server are of one version."""
    return str(Path(need(POSTGRES)).with_name(name))
