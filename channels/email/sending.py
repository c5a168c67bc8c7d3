"""Sends a mailbox's answers: which way, over which kept connection, and what came of it."""

from dataclasses import dataclass, field

from channels.contract import NoRoute, Opening, Undeliverable
from channels.email.composing import compose
from channels.email.reach import dial
from channels.email.relay import Relay, Route
from channels.email.settings import EmailSettings
from channels.email.tokens import Tokens
from crm_core.model.message import Delivery, Outbound, Receipt


@dataclass(slots=True)
class Outbox:
    """The way out of one mailbox. Its own relay comes before the installation's."""

    opening: Opening
    settings: EmailSettings
    _relay: Relay | None = field(default=None, repr=False)

    async def send(self, message: Outbound) -> Receipt:
        """Put it on the wire once. Raises NoRoute, Unavailable, Undeliverable or OutcomeUnknown."""
        if not self.opening.address:
            raise Undeliverable("This inbox has no mail address to write from.")
        letter = compose(message, address=self.opening.address, settings=self.settings)
        told = await self._way().send(letter)
        return Receipt(Delivery.SENT, told or None)

    async def greet(self) -> str:
        """Go the way out up to where a mail would begin; whom we met. Raises NoRoute or Unavailable."""
        relay = self._way()
        await relay.greet()
        return relay.route.host

    async def close(self) -> None:
        """Hang up kept connections."""
        if self._relay is not None:
            await self._relay.close()

    def _way(self) -> Relay:
        url = self.settings.relay or self.opening.relay
        if not url:
            raise NoRoute("There is no relay for outgoing mail yet.")
        if self._relay is None:
            domain = (self.opening.address or "").rpartition("@")[2]
            helo = domain if domain.isascii() and domain else "localhost"
            theirs = dial if self.settings.relay else None  # who runs the machine may send wherever it can
            tokens = Tokens.of(self.settings) if self.settings.relay else None
            self._relay = Relay(
                Route.parse(url), helo=helo, dial=theirs, token=None if tokens is None else tokens.current
            )
        return self._relay
