"""The channel of electronic mail: what it can carry, and its opener."""

import traceback
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from channels.contract import ChannelType, Finding, Opening, Outcome, Reading, Rendering, Response, Unreadable, Wire
from channels.email import reading, rendering, testing
from channels.email.fetching import open_fetcher
from channels.email.proving.names import Names
from channels.email.receiving import open_receiver
from channels.email.sending import Outbox
from channels.email.settings import EmailSettings
from crm_core.model.address import Address
from crm_core.model.feedback import Asks
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Outbound, Receipt


class EmailChannel:
    """Reads mail for one mailbox and sends its answers. Only its opening goes to another process, to read there."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._outbox = Outbox(opening, self._settings)

    def __reduce__(self) -> "tuple[type[EmailChannel], tuple[Opening]]":
        return EmailChannel, (self.opening,)

    def read(self, wire: Wire) -> Reading:
        """One message. A fault of ours in reading quarantines the mail: it is kept, and read again when mended."""
        try:
            return Reading((reading.read(wire, own=self._own, prior=self._settings.prior),))
        except Unreadable:
            raise
        except Exception as why:
            raise Unreadable(f"our reader failed ({_place(why)})") from why

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """Taken; the ticket's number goes into the other side's log."""
        number = next((outcome.number for outcome in outcomes if outcome.number), None)
        return Response(body=(number or "kept").encode())

    def render(self, message: Outbound) -> Rendering:
        """The mail as it is read: `send` puts just this on the wire."""
        return rendering.render(message, settings=self._settings)

    async def send(self, message: Outbound) -> Receipt:
        """Put it on the wire once. Raises NoRoute, Unavailable, Undeliverable or OutcomeUnknown."""
        return await self._outbox.send(message)

    def steps(self) -> Mapping[str, Mapping[str, str]]:
        """What a test will look at."""
        return testing.steps(self.opening)

    def test(self) -> AsyncIterator[Finding]:
        """Both ways as far as goes without a mail, and what the DNS says of us."""
        return testing.findings(self.opening, self._outbox, names=Names())

    async def close(self) -> None:
        """Hang up the connections that are kept to the relay."""
        await self._outbox.close()

    @property
    def _settings(self) -> EmailSettings:
        settings: EmailSettings = self.opening.settings
        return settings

    @property
    def _own(self) -> str | None:
        return Address.mail(self.opening.address).value if self.opening.address else None


def _place(why: Exception) -> str:
    """What failed and where, not what it says: that may be words of the mail, and this is an event's fact."""
    at = traceback.extract_tb(why.__traceback__)[-1:]
    return f"{type(why).__name__}{''.join(f', {Path(frame.filename).name}:{frame.lineno}' for frame in at)}"


CHANNEL = ChannelType(
    name="email",
    title={"en": "Email", "zh": "电子邮件"},
    capabilities=Capabilities(
        html=True,
        files=True,
        subject=True,
        threads=True,
        undo=timedelta(seconds=10),
        asks=Asks.LINK,
        order=10,
        icon="mail",
        tone=1,
    ),
    settings=EmailSettings,
    opener=EmailChannel,
    address_scheme="mailto",
    receiver=open_receiver,
    listener=open_fetcher,
)
