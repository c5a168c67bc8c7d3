"""What an admin sets for one mailbox."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from channels.contract import Secret
from channels.shared.charset import is_charset
from channels.shared.form import Lines, Link, Prose

_NONE = Secret("")
_SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """`relay` is this mailbox's own way out, instead of the installation's: `smtp[s]://[user:pass@]host:port`.

    `sender_name` stands in From instead of the agent's; `signature` under every answer.
    `charsets` are Python codecs to try, in order, where a mail does not say its own
    (comma-separated, or a line each): what people here write in.

    `mailbox` is where mail is fetched, beside what our own receiver takes:
    `imap[s]://user[:pass@]host[:port][/folder]`. `checked_by`: the name under which its provider
    writes what it found out about a sender (the first word of Authentication-Results;
    comma-separated, or a line each), believed only if set. Instead of a password, an access token from
    `token_url`, asked for as `client` with `client_secret`: by a `refresh_token`, or without
    one for ourselves; `token_scope` where the provider wants one named. The relay takes the same.

    `selectors` are those by which the relay signs (DKIM; comma-separated, or a line each): the
    test looks whether their keys are published.
    """

    sender_name: str = ""
    signature: Prose = ""
    relay: Secret = _NONE
    charsets: Lines = "gb18030"
    mailbox: Secret = _NONE
    checked_by: Lines = ""
    token_url: Link = ""
    client: str = ""
    client_secret: Secret = _NONE
    refresh_token: Secret = _NONE
    token_scope: str = ""
    selectors: Lines = ""

    @property
    def prior(self) -> tuple[str, ...]:
        """The codecs of `charsets`."""
        return listed(self.charsets)

    def wrong(self) -> Iterator[str]:
        """What could not be connected to, decoded by, or asked for in the DNS."""
        if self.relay and not _is_server(self.relay, schemes=("smtp", "smtps")):
            yield "relay"
        if self.mailbox and not (
            _is_server(self.mailbox, schemes=("imap", "imaps")) and urlsplit(self.mailbox).username
        ):
            yield "mailbox"
        if not all(map(is_charset, self.prior)):
            yield "charsets"
        if not all(map(_SELECTOR.fullmatch, listed(self.selectors))):
            yield "selectors"
        if self.token_url and not self.token_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            yield "token_url"


def listed(text: str) -> tuple[str, ...]:
    """Names with commas between them, or a line each."""
    return tuple(name.strip() for name in text.replace("\n", ",").split(",") if name.strip())


def _is_server(url: str, *, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
