"""What an admin decides about an Open311 endpoint."""

from dataclasses import dataclass


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
    language: str = "en"
    country: str = "US"
    agency: str = ""
    contact: str = ""
    key_service: str = ""
