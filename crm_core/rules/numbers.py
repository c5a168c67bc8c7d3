"""Ticket numbers as people say and type them."""

import re
import unicodedata

from crm_core.model.ticket import is_number

_LONGEST = 40
_APART = re.compile(r"[\s\-‐-―−_./#:·]+")
_LONGEST_READ = 4000
_NAMED = re.compile(
    r"(?<![A-Za-z0-9])ON[\s\-‐-―−_]{0,2}[A-Za-z0-9]{4}[\s\-‐-―−_]{0,2}[A-Za-z0-9]{4}(?![A-Za-z0-9])", re.IGNORECASE
)
_BARE = re.compile(r"(?:ON)?([A-Z0-9]{4})([A-Z0-9]{4})")
_DIGITS = str.maketrans({"O": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8", "Q": "0", "D": "0"})


def named_in(*texts: str) -> list[str]:
    """The ticket numbers that these texts name, each once; what they quote of others does not count."""
    found: dict[str, None] = {}
    for text in texts:
        own = "\n".join(line for line in text[:_LONGEST_READ].splitlines() if not line.lstrip().startswith(">"))
        for hit in _NAMED.finditer(unicodedata.normalize("NFKC", own)):
            number = read_number(hit[0])
            if number is not None:
                found[number] = None
    return list(found)


def read_number(text: str) -> str | None:
    """The ticket number that is meant, or None; case, width, spaces and dashes do not matter.

    In its second half letters that look like digits count as those: the check digit
    tells whether it was meant so.
    """
    if len(text) > _LONGEST:
        return None
    signs = _APART.sub("", unicodedata.normalize("NFKC", text).upper())
    found = _BARE.fullmatch(signs)
    if not found:
        return None
    number = f"ON-{found[1]}-{found[2].translate(_DIGITS)}"
    return number if is_number(number) else None
