"""What a citizen sees of a ticket from outside: their own words and our answers to them, and nothing else.

A ticket may hold mail from others: a colleague who was copied, a machine that somebody
registered with our address (the "ticket trick"). Whoever proved an address sees what that
person wrote and what we wrote to that person. Notes, other people's mails and what we
wrote to them are not there, nor what we have only written and not sent.
"""

from collections.abc import Iterable

from crm_core.model.acknowledging import ACKNOWLEDGES
from crm_core.model.address import Address
from crm_core.model.message import Delivery, Direction, Message
from crm_core.rules.proving import FLAG


def own_messages(messages: Iterable[Message], *, own: frozenset[Address]) -> list[Message]:
    """The messages between us and these addresses, in their order; codes that we sent are no part of the story."""
    return [one for one in messages if _is_told(one, own)]


def _is_told(message: Message, own: frozenset[Address]) -> bool:
    if message.delivery in (Delivery.SCHEDULED, Delivery.WITHDRAWN) or ACKNOWLEDGES in message.flags:
        return False
    if message.address not in own or any(flag.startswith(FLAG) for flag in message.flags):
        return False
    return message.direction is not Direction.NOTE
