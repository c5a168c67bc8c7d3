"""Phone numbers as people write them, made one: the same number is the same value everywhere."""

import unicodedata

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

LONGEST = 40
"""Characters of a number as somebody types it; more is not a number."""

_POSSIBLE = (ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)


def e164(text: str, *, country: str) -> str | None:
    """The number in E.164 (`+15550142`), or None where it cannot be one.

    `country` (ISO 3166, `US`) is meant where no country code stands before it. Possible
    is enough: numbering plans change sooner than libraries, and a refused number is a
    citizen whom nobody calls back.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain or len(plain) > LONGEST:
        return None
    try:
        number = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or phonenumbers.is_possible_number_with_reason(number) not in _POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def readable(number: str) -> str:
    """A number in groups, as one reads it aloud (`+1 555 014 0911`); what is none stays as it is."""
    try:
        known = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(known, PhoneNumberFormat.INTERNATIONAL).replace("-", " ")


def is_country(text: str) -> bool:
    """Whether these are the two letters of a country that has numbers."""
    return text in phonenumbers.SUPPORTED_REGIONS
