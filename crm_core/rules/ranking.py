"""Which of a few hits somebody most likely means.

Only for a few: among thousands the newest are what people look for, and ranking them all
would read them all. Worth is a small whole number, so that both databases, and a reader,
agree on the order; what is worth the same stands newest first.
"""

from collections.abc import Sequence

from crm_core.rules import text
from crm_core.rules.search import CUSTOMER, TICKET

RANKED_BELOW = 200
"""Hits up to which they are ranked."""

READ = 4000
"""Characters of a text that are looked at."""

_OF_KIND = {CUSTOMER: 30, TICKET: 20}
_PHRASE, _IN_SUBJECT, _EARLY, _ACTIVE = 12, 8, 3, 2
_BEGINNING = 200


def worth(kind: str, *, subject: str, said: str, typed: str, terms: Sequence[str], active: bool) -> int:
    """How well it fits. `subject` is the ticket's, or the person's name; `said` a message's words."""
    phrase = text.fold(" ".join(typed.split()))
    title, words = text.fold(subject), text.fold(said[:READ])
    value = _OF_KIND.get(kind, 10)
    if phrase in (title if kind in _OF_KIND else words):
        value += _PHRASE
    if all(term in title for term in terms):
        value += _IN_SUBJECT
    elif all(term in words[:_BEGINNING] for term in terms):
        value += _EARLY
    return value + (_ACTIVE if active else 0)
