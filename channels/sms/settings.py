"""What an admin sets for one number."""

from collections.abc import Iterator
from dataclasses import dataclass

from channels.shared.twilio.hours import is_hours
from channels.shared.twilio.settings import TwilioSettings


@dataclass(frozen=True, slots=True)
class SmsSettings(TwilioSettings):
    """Settings of one number at Twilio.

    quiet: hours in which nobody is written to by surprise (`21:00-08:00`); whoever wrote a short while ago is answered.
    """

    quiet: str = ""

    def wrong(self) -> Iterator[str]:
        """What Twilio would not know, or we could not read."""
        yield from TwilioSettings.wrong(self)
        if not is_hours(self.quiet):
            yield "quiet"
