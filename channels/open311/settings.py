"""What an admin decides about an Open311 endpoint."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from crm_core.model.phone import is_country


@dataclass(frozen=True, slots=True)
class Open311Settings:
    """Settings of one endpoint.

    jurisdiction: the `jurisdiction_id` it answers to, such as `city.example`; empty: to any.
    language: of names and descriptions, `en` or `zh`.
    country: where phone numbers without a country code belong (ISO 3166, such as `US`).
    agency: who is named as responsible; empty: the inbox's name.
    contact: how developers reach whoever runs it, told in the discovery.
    key_service: how developers get an API key, told in the discovery.
    """

    jurisdiction: str = ""
    language: Literal["en", "zh"] = "en"
    country: str = "US"
    agency: str = ""
    contact: str = ""
    key_service: str = ""

    def wrong(self) -> Iterator[str]:
        """What nobody could dial by."""
        if not is_country(self.country):
            yield "country"
