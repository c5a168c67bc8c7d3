"""What an admin sets for one WhatsApp number."""

from collections.abc import Iterator
from dataclasses import dataclass

from channels.shared.form import Lines
from channels.shared.twilio.hours import is_hours
from channels.shared.twilio.settings import TwilioSettings
from channels.whatsapp.templates import templates_of


@dataclass(frozen=True, slots=True)
class WhatsAppSettings(TwilioSettings):
    """Settings of one WhatsApp number at Twilio.

    templates: approved texts, a line each: `HX… | language | name | words with {{1}}`.
    quiet: hours in which nobody is written to by surprise (`21:00-08:00`); whoever wrote a short while ago is answered.
    """

    templates: Lines = ""
    quiet: str = ""

    def wrong(self) -> Iterator[str]:
        """What Twilio would not know, or we could not read."""
        yield from TwilioSettings.wrong(self)
        if not is_hours(self.quiet):
            yield "quiet"
        try:
            templates_of(self.templates)
        except ValueError:
            yield "templates"
