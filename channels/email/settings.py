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
    """

    sender_name: str = ""
    signature: str = ""
    relay: Secret = _NONE
    charsets: str = "gb18030"

    @property
    def prior(self) -> tuple[str, ...]:
        """The codecs of `charsets`."""
        return tuple(name.strip() for name in self.charsets.split(",") if name.strip())
