"""Which passwords are good enough: long ones. No rules of composition, no forced change (NIST SP 800-63B-4)."""

import unicodedata

LEAST = 15
"""Characters, because the password is the only factor."""

MOST = 200
"""So that hashing cannot be made expensive."""

_COMMON = ("password", "passwort", "12345", "qwert", "letmein", "onestop", "admin")


def folded(password: str) -> str:
    """The same password however the keyboard composed its letters."""
    return unicodedata.normalize("NFC", password)


def why_not(password: str, *, email: str) -> str | None:
    """Why it will not do, or None."""
    words = folded(password)
    if len(words) < LEAST:
        return f"At least {LEAST} characters: a short sentence is easy to remember."
    if len(words) > MOST:
        return f"At most {MOST} characters."
    rest = words.casefold()
    for known in (*_COMMON, email.casefold(), email.partition("@")[0].casefold()):
        rest = rest.replace(known, "") if known else rest
    if len(set(rest)) < 5:
        return "This is too easy to guess. Take a few words that have nothing to do with each other."
    return None
