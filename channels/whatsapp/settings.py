"""What an admin sets for one WhatsApp number."""

from dataclasses import dataclass

from channels.contract import Secret
from channels.shared.twilio.messaging import NONE


@dataclass(frozen=True, slots=True)
class WhatsAppSettings:
    """Settings of one WhatsApp number at Twilio.

    account_sid: the account's name, as Twilio's console shows it (`AC…`).
    number: our number, with its country code (`+15550142`).
    auth_token: the account's secret: it proves who calls us, and who we are.
    messaging_service: send by this service (`MG…`) instead of by the number itself.
    webhook_key: the shared key, where Twilio signs with one (SHA-256).
    templates: approved texts, a line each: `HX… | language | name | words with {{1}}`.
    quiet: hours in which nobody is written to by surprise (`21:00-08:00`); whoever wrote a short while ago is answered.
    api: another address of Twilio's than the usual one: a region's, or the simulator's on this machine.
    """

    account_sid: str
    number: str
    auth_token: Secret = NONE
    messaging_service: str = ""
    webhook_key: Secret = NONE
    templates: str = ""
    quiet: str = ""
    api: str = ""
