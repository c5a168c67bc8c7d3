"""Mail addresses as people type them into a form."""

import re
import unicodedata

LONGEST = 254  # RFC 5321 4.5.3.1.3, without its angle brackets

_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\\[\]]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}")


def mailbox(text: str) -> str | None:
    """The address without what surrounds it, or None where it cannot be one.

    Narrower than RFC 5322 on purpose: comments, quotes and addresses without a dot are
    typing mistakes in a form.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > LONGEST or not plain.isprintable() or ".." in plain:
        return None
    return plain if _ADDRESS.fullmatch(plain) else None
