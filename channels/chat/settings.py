"""What an admin decides about one chat."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.shared.form import Lines
from crm_core.model.phone import is_country

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """Settings of one chat.

    origins: the sites whose pages may show it (`https://www.larkhaven.example`), with commas or spaces between;
    our own pages always may.
    title: whom visitors talk to; empty: the inbox's name.
    title_zh: the same in Chinese; empty: as `title`.
    country: where phone numbers without a country code belong (ISO 3166, such as `US`).
    """

    origins: Lines = ""
    title: str = ""
    title_zh: str = ""
    country: str = "US"

    def wrong(self) -> Iterator[str]:
        """What lets nobody in, and what nobody could dial by."""
        if len(origins_of(self.origins)) < len(self.origins.replace(",", " ").split()):
            yield "origins"
        if not is_country(self.country):
            yield "country"


def origins_of(text: str) -> tuple[str, ...]:
    """The sites of a setting; what is none (a path, a star) lets nobody in."""
    found = (part.rstrip("/").casefold() for part in re.split(r"[\s,]+", text))
    return tuple(part for part in found if _ORIGIN.fullmatch(part))
