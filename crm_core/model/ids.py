"""Identifiers: one type for each word, so that a ticket's id can never stand where an agent's should.

An id sorts by the time it was made (48 bit of milliseconds) and cannot be guessed
(75 random bits). Time order keeps the indexes compact; secrecy never rests on it:
permissions are checked for every id.
"""

import os
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NewType, TypeVar

T = TypeVar("T")

AgentId = NewType("AgentId", str)
AnswerId = NewType("AnswerId", str)
CalendarId = NewType("CalendarId", str)
CallId = NewType("CallId", str)
CommandId = NewType("CommandId", str)
ConsentId = NewType("ConsentId", str)
ConversationId = NewType("ConversationId", str)
CustomerId = NewType("CustomerId", str)
DriftId = NewType("DriftId", str)
EditionId = NewType("EditionId", str)
ErasureId = NewType("ErasureId", str)
EventId = NewType("EventId", str)
ExportId = NewType("ExportId", str)
FeedbackId = NewType("FeedbackId", str)
FileId = NewType("FileId", str)
HoldId = NewType("HoldId", str)
IdentityId = NewType("IdentityId", str)
ImportId = NewType("ImportId", str)
InboxId = NewType("InboxId", str)
JobId = NewType("JobId", str)
LegId = NewType("LegId", str)
LifeEventId = NewType("LifeEventId", str)
MacroId = NewType("MacroId", str)
MarkId = NewType("MarkId", str)
MergeId = NewType("MergeId", str)
MessageId = NewType("MessageId", str)
MisdirectId = NewType("MisdirectId", str)
NoticeId = NewType("NoticeId", str)
OfferId = NewType("OfferId", str)
ConsultId = NewType("ConsultId", str)
BroadcastId = NewType("BroadcastId", str)
OwnershipId = NewType("OwnershipId", str)
PeriodId = NewType("PeriodId", str)
PlaceId = NewType("PlaceId", str)
PolicyId = NewType("PolicyId", str)
ProofId = NewType("ProofId", str)
QueueId = NewType("QueueId", str)
RelationId = NewType("RelationId", str)
ServiceEditionId = NewType("ServiceEditionId", str)
ServiceId = NewType("ServiceId", str)
SessionId = NewType("SessionId", str)
SuggestionId = NewType("SuggestionId", str)
SweepId = NewType("SweepId", str)
TeamId = NewType("TeamId", str)
TicketId = NewType("TicketId", str)
TimerId = NewType("TimerId", str)
BlockId = NewType("BlockId", str)
AppKeyId = NewType("AppKeyId", str)
TokenId = NewType("TokenId", str)
UnitId = NewType("UnitId", str)
WireId = NewType("WireId", str)
WorkId = NewType("WorkId", str)

_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: in the order of their values, and no letter that looks like a digit."""

_PAIRS = tuple(first + second for first in _SIGNS for second in _SIGNS)
CHANCE_BITS = 75
_AT_ONCE = 256
_chance: "deque[int]" = deque()
"""Numbers of 75 random bits, drawn many at once: asking the kernel for each id cost as much as making it."""

os.register_at_fork(after_in_child=_chance.clear)


def fresh(kind: Callable[[str], T], *, at: datetime) -> T:
    """A new id of this kind: 25 characters, sortable by `at`, the rest random."""
    return made(kind, at=at, chance=_random_bits())


def made(kind: Callable[[str], T], *, at: datetime, chance: int) -> T:
    """The id of a moment and `CHANCE_BITS` bits of chance; for whoever wants the same ones again."""
    rest, pairs = chance, _PAIRS
    return kind(
        _moment(int(at.timestamp() * 1000))
        + pairs[rest >> 65]
        + pairs[rest >> 55 & 1023]
        + pairs[rest >> 45 & 1023]
        + pairs[rest >> 35 & 1023]
        + pairs[rest >> 25 & 1023]
        + pairs[rest >> 15 & 1023]
        + pairs[rest >> 5 & 1023]
        + _SIGNS[rest & 31]
    )


def since(at: datetime) -> str:
    """What every id made from then on stands behind: a stretch of time by the key itself, without an index of times."""
    return _moment(int(at.timestamp() * 1000))


def chance(*, below: int) -> int:
    """A random number that nobody can guess, from 0. `below` is far under 2**75, so that all are equally likely."""
    return _random_bits() % below


@lru_cache(maxsize=64)
def _moment(milliseconds: int) -> str:
    """48 bits as ten signs; one contact makes a dozen ids in one moment."""
    return "".join(_PAIRS[milliseconds >> shift & 1023] for shift in (40, 30, 20, 10, 0))


def _random_bits() -> int:
    """75 random bits. Threads share the supply: each number is handed out once."""
    while True:
        try:
            return _chance.popleft()
        except IndexError:
            drawn = os.urandom(10 * _AT_ONCE)
            _chance.extend(int.from_bytes(drawn[at : at + 10]) >> 5 for at in range(0, len(drawn), 10))
