"""Proof of us to a mail provider that wants no password: an access token, fetched anew before it ends (RFC 6749).

With a refresh token we act for the person who gave it (§6); without one for ourselves (§4.4),
as an administrator of the provider allowed it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from channels.email.reach import by_name, is_refused
from channels.email.settings import EmailSettings
from channels.shared import wording

_WORDS = wording.beside(__file__)
SECONDS = 20.0
EARLY = 60.0
"""Seconds before its end at which a token is not used any more."""

LARGEST = 65_536


@dataclass(slots=True)
class Tokens:
    """Of one mailbox."""

    url: str
    client: str
    secret: str = field(repr=False)
    refresh: str = field(repr=False)
    scope: str = ""
    _token: str = field(default="", repr=False)
    _until: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, settings: EmailSettings) -> "Tokens | None":
        """As a mailbox's settings name them; None where it is opened by password."""
        if not settings.token_url:
            return None
        return cls(
            settings.token_url, settings.client, settings.client_secret, settings.refresh_token, settings.token_scope
        )

    async def current(self) -> str:
        """A token that still holds for a while. Raises Unavailable."""
        async with self._asking:
            if monotonic() > self._until:
                told = await self._asked()
                self._token = str(told["access_token"])
                self._until = monotonic() + float(told.get("expires_in", 300)) - EARLY
            return self._token

    async def _asked(self) -> Mapping[str, Any]:
        await self._permitted()
        try:
            timeout = aiohttp.ClientTimeout(total=SECONDS)
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(self.url, data=self._asking_for(), allow_redirects=False) as answer,
            ):
                told = await answer.json(content_type=None)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as why:
            raise _WORDS.unavailable("no_token", why=type(why).__name__) from why
        if not isinstance(told, dict) or "access_token" not in told:
            error = str(told.get("error", answer.status)) if isinstance(told, dict) else str(answer.status)
            raise _WORDS.unavailable("token_refused", why=error[:100])
        return told

    def _asking_for(self) -> dict[str, str]:
        proof = {"client_id": self.client, "client_secret": self.secret}
        scope = {"scope": self.scope} if self.scope else {}
        if self.refresh:
            return {"grant_type": "refresh_token", "refresh_token": self.refresh, **proof, **scope}
        return {"grant_type": "client_credentials", **proof, **scope}

    async def _permitted(self) -> None:
        """By TLS, or this very machine; and never where nobody's provider can be."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        near = host in ("localhost", "127.0.0.1", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and near):
            raise _WORDS.unavailable("token_plain")
        try:
            found = await by_name(host)
        except OSError as why:
            raise _WORDS.unavailable("token_unfound", host=host, why=why) from why
        if any(is_refused(address) for _, address in found):
            raise _WORDS.unavailable("token_nowhere", host=host)
