"""Whether a message that says one of ours did not arrive is to be believed.

Anybody can write such a message. Only our own signature is evidence: the id of the very
message, or else the token of its conversation, and both only for the address that the
message went to. So nobody can silence an address, or move words elsewhere, who did not
get our words or carry them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_core.model.ids import ConversationId, MessageId
from crm_core.model.message import Delivery, Direction, Inbound, Message
from crm_core.rules import signs

MOST_NAMED = 20
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
class KnownAlready:
    """It is ours, and nothing new: it failed before, is on its way again, or was read after all."""

    why: str


@dataclass(frozen=True, slots=True)
class NotOurs:
    """It proves nothing about this message, and changes nothing."""

    why: str


def named(inbound: Inbound, *, keys: Sequence[bytes]) -> Named:
    """Whatever of ours a report carries with our signature on it."""
    ids = inbound.returned.wire_ids[:MOST_NAMED] if inbound.returned else ()
    messages = [found for text in ids if (found := signs.read_message_id(keys, text))]
    strands = [strand for text in inbound.tokens[:MOST_NAMED] if (strand := signs.read_token(keys, text))]
    return Named(tuple(dict.fromkeys(messages)), tuple(dict.fromkeys(strands)))


def judge(inbound: Inbound, *, message: Message) -> CameBack | KnownAlready | NotOurs:
    """What a report means for the message that its evidence names."""
    if inbound.returned is None or message.direction is not Direction.OUT:
        return NotOurs("it reports nothing about an answer of ours")
    if message.address not in inbound.returned.recipients:
        return NotOurs("it names nobody to whom this message went")
    if message.delivery not in _UNDER_WAY:
        return KnownAlready(f"the message is {message.delivery.value} already")
    return CameBack("it carries our signature, and names the address the message went to")
