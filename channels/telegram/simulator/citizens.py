"""People who write to a bot, send photos and answer its answers; the same seed is the same people."""

import random
import tomllib
from collections.abc import Callable
from importlib.resources import files

from channels.telegram.simulator.server import BotApi, Person

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
            self._heard[person.id] = len(person.chat)
            self._write(person, self._dice.choice(self._lines[f"{person.language_code}_again"]))
            return
        language = "zh" if self._dice.random() < 0.3 else "en"
        person = self._api.person(self._dice.choice(_NAMES[language]), language=language)
        self._write(person, self._dice.choice(self._lines[language]))

    def _news(self, person: Person) -> bool:
        seen = self._heard.get(person.id, 0)
        return any(message["from"]["is_bot"] for message in person.chat[seen:])

    def _write(self, person: Person, words: str) -> None:
        if "photo" in words or "照片" in words or self._dice.random() < 0.1:
            self._api.sends_photo(person, _PHOTO, caption=words)
        else:
            self._api.writes(person, words)
        self._say(f"{person.first_name}: {words}")
