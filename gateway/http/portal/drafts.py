"""Forms that are being filled in, kept for seven days, readable only with the citizen's own cookie.

Each visitor has a folder named by the hash of a random token; what is in it is encrypted
with a key made from that token and ours. Whoever has the disk, or a backup of it, has
nothing; the record of the house holds nothing that was not sent.
"""

import hashlib
import hmac
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crm_core.model.errors import StoreFull
from gateway.http.portal.tokens import KEPT

TOKEN_LENGTH = 43  # 32 random bytes in base 64
MOST_BYTES = 2 * 1024**3
"""Bytes of all drafts together; beyond it files are refused, words are not."""
SWEPT_EVERY = 600
_NONCE = 12


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file that was added to a form, and the slot its content lies in."""

    slot: str
    key: str
    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that is being filled in. `submission` makes sending it twice one ticket."""

    slug: str
    submission: str
    began_at: datetime
    answers: dict[str, str] = field(default_factory=dict)
    files: tuple[DraftFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What the last page says about a form that was sent."""

    number: str
    submission: str
    service: str
    way: str
    due_at: datetime | None


class Drafts:
    """The folder of drafts. Its methods block: call them in a thread."""

    def __init__(self, folder: Path, *, keys: Sequence[bytes]) -> None:
        self._folder = folder
        self._keys = keys
        self._bytes = 0
        self._swept_at = 0.0

    @staticmethod
    def new_token() -> str:
        """What a visitor's cookie holds."""
        return secrets.token_urlsafe(32)

    def draft(self, token: str, *, slug: str) -> Draft | None:
        """The visitor's draft of this form, if there is one."""
        page = self._read(token, f"draft-{slug}")
        if page is None:
            return None
        files = tuple(DraftFile(**file) for file in page["files"])
        return Draft(slug, page["submission"], datetime.fromisoformat(page["began_at"]), page["answers"], files)

    def keep(self, token: str, draft: Draft) -> None:
        """Write a draft. Raises StoreFull."""
        self.sweep()
        page = asdict(draft) | {"began_at": draft.began_at.isoformat()}
        self._write(token, f"draft-{draft.slug}", json.dumps(page).encode())

    def add_file(self, token: str, draft: Draft, *, file: DraftFile, content: bytes) -> Draft:
        """The draft with one more file. Raises StoreFull where the folder holds all it may."""
        self.sweep()
        if self._bytes + len(content) > MOST_BYTES:
            raise StoreFull("The folder of drafts is full.")
        self._write(token, f"file-{file.slot}", content)
        self._bytes += len(content)
        return replace(draft, files=(*draft.files, file))

    def content(self, token: str, slot: str) -> bytes | None:
        """The content of a file of a draft."""
        return self._open(token, f"file-{slot}")

    def forget_file(self, token: str, draft: Draft, *, slot: str) -> Draft:
        """The draft without one of its files."""
        self._path(token, f"file-{slot}").unlink(missing_ok=True)
        return replace(draft, files=tuple(file for file in draft.files if file.slot != slot))

    def sent(self, token: str, draft: Draft, *, sent: Sent) -> None:
        """The form was taken: its words are forgotten, its number is kept."""
        page = asdict(sent) | {"due_at": sent.due_at.isoformat() if sent.due_at else None}
        self._write(token, f"sent-{sent.number}", json.dumps(page).encode())
        self.forget(token, draft)

    def forget(self, token: str, draft: Draft) -> None:
        """Nothing of a draft stays."""
        for file in draft.files:
            self._path(token, f"file-{file.slot}").unlink(missing_ok=True)
        self._path(token, f"draft-{draft.slug}").unlink(missing_ok=True)

    def sent_as(self, token: str, *, number: str = "", submission: str = "") -> Sent | None:
        """A form that this visitor sent, by its ticket's number or by its submission."""
        for known in self._sent(token):
            if known.number == number or known.submission == submission:
                return known
        return None

    def sweep(self) -> None:
        """Forget what is older than seven days, at most every ten minutes."""
        now = time.time()
        if now - self._swept_at < SWEPT_EVERY:
            return
        self._swept_at = now
        self._bytes = 0
        for visitor in self._folder.glob("*/*"):
            ages = [path.stat().st_mtime for path in visitor.glob("*")]
            if now - max(ages, default=0.0) > KEPT.total_seconds():
                shutil.rmtree(visitor, ignore_errors=True)
            else:
                self._bytes += sum(path.stat().st_size for path in visitor.glob("*"))

    def _sent(self, token: str) -> Iterator[Sent]:
        for path in sorted(self._room(token).glob("sent-*")):
            page = self._read(token, path.name)
            if page is not None:
                due_at = page.pop("due_at")
                yield Sent(**page, due_at=datetime.fromisoformat(due_at) if due_at else None)

    def _read(self, token: str, name: str) -> dict[str, Any] | None:
        plain = self._open(token, name)
        if plain is None:
            return None
        page: dict[str, Any] = json.loads(plain)
        return page

    def _open(self, token: str, name: str) -> bytes | None:
        """What lies there, or None: nothing, something too old, or something that this token does not open."""
        path = self._path(token, name)
        try:
            if time.time() - path.stat().st_mtime > KEPT.total_seconds():
                return None
            sealed = path.read_bytes()
        except OSError:
            return None
        for key in self._keys:
            try:
                return AESGCM(_mixed(key, token)).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
            except InvalidTag:
                continue
        return None

    def _write(self, token: str, name: str, plain: bytes) -> None:
        path = self._path(token, name)
        nonce = os.urandom(_NONCE)
        sealed = nonce + AESGCM(_mixed(self._keys[0], token)).encrypt(nonce, plain, name.encode())
        beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.write_bytes(sealed)
            beside.replace(path)
        except OSError as why:
            beside.unlink(missing_ok=True)  # half a draft helps nobody, and takes room
            raise StoreFull(f"A draft could not be kept: {why.strerror}.") from why

    def _path(self, token: str, name: str) -> Path:
        """Names are ours: slugs, numbers and random slots."""
        return self._room(token) / name.replace("/", "_")

    def _room(self, token: str) -> Path:
        """The token is hashed, never a path."""
        visitor = hashlib.sha256(token.encode()).hexdigest()
        return self._folder / visitor[:2] / visitor[2:]


def _mixed(key: bytes, token: str) -> bytes:
    return hmac.digest(key, b"onestop draft\0" + token.encode(), hashlib.sha256)
