"""What every inbox at Twilio is set up with: an account, a number, and who signs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.contract import Secret
from channels.shared.form import Link
from channels.shared.twilio.account import is_allowed

NONE = Secret("")

_BREAKS = re.compile(r"[\s().-]")
_NUMBER = re.compile(r"\+\d{7,15}|\d{3,8}")


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """An account at Twilio and one of its numbers.

    account_sid: the account's name, as Twilio's console shows it (`AC…`).
    number: our number, with its country code (`+15550142`), or a short code.
    auth_token: the account's secret: it proves who calls us, and who we are.
    messaging_service: send by this service (`MG…`) instead of by the number itself.
    webhook_key: the shared key, where Twilio signs with one (SHA-256).
    api: another address of Twilio's than the usual one: a region's, or the simulator's on this machine.
    """

    account_sid: str
    number: str
    auth_token: Secret = NONE
    messaging_service: str = ""
    webhook_key: Secret = NONE
    api: Link = ""

    def wrong(self) -> Iterator[str]:
        """What Twilio would not know."""
        if not self.account_sid.startswith("AC"):
            yield "account_sid"
        if not _NUMBER.fullmatch(self.own_number):
            yield "number"
        if self.messaging_service and not self.messaging_service.startswith("MG"):
            yield "messaging_service"
        if self.api and not is_allowed(self.api.rstrip("/")):
            yield "api"

    @property
    def own_number(self) -> str:
        """Our number as Twilio writes it, however the admin typed it."""
        return _BREAKS.sub("", self.number.removeprefix("whatsapp:"))
