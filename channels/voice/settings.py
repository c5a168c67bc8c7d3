"""What an admin sets for one telephone number."""

from collections.abc import Iterator
from dataclasses import dataclass

from channels.contract import Secret
from channels.shared.twilio.settings import NONE, TwilioSettings
from crm_core.model.call import Recording


@dataclass(frozen=True, slots=True)
class VoiceSettings(TwilioSettings):
    """Settings of one number at Twilio that takes calls.

    api_key: names the key (`SK…`) by which browsers become agents' phones.
    api_secret: that key's secret.
    greeting: what callers hear first; empty: welcome, and the inbox's name.
    greeting_zh: the same in Chinese; empty: as usual.
    menu: callers may choose a language by a key; whoever presses nothing stays in line (`yes`, `no`).
    language: the language that callers hear who chose none (`en`, `zh`).
    recorded: whether calls are recorded (`no`), the greeting says so (`announced`), or callers are asked (`asked`).
    full: how many may wait at once.
    callback_minutes: from this wait on they may keep their place and be called.
    tries: how often a callback is tried.
    spacing_minutes: how long after a try the next one comes.
    voicemail: whether a message can be left (`yes`, `no`).
    """

    api_key: str = ""
    api_secret: Secret = NONE
    greeting: str = ""
    greeting_zh: str = ""
    menu: str = "no"
    language: str = "en"
    recorded: str = "no"
    full: str = "50"
    callback_minutes: str = "2"
    tries: str = "3"
    spacing_minutes: str = "5"
    voicemail: str = "yes"

    def wrong(self) -> Iterator[str]:
        """What Twilio would not know, or nobody could mean."""
        yield from TwilioSettings.wrong(self)
        if self.api_key and not self.api_key.startswith("SK"):
            yield "api_key"
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                yield name
        for name, most in _NUMBERS.items():
            if not (getattr(self, name).isdecimal() and int(getattr(self, name)) <= most):
                yield name


RECORDED = {"no": Recording.OFF, "announced": Recording.ANNOUNCED, "asked": Recording.ASKED}
_CHOICES = {
    "menu": ("yes", "no"),
    "language": ("en", "zh"),
    "recorded": tuple(RECORDED),
    "voicemail": ("yes", "no"),
}
_NUMBERS = {"full": 1000, "callback_minutes": 120, "tries": 10, "spacing_minutes": 240}
