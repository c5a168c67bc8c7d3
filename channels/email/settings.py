"""What an admin sets for one mailbox."""

from dataclasses import dataclass

from channels.contract import Secret

_NONE = Secret("")


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """`relay` is this mailbox's own way out, instead of the installation's: `smtp[s]://[user:pass@]host:port`.

    `sender_name` stands in From instead of the agent's; `signature` under every answer.
    `charsets` are Python codecs to try, in order, where a mail does not say its own
    (comma-separated): what people here write in.

    `mailbox` is where mail is fetched, beside what our own receiver takes:
    `imap[s]://user[:pass@]host[:port][/folder]`. `checked_by`: the name under which its provider
    writes what it found out about a sender (the first word of Authentication-Results;
    comma-separated), believed only if set. Instead of a password, an access token from
    `token_url`, asked for as `client` with `client_secret`: by a `refresh_token`, or without
    one for ourselves; `token_scope` where the provider wants one named. The relay takes the same.
    """

    sender_name: str = ""
    signature: str = ""
    relay: Secret = _NONE
    charsets: str = "gb18030"
    mailbox: Secret = _NONE
    checked_by: str = ""
    token_url: str = ""
    client: str = ""
    client_secret: Secret = _NONE
    refresh_token: Secret = _NONE
    token_scope: str = ""

    @property
    def prior(self) -> tuple[str, ...]:
        """The codecs of `charsets`."""
        return tuple(name.strip() for name in self.charsets.split(",") if name.strip())
