"""What an admin sets for one bot."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from channels.contract import Secret
from channels.shared.form import Link, Prose
from crm_core.model.ids import InboxId

_NONE = Secret("")
OFFICIAL = "https://api.telegram.org"
_TOKEN = re.compile(r"\d+:\S+")


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """Settings of one bot.

    token: what @BotFather gave (`123456:ABC…`).
    webhook: Telegram calls us (needs a public https address); otherwise we fetch.
    greeting: what the bot says to /start; empty: nothing.
    api: the address of the Bot API; only for a Bot API server of your own, or for tries.
    """

    token: Secret = _NONE
    webhook: bool = False
    greeting: Prose = ""
    api: Link = OFFICIAL

    def wrong(self) -> Iterator[str]:
        """What Telegram would not know."""
        if self.token and not _TOKEN.fullmatch(self.token):
            yield "token"
        parts = urlsplit(self.api)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            yield "api"

    @property
    def bot_id(self) -> str:
        """The bot's own number, the first part of its token."""
        return self.token.partition(":")[0]


def hook_secret(inbox: InboxId, settings: TelegramSettings) -> str:
    """What Telegram brings with each call: made from the token, so that it is kept nowhere and changes with it."""
    return hashlib.sha256(f"onestop webhook\0{inbox}\0{settings.token}".encode()).hexdigest()
