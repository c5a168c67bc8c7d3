"""Conversations that happen now, in writing: what a visitor gets to see of them, and when one is over."""

from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.model.message import Delivery, Direction, Message
from crm_core.model.ticket import Conversation, Ticket

SILENCE = timedelta(minutes=15)
"""After so long without a word a talk is over. Somebody who waits for us and is there never loses their place by it."""

WARNING = timedelta(minutes=2)
"""So long before the end they are asked whether they are still there, and one press goes on (WCAG 2.2.1)."""

UNSEEN = timedelta(seconds=60)
"""An answer that their page has not taken by then goes another way, where there is one."""

_STEP = timedelta(minutes=1)
_SEEN = (Delivery.SENT, Delivery.DELIVERED, Delivery.READ)


def shown(message: Message) -> bool:
    """Whether the visitor sees it: their own words, and of ours what left; also what then went another way, too."""
    if message.direction is Direction.IN:
        return True
    instead = message.plan is not None and message.plan.instead is not None
    return message.direction is Direction.OUT and (message.delivery in _SEEN or instead)


def first_name(name: str) -> str:
    """What visitors call us: the first name where a name has one; a name in Chinese is said whole."""
    return name.split(" ", maxsplit=1)[0]


def waits(ticket: Ticket) -> bool:
    """Whether somebody stands in line with it now."""
    return ticket.live and ticket.status.active and ticket.awaiting_since is not None


def spoken(strand: Conversation, *, at: datetime) -> Conversation:
    """Somebody said something: the talk goes on from here. It moves by whole minutes, so that not each word sets a timer."""
    until = at + SILENCE
    if strand.live_until is not None and until - strand.live_until < _STEP:
        return strand
    return replace(strand, live_until=until)


def left_unseen(message: Message, *, at: datetime) -> bool:
    """Whether an answer has lain there for so long that it is to go another way; once."""
    gone = message.plan is not None and message.plan.instead is not None
    return message.delivery is Delivery.SENT and not gone and at - message.created_at >= UNSEEN
