"""The counter: people come in person, staff enter what they say, and they take a slip along.

Nothing arrives and nothing leaves by itself: what is entered is a contact like any other,
and an answer goes to the address that they gave.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from channels.contract import (
    ChannelType,
    Entering,
    Finding,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Undeliverable,
    Wire,
)
from channels.counter.settings import CounterSettings
from channels.paper import Slip
from channels.shared import entering
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Outbound, Receipt

SCHEME = "visit"
"""Of whoever left no address: nothing can be sent there."""


class Counter:
    """A translator of what is entered at one counter."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def read(self, wire: Wire) -> Reading:
        """One entry is one contact."""
        return Reading((entering.inbound(wire, scheme=SCHEME),))

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """Nobody waits on the wire: the screen that entered it shows what became of it."""
        return Response(202)

    def render(self, message: Outbound) -> Rendering:
        """Nothing would arrive."""
        return Rendering(parts=())

    async def send(self, message: Outbound) -> Receipt:
        """Nothing leaves: whoever was here is answered where they said."""
        raise Undeliverable("Nobody stands at the counter any more; choose mail, phone or a letter.")

    def entering(self) -> Entering:
        """Numbers as they are dialled here."""
        return Entering()

    def slip(self, slip: Slip) -> bytes:
        """What they take along, on what this counter's printer prints."""
        from channels.counter import slips  # draws with a library that no start should wait for

        return slips.draw(slip, settings=self._settings, name=self._opening.name)

    def steps(self) -> Mapping[str, Mapping[str, str]]:
        """What a test will look at."""
        from channels.counter import testing  # as above

        return testing.steps()

    async def test(self) -> AsyncIterator[Finding]:
        """A slip is drawn in both languages and read back, and its code with it."""
        from channels.counter import testing  # as above

        for one in await testing.test(self._settings, name=self._opening.name):
            yield one

    async def equipment(self) -> Sequence[Finding]:
        """The fonts."""
        from channels.counter import testing  # as above

        return await testing.equipment()

    @property
    def _settings(self) -> CounterSettings:
        settings: CounterSettings = self._opening.settings
        return settings


CHANNEL = ChannelType(
    name="counter",
    title={"en": "Counter", "zh": "柜台"},
    capabilities=Capabilities(
        files=True, threads=True, starts=False, replies=False, entered=True, order=80, icon="walkin", tone=8
    ),
    settings=CounterSettings,
    opener=Counter,
    sample="sample.toml",
)
"""`threads`: each visit says by itself what it is about, so nothing is looked for."""
