"""Text messages through Twilio: short plain words, paid for by the segment."""

from collections.abc import Sequence

from channels.contract import ChannelType, Finding, Opening, Outcome, Reading, Rendering, Response, Wire
from channels.shared import reference
from channels.shared.twilio import errors
from channels.shared.twilio.messaging import Line, Manner, must_be_a_number, quiet_of
from channels.sms.settings import SmsSettings
from crm_core.model.habits import Habits
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Elsewhere, File, Outbound, Receipt
from crm_core.model.segments import EACH, plain, segments

MOST_SEGMENTS = 10
MANNER = Manner(prefix="", answers_words=True)


class Sms:
    """A translator for one number. Only its opening goes to another process, to read there."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._settings: SmsSettings = opening.settings
        self._line = Line(opening, self._settings, manner=MANNER)

    def __reduce__(self) -> "tuple[type[Sms], tuple[Opening]]":
        return Sms, (self.opening,)

    def read(self, wire: Wire) -> Reading:
        """Somebody wrote, or how far a text of ours got. Raises Forged or Unreadable."""
        return self._line.read(wire)

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """TwiML."""
        return self._line.answer(reading, outcomes)

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
        """Its quiet hours."""
        return Habits(quiet=quiet_of(self._settings.quiet))


CHANNEL = ChannelType(
    name="sms",
    title={"en": "Text", "zh": "短信"},
    capabilities=Capabilities(length=160, parts=MOST_SEGMENTS, order=20, icon="text", tone=3),
    settings=SmsSettings,
    opener=Sms,
    mounts=("/hooks/sms",),
    address_scheme="tel",
    reasons=errors.known(),
)
