"""Letters: scanned in, printed out. The one way that reaches everybody who has a letterbox."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta

from channels.contract import (
    Bearings,
    ChannelType,
    Entering,
    Finding,
    Listener,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Unreadable,
    Wire,
)
from channels.letter import reading
from channels.letter.settings import LetterSettings
from channels.paper import Scanned
from channels.shared.scans import kinds, looking
from crm_core.model.feedback import Asks
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Delivery, Outbound, Receipt


class Letter:
    """A translator of what comes and goes on paper."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def read(self, wire: Wire) -> Reading:
        """One letter is one contact. Raises Unreadable for what is no scan."""
        return reading.read(wire)

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """The drop folder asks only whether it is a letter now."""
        return Response(202 if outcomes else 422)

    def render(self, message: Outbound) -> Rendering:
        """The words of the letter."""
        return Rendering(parts=(message.text,), used=len(message.text))

    async def send(self, message: Outbound) -> Receipt:
        """To the mailroom's printer: people print it and post it. Raises Undeliverable for what cannot be printed."""
        await asyncio.to_thread(self.pages, [message])
        return Receipt(Delivery.TO_PRINT)

    def pages(self, letters: Sequence[Outbound]) -> bytes:
        """All of them as one PDF, each for its own window envelope."""
        from channels.letter import printing  # draws with a library that no start should wait for

        opening = self._opening
        return printing.draw(letters, settings=self._settings, name=opening.name, public_url=opening.public_url)

    def sample(self) -> bytes:
        """For whoever wants to see what our settings make of a sheet."""
        from channels.letter import testing  # as `pages`

        return testing.sample(self._opening)

    def entering(self) -> Entering:
        """Numbers as they are dialled where our envelopes are from; letters of some days ago, too."""
        return Entering(timedelta(days=self._settings.backdating))

    async def scan(self, content: bytes) -> Scanned:
        """What stands on it. Raises Unreadable for what is no scan."""
        if kinds.kind_of(content) is None:
            raise Unreadable(f"This is no {kinds.SAID}.")
        found = await looking.look(content, languages=self._settings.languages)
        return Scanned(found, reading.tokens(found))

    def steps(self) -> Mapping[str, Mapping[str, str]]:
        """What a test will look at."""
        from channels.letter import testing  # reads with a library that no start should wait for

        return testing.steps()

    async def test(self) -> AsyncIterator[Finding]:
        """The drop folder, the reader, the fonts; then a letter is printed, scanned and read."""
        from channels.letter import testing  # as above

        for one in await testing.test(self._opening):
            yield one

    async def equipment(self) -> Sequence[Finding]:
        """Tesseract and the fonts."""
        from channels.letter import testing  # as above

        return await testing.equipment(self._settings)

    @property
    def _settings(self) -> LetterSettings:
        settings: LetterSettings = self._opening.settings
        return settings


def _listener(opening: Opening, bearings: Bearings) -> Listener | None:
    if not opening.settings.drop:
        return None
    from channels.letter.dropping import Dropping  # only where a folder is watched

    return Dropping(opening, bearings)


CHANNEL = ChannelType(
    name="letter",
    title={"en": "Letter", "zh": "信件"},
    capabilities=Capabilities(
        files=False,
        threads=True,
        entered=True,
        posted=True,
        asks=Asks.LINK,
        order=75,
        icon="letter",
        tone=2,
    ),
    settings=LetterSettings,
    opener=Letter,
    address_scheme=reading.SCHEME,
    listener=_listener,
    sample="sample.toml",
)
"""`threads`: a letter says by a code, or by nothing, what it belongs to; the last letter from an address decides nothing."""
