"""A conversation as its visitor's page gets it: nothing of the house but what was said to them."""

from crm_core.model.message import Direction, Message
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries.talks import News
from crm_core.rules import talks
from routing.waiting import Told


def news_of(news: News, *, wait: Told | None) -> Json:
    """What changed, and how it stands. `least` and `most` are minutes; `step` comes back with the next hello."""
    ticket = news.ticket
    return {
        "position": news.position,
        "whole": news.whole,
        "number": None if ticket is None else ticket.number,
        "live": ticket is not None and ticket.live,
        "waits": ticket is not None and ticket.awaiting_since is not None,
        "solved": ticket is not None and not ticket.status.active,
        "agent": news.agent,
        "place": news.place,
        "step": None if wait is None else wait.step,
        "least": None if wait is None else wait.least,
        "most": None if wait is None else wait.most,
        "ends_at": None if news.strand is None else maybe_instant(news.strand.live_until),
        "asks": news.asks is not None,
        "rated": None if news.asks is None else news.asks.score,
        "messages": [message_of(message) for message in news.messages],
    }


def message_of(message: Message) -> Json:
    """One bubble. `key` is the id that the visitor's page gave its own words."""
    mine = message.direction is Direction.IN
    return {
        "id": message.id,
        "key": (message.external_id or "").partition(":")[2] if mine else None,
        "mine": mine,
        "name": None if mine else talks.first_name(message.sender),
        "text": message.text,
        "at": instant(message.created_at),
        "order": message.at_version,
        "state": None if mine else message.delivery,
        "elsewhere": message.plan is not None and message.plan.instead is not None,
        "files": [
            {"name": file.name, "type": file.type, "size": file.size, "check": file.check}
            for file in message.attachments
        ],
    }
