"""WhatsApp through Twilio: free words for a day after the person wrote, approved texts after that."""

from collections.abc import Sequence
from datetime import timedelta

from channels.contract import ChannelType, Finding, Opening, Outcome, Reading, Rendering, Response, Wire
from channels.shared import reference
from channels.shared.twilio import errors
from channels.shared.twilio.messaging import Line, Manner, must_be_a_number, quiet_of
from channels.whatsapp.settings import WhatsAppSettings
from channels.whatsapp.templates import templates_of
from crm_core.model.habits import Habits
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Elsewhere, File, Outbound, Receipt

LONGEST = 1600
MANNER = Manner(prefix="whatsapp:", answers_words=False)


class WhatsApp:
    """A translator for one number. Only its opening goes to another process, to read there."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._settings: WhatsAppSettings = opening.settings
        self._line = Line(opening, self._settings, manner=MANNER)

    def __reduce__(self) -> "tuple[type[WhatsApp], tuple[Opening]]":
        return WhatsApp, (self.opening,)

    def read(self, wire: Wire) -> Reading:
        """Somebody wrote, or how far a message of ours got. Raises Forged or Unreadable."""
        return self._line.read(wire)

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """TwiML."""
        return self._line.answer(reading, outcomes)

    def render(self, message: Outbound) -> Rendering:
        """One bubble; an approved text as it was approved, without anything behind it. Raises Undeliverable."""
        must_be_a_number(message)
        words = message.text if message.template else reference.behind(message.text, message.ticket_number)
        return Rendering(parts=(words,), sender=self._settings.number, used=len(words), most=LONGEST)

    async def send(self, message: Outbound) -> Receipt:
        """Hand it over once. Raises Unavailable, Undeliverable or OutcomeUnknown."""
        return await self._line.send(message, rendered=self.render(message))

    async def fetch(self, file: Elsewhere) -> File:
        """A picture of a message. Raises Undeliverable with words where it is not to be had."""
        return await self._line.fetch(file)

    async def test(self) -> Sequence[Finding]:
        """Ask Twilio whether this inbox works, the whole way round."""
        try:
            self.habits()
        except ValueError as why:
            return await self._line.test(why=why)
        return await self._line.test(why=None)

    @property
    def prefix(self) -> str:
        """What stands before a number at Twilio."""
        return MANNER.prefix

    def habits(self) -> Habits:
        """Its quiet hours and approved texts."""
        return Habits(quiet=quiet_of(self._settings.quiet), templates=templates_of(self._settings.templates))


CHANNEL = ChannelType(
    name="whatsapp",
    title={"en": "WhatsApp", "zh": "WhatsApp"},
    capabilities=Capabilities(
        length=LONGEST, starts=False, window=timedelta(hours=24), order=30, icon="message", tone=4
    ),
    settings=WhatsAppSettings,
    opener=WhatsApp,
    mounts=("/hooks/whatsapp",),
    address_scheme="tel",
    reasons=errors.known(),
)
