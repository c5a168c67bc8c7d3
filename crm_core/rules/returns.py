"""Whether a message that says one of ours did not arrive is to be believed.

Anybody can write such a message. Only our own signature is evidence: the id of the very
message, or else the token of its conversation, and both only for the address that the
message went to. So nobody can silence an address, or move words elsewhere, who did not
get our words or carry them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm_core.model.ids import ConversationId, MessageId
from crm_core.model.message import Delivery, Direction, Inbound, Message, Returned, Returning
from crm_core.rules import signs

MOST_NAMED = 20
_HIDDEN = re.compile(r"redact|hash|hidden|anonym|\bxxx|^[^@]{40,}@")
"""Names that providers put in the place of a reader's (RFC 6590)."""

_UNDER_WAY = (Delivery.SENDING, Delivery.UNKNOWN, Delivery.SENT)


@dataclass(frozen=True, slots=True)
class Named:
    """What carries our signature: messages, and the conversations that the way back names."""

    messages: tuple[MessageId, ...]
    strands: tuple[ConversationId, ...]


@dataclass(frozen=True, slots=True)
class CameBack:
    """It is ours, and is known only now not to have arrived."""

    why: str


@dataclass(frozen=True, slots=True)
class Complained:
    """It is ours, it arrived, and whoever read it wants no more of them there."""

    why: str


@dataclass(frozen=True, slots=True)
class KnownAlready:
    """It is ours, and nothing new: it failed before, is on its way again, or was read after all."""

    why: str


@dataclass(frozen=True, slots=True)
class NotOurs:
    """It proves nothing about this message, and changes nothing."""

    why: str


def named(inbound: Inbound, *, keys: Sequence[bytes]) -> Named:
    """Whatever of ours a report carries with our signature on it; a complaint is about one message, or about none."""
    ids = inbound.returned.wire_ids[:MOST_NAMED] if inbound.returned else ()
    messages = [found for text in ids if (found := signs.read_message_id(keys, text))]
    complaint = inbound.returned is not None and inbound.returned.kind is Returning.COMPLAINT
    tokens = () if complaint else inbound.tokens[:MOST_NAMED]
    strands = [strand for text in tokens if (strand := signs.read_token(keys, text))]
    return Named(tuple(dict.fromkeys(messages)), tuple(dict.fromkeys(strands)))


def judge(inbound: Inbound, *, message: Message) -> CameBack | Complained | KnownAlready | NotOurs:
    """What a report means for the message that its evidence names."""
    if inbound.returned is None or message.direction is not Direction.OUT:
        return NotOurs("it reports nothing about an answer of ours")
    if inbound.returned.kind is Returning.COMPLAINT:
        return _complained(inbound.returned, message)
    if message.address not in inbound.returned.recipients:
        return NotOurs("it names nobody to whom this message went")
    if message.delivery not in _UNDER_WAY:
        return KnownAlready(f"the message is {message.delivery.value} already")
    return CameBack("it carries our signature, and names the address the message went to")


def _complained(returned: Returned, message: Message) -> Complained | NotOurs:
    """Providers hide who complained, or give them another name: then the signed id of the very message is all there is."""
    known = [one for one in returned.recipients if one.scheme == "mailto" and not _HIDDEN.search(one.value)]
    if known and message.address not in known:
        return NotOurs("it names somebody to whom this message did not go")
    return Complained("it carries the signed id of a message that its reader marked as unwanted")
