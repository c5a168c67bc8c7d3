"""Events about answers on their way: taken back, gone another way, or for a person to look at."""

from dataclasses import dataclass

from crm_core.model.event import MessageEvent, TicketEvent
from crm_core.model.ids import MessageId
from crm_core.model.message import Message
from crm_core.model.plan import Lost, Withdrawn
from crm_core.model.view import Json, delivery_facts, ticket_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWithdrawn(TicketEvent):
    """An answer that waited will not leave; its words stay, to be written anew."""

    message: Message
    why: Withdrawn

    def more(self) -> Json:
        return {
            "message": self.message.id,
            "author": self.message.author,
            "why": self.why,
            **delivery_facts(self.message),
        }

    def words(self) -> Json:
        """Why it is barred may name an address."""
        return {"row": ticket_words(self.ticket), "reason": self.message.delivery_reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyInstead(TicketEvent):
    """An answer did not arrive, and the same words went by another way of the same person."""

    failed: Message
    instead: Message

    def more(self) -> Json:
        return {
            "failed": self.failed.id,
            "instead": self.instead.id,
            "from_channel": self.failed.channel,
            "to_channel": self.instead.channel,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesFetched(TicketEvent):
    """Whoever holds the link to the files of an answer fetched the first of them."""

    message: MessageId

    def more(self) -> Json:
        return {"message": self.message}


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesFetched(TicketEvent):
    """Somebody had the pictures fetched that a message shows from elsewhere; how many could be had."""

    message: MessageId
    pictures: int

    def more(self) -> Json:
        return {"message": self.message, "pictures": self.pictures}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesShut(TicketEvent):
    """The link to the files of an answer opens nothing any more."""

    message: MessageId

    def more(self) -> Json:
        return {"message": self.message}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyLost(TicketEvent):
    """An answer did not arrive, and it takes a person to say what now: the ticket waits for our word again."""

    failed: Message
    why: Lost

    def more(self) -> Json:
        return {"failed": self.failed.id, "channel": self.failed.channel, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageGrown(MessageEvent):
    """More of a message came in a wire of its own: the next picture of an album."""
