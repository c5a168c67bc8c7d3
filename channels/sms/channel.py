"""Text messages through Twilio: short plain words, paid for by the segment."""

from channels.contract import ChannelType, Rendering
from channels.shared import reference
from channels.shared.twilio import errors
from channels.shared.twilio.hours import quiet_of
from channels.shared.twilio.messaging import Line, Manner, must_be_a_number
from channels.sms.settings import SmsSettings
from crm_core.model.feedback import Asks
from crm_core.model.habits import Habits
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Outbound
from crm_core.model.segments import EACH, plain, segments

MOST_SEGMENTS = 10


class Sms(Line):
    """A translator for one number."""

    manner = Manner(prefix="", answers_words=True)

    def render(self, message: Outbound) -> Rendering:
        """The segments as they arrive. Raises Undeliverable for what is no phone number.

        Curly quotes and dashes become typewriter's where that alone keeps the text to the
        cheap alphabet: one of them would more than double what it costs.
        """
        must_be_a_number(message)
        words = reference.behind(message.text, message.ticket_number)
        cut = segments(words)
        if cut.dear is not None and (cheap := segments(plain(words))).dear is None:
            cut = cheap
        room = EACH[cut.dear is None] * MOST_SEGMENTS
        return Rendering(parts=cut.parts, sender=self._settings.number, used=cut.units, most=room, dear=cut.dear)

    def habits(self) -> Habits:
        """Its quiet hours."""
        settings: SmsSettings = self.opening.settings
        return Habits(quiet=quiet_of(settings.quiet))


CHANNEL = ChannelType(
    name="sms",
    title={"en": "Text", "zh": "短信"},
    capabilities=Capabilities(length=160, parts=MOST_SEGMENTS, asks=Asks.DIGIT, order=20, icon="smartphone", tone=3),
    settings=SmsSettings,
    opener=Sms,
    mounts=("/hooks/sms",),
    address_scheme="tel",
    reasons=errors.known(),
)
