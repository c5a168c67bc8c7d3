"""What an admin decides about a web form."""

from collections.abc import Iterator
from dataclasses import dataclass

from crm_core.model.phone import is_country


@dataclass(frozen=True, slots=True)
class WebFormSettings:
    """Settings of one web form.

    country: where phone numbers without a country code belong (ISO 3166, such as `US`).
    title: the name at the top of the pages; empty: the inbox's name.
    title_zh: the same in Chinese; empty: as `title`.
    """

    country: str = "US"
    title: str = ""
    title_zh: str = ""

    def wrong(self) -> Iterator[str]:
        """What nobody could dial by."""
        if not is_country(self.country):
            yield "country"
