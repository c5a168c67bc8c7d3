"""Conversations that happen now, in writing: what a visitor gets to see of them, and when one is over."""

from crm_core.model.message import Delivery, Direction, Message
from crm_core.model.ticket import Ticket

_SEEN = (Delivery.SENT, Delivery.DELIVERED, Delivery.READ)


def shown(message: Message) -> bool:
    """Whether the visitor sees it: their own words, and of ours what left; also what then went another way, too."""
    if message.direction is Direction.IN:
        return True
    instead = message.plan is not None and message.plan.instead is not None
    return message.direction is Direction.OUT and (message.delivery in _SEEN or instead)


def first_name(name: str) -> str:
    """What visitors call us: the first name where a name has one; a name in Chinese is said whole."""
    return name.split(" ", maxsplit=1)[0] if name.isascii() or " " in name else name


def waits(ticket: Ticket) -> bool:
    """Whether somebody stands in line with it now."""
    return ticket.live and ticket.status.active and ticket.awaiting_since is not None
