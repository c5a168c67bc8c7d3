"""A link to the files of one message, where its way carries none.

The link is made from the key as the message leaves, and stands nowhere in the record:
neither the database nor a colleague's screen shows it. It is a bearer's like the words
beside it, opens the files of that message and nothing else, for a while, and can be
shut. Of a confidential matter it opens only for a browser that also showed, by a code,
to read an address that takes part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from crm_core.model.handout import HANDED_OUT, Handout
from crm_core.model.ids import MessageId
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Delivery, Direction, Message
from crm_core.model.ticket import Ticket
from crm_core.rules import signs

PATH = "/files/"
_WORDS = {"en": "Files:", "zh": "文件："}
_LEFT = (
    Delivery.SENDING,
    Delivery.UNKNOWN,
    Delivery.PRINTED,
    Delivery.SENT,
    Delivery.DELIVERED,
    Delivery.READ,
)


@dataclass(frozen=True, slots=True)
class Open:
    """The files may be fetched until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class ProveFirst:
    """It opens once this browser showed to read an address of the matter."""

    why: str


@dataclass(frozen=True, slots=True)
class Shut:
    """It opens nothing, or nothing any more; whoever asks from outside is not told which."""

    why: str


def needed(can: Capabilities, *, files: int) -> bool:
    """Whether the files of an answer go as a link this way."""
    return files > 0 and not can.files


def flags(can: Capabilities, *, files: int) -> tuple[str, ...]:
    """What marks the message."""
    return (HANDED_OUT,) if needed(can, files=files) else ()


def line(url: str, *, language: str | None) -> str:
    """What stands under the words."""
    return f"{_WORDS['zh' if (language or '').startswith('zh') else 'en']} {url}"


def url(public_url: str, *, key: bytes, message: MessageId) -> str:
    """Where the files of this message are fetched."""
    return f"{public_url}{PATH}{signs.sign_files(key, message)}"


def room(public_url: str, *, language: str | None) -> int:
    """Characters that the link takes beside the words."""
    return len(line(f"{public_url}{PATH}", language=language)) + signs.TOKEN_LENGTH + 1


def with_link(message: Message, *, key: bytes, public_url: str, language: str | None) -> tuple[str, str | None]:
    """Its text and page as they leave the house."""
    if HANDED_OUT not in message.flags:
        return message.text, message.html
    said = line(url(public_url, key=key, message=message.id), language=language)
    page = None if message.html is None else f"{message.html}<p>{escape(said)}</p>"
    return f"{message.text.rstrip()}\n{said}".lstrip(), page


def named(keys: Sequence[bytes], token: str) -> MessageId | None:
    """The message whose files a link opens, or None for anything that we did not sign."""
    return signs.read_files(keys, token)


def judge(
    message: Message, *, ticket: Ticket, known: Handout | None, at: datetime, lasts: timedelta, shown: bool
) -> Open | ProveFirst | Shut:
    """Whether the link opens now.

    `lasts`: from when the message left, or was last meant to. `shown`: this browser proved to read an address of the matter.
    """
    if message.direction is not Direction.OUT or HANDED_OUT not in message.flags:
        return Shut("this message handed nothing out")
    if known is not None and known.shut_at is not None:
        return Shut("somebody shut it")
    if message.delivery not in _LEFT:
        return Shut("the message is not with the person")
    until = (message.send_at or message.created_at) + lasts
    if at >= until:
        return Shut("its time is over")
    if ticket.confidential and not shown:
        return ProveFirst("the matter is confidential")
    return Open(until)
