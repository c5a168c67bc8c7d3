"""Passwords are hashed in a thread, a few at a time, and unknown people cost as much as known ones."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from crm_core.rules.passwords import folded

AT_ONCE = 2
"""argon2id takes 64 MB each: more at once would be a way to fill the memory."""


class Passwords:
    """argon2id with the parameters of RFC 9106 (its low-memory profile), as argon2-cffi sets them."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def hashed(self, password: str) -> str:
        """What is kept of a password."""
        async with self._gate:
            return await asyncio.to_thread(self._hasher.hash, folded(password))

    async def fits(self, password: str, *, kept: str | None) -> bool:
        """Whether it is the password; `kept` is None for somebody unknown, who costs the same time."""
        async with self._gate:
            return await asyncio.to_thread(self._fits, folded(password), kept)

    def _fits(self, password: str, kept: str | None) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody has this password")
        try:
            self._hasher.verify(kept or self._nobody, password)
            return kept is not None
        except (VerificationError, InvalidHashError):
            return False
