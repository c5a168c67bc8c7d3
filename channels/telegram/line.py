"""One bot of the city's, as the house opens it; read only by whoever has one, for its library takes a fifth of a second."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from channels.contract import (
    Finding,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Sign,
    Undeliverable,
    Wire,
)
from channels.shared import outside, wording
from channels.telegram import reading as reading_of
from channels.telegram import sending, testing
from channels.telegram.bot import close_bot, open_bot, unavailable
from channels.telegram.settings import OFFICIAL, TelegramSettings, hook_secret
from crm_core.model.feedback import Rated
from crm_core.model.message import Delivery, Elsewhere, File, Outbound, Receipt

_WORDS = wording.beside(__file__)
LARGEST = 20 * 1024 * 1024
"""Bytes of a file that a bot may fetch (Bot API, getFile)."""


class Telegram:
    """One bot. Only its opening goes to another process, to read there."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._settings: TelegramSettings = opening.settings
        self._secret = hook_secret(opening.inbox, self._settings) if self._settings.token else ""
        self._bot: Bot | None = None

    def __reduce__(self) -> "tuple[type[Telegram], tuple[Opening]]":
        return Telegram, (self.opening,)

    def read(self, wire: Wire) -> Reading:
        """An update that we fetched, or that Telegram brought with our secret."""
        return reading_of.read(wire, secret=self._secret)

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """A method for Telegram to run: the greeting, or that the button was pressed. Else just that we have it."""
        for part, outcome in zip(reading.parts, outcomes, strict=False):
            if isinstance(part, Rated):
                said = _WORDS.said("too_late" if outcome.answer is None else "thanks")
                words = said["zh" if part.language == "zh" else "en"]
                return _method("answerCallbackQuery", callback_query_id=part.wire_id, text=words)
        sign = next((part for part in reading.parts if isinstance(part, Sign)), None)
        if sign is None:
            return Response()
        if sign.kind != reading_of.START:
            return _method("answerCallbackQuery", callback_query_id=sign.kind.partition(":")[2])
        if not self._settings.greeting:
            return Response()
        return _method("sendMessage", chat_id=int(sign.sender.value), text=self._settings.greeting)

    def render(self, message: Outbound) -> Rendering:
        """As `send` sends it."""
        return sending.render(message)

    async def send(self, message: Outbound) -> Receipt:
        """Words, then files. Raises NoRoute, Unavailable, Undeliverable or OutcomeUnknown."""
        await sending.send(self._client(), message)
        return Receipt(Delivery.SENT)

    async def fetch(self, file: Elsewhere) -> File:
        """What somebody sent with their words. Telegram brings an update again, so what may be had later waits."""
        try:
            found = await self._client().get_file(file.at)
        except BadRequest as why:  # too big for bots, or gone
            raise Undeliverable(f"Telegram does not hand it out: {why.message}") from why
        except TelegramError as why:
            raise unavailable(why) from why
        api = urlsplit(self._settings.api)
        near = (api.hostname or "") if self._settings.api != OFFICIAL else ""
        content = await outside.fetch(found.file_path or "", most=LARGEST, near=near)
        return File(file.name, file.type, content)

    def steps(self) -> Mapping[str, Mapping[str, str]]:
        """What a test will look at."""
        return testing.steps()

    def test(self) -> AsyncIterator[Finding]:
        """Who the bot is, and whether what people write reaches us."""
        return testing.test(self.opening)

    async def close(self) -> None:
        """Hang up."""
        if self._bot is not None:
            await close_bot(self._bot)

    def _client(self) -> Bot:
        if self._bot is None:
            self._bot = open_bot(self._settings)
        return self._bot


def _method(name: str, **values: object) -> Response:
    body = json.dumps({"method": name, **values}, ensure_ascii=False).encode()
    return Response(200, body, "application/json; charset=utf-8")
