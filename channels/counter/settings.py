"""What an admin decides about one counter."""

from collections.abc import Iterator
from dataclasses import dataclass

from crm_core.model.phone import is_country


@dataclass(frozen=True, slots=True)
class CounterSettings:
    """Settings of one counter: each is an inbox of its own.

    title: who we are, at the top of the slip; empty: the inbox's name. title_zh: the same in Chinese.
    place: where it stands, under that; place_zh: the same in Chinese.
    country: where phone numbers without a country code belong (ISO 3166, such as `US`).
    roll: slips are for a printer with a roll of 80 mm; otherwise they are sheets of A5.
    """

    title: str = ""
    title_zh: str = ""
    place: str = ""
    place_zh: str = ""
    country: str = "US"
    roll: bool = True

    def wrong(self) -> Iterator[str]:
        """What nobody could dial by."""
        if not is_country(self.country):
            yield "country"
