"""What bytes without a charset mean where a mail comes from: a country has its own habit, and its domain says which country."""

import re

_WRITES = {
    "big5hkscs": "tw hk mo",
    "cp1255": "il",
    "cp1252": "at be br ch cl co de dk ee es fi fr ie is it lu mx nl no pe pt se uk",
}
_HABITS = {country: codec for codec, countries in _WRITES.items() for country in countries.split()}
_DOMAIN = re.compile(rb"@[A-Za-z0-9.-]{1,253}\.([A-Za-z]{2})\b")


def habits(sender: bytes) -> tuple[str, ...]:
    """The codecs to expect of whoever sends from there, by the raw header that names them."""
    found = _DOMAIN.findall(sender[:2000])
    habit = _HABITS.get(found[-1].decode("ascii").lower()) if found else None
    return (habit,) if habit else ()
