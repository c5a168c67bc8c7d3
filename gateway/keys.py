"""The secret key and what is derived from it.

One secret, one subkey per purpose (HKDF): a token signed for replies can never pass as
a sealed setting. With several secrets the first signs and seals, all verify and open.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class NoKey(Exception):
    """There is no secret key to start with; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Subkeys by purpose, newest secret first. Never printed, never stored in the record."""

    secrets: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"Keys({len(self.secrets)})"

    def of(self, purpose: str) -> tuple[bytes, ...]:
        """The subkeys for a purpose, the first to sign with, all to verify with."""
        return tuple(HKDF(SHA256(), 32, None, purpose.encode()).derive(secret) for secret in self.secrets)

    def seal(self, plain: str, *, bound_to: str) -> bytes:
        """Encrypt a secret setting so that it opens only for the inbox and field it was made for."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.of("seal")[0]).encrypt(nonce, plain.encode(), bound_to.encode())

    def open(self, sealed: bytes, *, bound_to: str) -> str | None:
        """Decrypt; None when no key fits, and the secret has to be asked for again."""
        if len(sealed) < _NONCE:
            return None
        for key in self.of("seal"):
            try:
                return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode()).decode()
            except InvalidTag:
                continue
        return None


def load(given: str, *, data_dir: Path, must_be_given: bool) -> Keys:
    """The keys from the setting, else from `secret.key` in the data directory, made on first start.

    Raises NoKey with PostgreSQL, where several hosts must share one key, and where the
    file cannot be read or made.
    """
    if given:
        return Keys(tuple(part.strip().encode() for part in given.split(",") if part.strip()))
    if must_be_given:
        raise NoKey(
            "ONESTOP_SECRET_KEY is required with PostgreSQL: set it to a long random text, the same for every process."
        )
    path = data_dir / "secret.key"
    try:
        return Keys(_from_file(path))
    except OSError as why:
        raise NoKey(f"{path}: {why.strerror}. Give the key in ONESTOP_SECRET_KEY or make the file readable.") from why


def _from_file(path: Path) -> tuple[bytes, ...]:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        lines = path.read_text(encoding="ascii").split()
        if not lines:
            raise OSError(0, "is empty") from None
        return tuple(line.encode() for line in lines)
    secret = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    return (secret.encode(),)
