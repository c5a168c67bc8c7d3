"""The folder of large contents, each a file named by the SHA-256 of its bytes.

Small ones are a row in the same transaction as what they belong to. Larger ones are a
file here, synced to disk before the commit that names it.
"""

import asyncio
import os
import tempfile
from pathlib import Path

from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.blob import ROW_AT_MOST, Blob
from crm_core.model.blob import digest as digest_of
from crm_core.model.errors import StoreFull
from crm_core.queries import contents


class FileStore:
    """A content-addressed folder. Its methods block: call them in a thread."""

    def __init__(self, folder: Path, *, scanned: bool = False) -> None:
        """`scanned`: a virus scanner looks at what comes in, before anybody opens it."""
        self._folder = folder
        self._scanned = scanned

    def keep(self, content: bytes) -> Blob:
        """Make a content ready for the record; large ones are on disk when this returns. Raises StoreFull."""
        digest = digest_of(content)
        if len(content) <= ROW_AT_MOST:
            return Blob(digest, len(content), content, unchecked=self._scanned)
        try:
            self._write(digest, content)
        except OSError as why:
            raise StoreFull(f"A file could not be stored: {why.strerror}.") from why
        return Blob(digest, len(content), None, unchecked=self._scanned)

    def read(self, digest: str) -> bytes:
        """A content kept as a file. Raises FileNotFoundError."""
        return self.path(digest).read_bytes()

    def path(self, digest: str) -> Path:
        """Where a content lies; two levels of folders keep each small."""
        return self._folder / digest[:2] / digest[2:4] / digest

    def shred(self, digest: str) -> None:
        """Take a content off the disk: overwritten first, for what a file system keeps of a name it forgot."""
        path = self.path(digest)
        try:
            with path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            return
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def _write(self, digest: str, content: bytes) -> None:
        path = self.path(digest)
        if not path.exists():
            self._write_anew(path, content)
        for folder in (path.parent, path.parent.parent, self._folder):  # also where another is just about to
            _sync_folder(folder)

    def _write_anew(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


async def opened(digest: str, *, desk: Desk, actor: Actor, files: FileStore) -> bytes:
    """A content that is to be shown, sent or handed out: the one way to it, whatever the door.

    Raises FileHeld where the virus scanner has not passed it, Gone or FileNotFoundError where it is not kept any more.
    """
    content = await desk.ask(actor, contents.content, digest)
    return await asyncio.to_thread(files.read, digest) if content is None else content


def _sync_folder(folder: Path) -> None:
    """Without this the file's name may be lost in a power cut, though its bytes are not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
