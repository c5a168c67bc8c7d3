"""People who write to a bot, send photos and answer its answers; the same seed is the same people."""

import random
import tomllib
from collections.abc import Callable
from importlib.resources import files

from channels.telegram.simulator.server import BotApi, Json, Person

_PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da6364f8ffbf1e000584027f3b2d5b1a0000000049454e44ae426082"
)
_NAMES = {"en": ("Ana", "Tom", "Grace", "Idris", "Olga", "Kwame"), "zh": ("王芳", "李强", "陈静", "刘洋")}


class Citizens:
    """Whoever writes next."""

    def __init__(self, api: BotApi, *, seed: int, say: Callable[[str], None]) -> None:
        self._api = api
        self._dice = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._say = say
        self._lines = tomllib.loads((files(__package__) / "lines.toml").read_text(encoding="utf-8"))
        self._heard: dict[int, int] = {}

    def act(self) -> None:
        """Somebody who was answered writes again, or somebody new writes."""
        answered = [person for person in self._api.people.values() if self._news(person)]
        if answered and self._dice.random() < 0.7:
            person = self._dice.choice(answered)
            asked = self._question(person)
            self._heard[person.id] = len(person.chat)
            if asked is not None:
                self._press(person, asked)
                return
            self._write(person, self._dice.choice(self._lines[f"{person.language_code}_again"]))
            return
        language = "zh" if self._dice.random() < 0.3 else "en"
        person = self._api.person(self._dice.choice(_NAMES[language]), language=language)
        self._write(person, self._dice.choice(self._lines[language]))

    def _news(self, person: Person) -> bool:
        seen = self._heard.get(person.id, 0)
        return any(message["from"]["is_bot"] for message in person.chat[seen:])

    def _question(self, person: Person) -> Json | None:
        """What the bot asked them since they last looked, with buttons under it."""
        seen = self._heard.get(person.id, 0)
        return next((message for message in reversed(person.chat[seen:]) if "reply_markup" in message), None)

    def _press(self, person: Person, message: Json) -> None:
        """Most are content; the best step is the first button."""
        rows = [row[0] for row in message["reply_markup"]["inline_keyboard"] if "callback_data" in row[0]]
        button = self._dice.choices(rows, (7, 5, 2, 1, 1)[: len(rows)])[0]
        self._api.presses(person, message, button["callback_data"])
        self._say(f"{person.first_name}: [{button['text']}]")

    def _write(self, person: Person, words: str) -> None:
        if "photo" in words or "照片" in words or self._dice.random() < 0.1:
            self._api.sends_photo(person, _PHOTO, caption=words)
        else:
            self._api.writes(person, words)
        self._say(f"{person.first_name}: {words}")
