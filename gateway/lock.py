"""One server on one data directory: a second `serve` on the same SQLite file is refused."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoFolder(Exception):
    """The data directory cannot be used; the text names the setting."""


class InUse(Exception):
    """Another server holds the data directory."""


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold the data directory. Raises InUse or NoFolder; the kernel lets go if we die."""
    make_folder(data_dir)
    handle = os.open(data_dir / "serving.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as why:
            raise InUse(
                f"{data_dir} is served by another process already. Stop that one, or set ONESTOP_DATA_DIR."
            ) from why
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)


def make_folder(data_dir: Path) -> None:
    """See that there is a folder that we may write to. Raises NoFolder."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise NoFolder(
            f"ONESTOP_DATA_DIR: {data_dir} cannot be made a folder ({why.strerror}). Choose another place."
        ) from why
    if not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        raise NoFolder(
            f"ONESTOP_DATA_DIR: {data_dir} cannot be written to by this user. Change its owner, or choose another."
        )
