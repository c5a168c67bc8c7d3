"""What opens an account: sessions at browsers, tokens of programs. Only digests of secrets stand here."""

from dataclasses import dataclass
from datetime import datetime

from crm_core.model.ids import AgentId, AppKeyId, InboxId, TokenId


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in at a browser. `digest` is what is kept of the cookie."""

    digest: str
    agent: AgentId
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    @property
    def ref(self) -> str:
        """How lists name it: opens nothing."""
        return self.digest[:16]


@dataclass(frozen=True, slots=True)
class Token:
    """A program that acts for a member of staff; the secret itself is not kept."""

    id: TokenId
    agent: AgentId
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None = None
    """To the minute."""


@dataclass(frozen=True, slots=True)
class AppKey:
    """What a program of others brings to one inbox; it may file there, and nothing else. The secret itself is not kept."""

    id: AppKeyId
    inbox: InboxId
    digest: str
    name: str
    created_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    """To the minute."""


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know."""

    agent: AgentId
    password: str | None
