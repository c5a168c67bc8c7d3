"""WhatsApp through Twilio: free words for a day after the person wrote, approved texts after that."""

from datetime import timedelta

from channels.contract import ChannelType, Rendering
from channels.shared import reference
from channels.shared.twilio import errors
from channels.shared.twilio.hours import quiet_of
from channels.shared.twilio.messaging import Line, Manner, must_be_a_number
from channels.whatsapp.settings import WhatsAppSettings
from channels.whatsapp.templates import templates_of
from crm_core.model.feedback import Asks
from crm_core.model.habits import Habits
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Outbound

LONGEST = 1600


class WhatsApp(Line):
    """A translator for one number."""

    manner = Manner(prefix="whatsapp:", answers_words=False)

    def render(self, message: Outbound) -> Rendering:
        """One bubble; an approved text as it was approved, without anything behind it. Raises Undeliverable."""
        must_be_a_number(message)
        words = message.text if message.template else reference.behind(message.text, message.ticket_number)
        return Rendering(parts=(words,), sender=self._settings.number, used=len(words), most=LONGEST)

    def habits(self) -> Habits:
        """Its quiet hours and approved texts."""
        settings: WhatsAppSettings = self.opening.settings
        return Habits(quiet=quiet_of(settings.quiet), templates=templates_of(settings.templates))


CHANNEL = ChannelType(
    name="whatsapp",
    title={"en": "WhatsApp", "zh": "WhatsApp"},
    capabilities=Capabilities(
        length=LONGEST,
        starts=False,
        window=timedelta(hours=24),
        asks=Asks.DIGIT,
        order=30,
        icon="message-circle",
        tone=4,
    ),
    settings=WhatsAppSettings,
    opener=WhatsApp,
    mounts=("/hooks/whatsapp",),
    address_scheme="tel",
    reasons=errors.known(),
)
