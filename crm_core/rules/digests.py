"""A mail to a member of staff: what happened while no screen of theirs was open. Pure."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from crm_core.model.agent import Agent
from crm_core.model.event import Stamped
from crm_core.model.house import House
from crm_core.model.ids import AgentId, TicketId
from crm_core.model.queue import Queue
from crm_core.model.ticket import Ticket
from crm_core.model.wishes import Hours, News, Tiding, Wishes
from crm_core.model.work import OfferState
from crm_core.rules import calendar

CURSOR = "herald"
"""What the herald's place in the stream is called."""

GATHER = timedelta(minutes=5)
"""So long the first news of a mail waits for more."""

TOLD_BY = ("offer.ended", "note.added", "message.received", "ticket.due")
"""Events that may be news to somebody who is away."""

SHOWN = 20
"""Of more tickets of one kind only the number is said."""


def tidings(event: Stamped) -> Iterator[Tiding]:
    """To whom it is news, and of what; never to whoever did it."""
    for news, agent in _news(event.type, event.facts):
        if agent != event.actor.id and (ticket := _ticket(event)) is not None:
            yield Tiding(event.id, AgentId(agent), news, ticket, event.at)


def due_at(first: datetime, *, sent_at: datetime | None, every: timedelta) -> datetime:
    """When a mail may leave, whose first news came then."""
    gathered = first + GATHER
    return gathered if sent_at is None else max(gathered, sent_at + every)


def may_come(wishes: Wishes, queues: Iterable[Queue], *, house: House, at: datetime) -> datetime:
    """Now, or when the first of their queues opens again; where none ever does, their hours say nothing."""
    if wishes.hours is Hours.ALWAYS:
        return at
    openings = []
    for id in {queue.calendar for queue in queues}:
        try:
            openings.append(calendar.next_opening(at, calendar=house.calendars[id]))
        except (calendar.NeverOpen, KeyError):
            continue
    return max(at, min(openings, default=at))


@dataclass(frozen=True, slots=True)
class Entry:
    """One ticket with what was news on it."""

    news: News
    ticket: Ticket
    at: datetime


def written(agent: Agent, entries: Sequence[Entry], *, wishes: Wishes, house: House) -> tuple[str, str]:
    """Subject and words in their language. A ticket stands once below each kind of news, with the newest time."""
    language = "zh" if agent.languages[:1] == ("zh",) else "en"
    words: Mapping[str, Any] = _words()[language]
    newest: dict[tuple[News, TicketId], Entry] = {}
    for entry in sorted(entries, key=lambda one: one.at):
        newest[entry.news, entry.ticket.id] = entry
    parts = [words["hello"].format(name=agent.name)]
    for news in News:
        some = [entry for (kind, _), entry in newest.items() if kind is news]
        if some:
            lines = [_line(entry, wishes=wishes, house=house, language=language) for entry in some[:SHOWN]]
            more = [words["more"].format(n=len(some) - SHOWN)] if len(some) > SHOWN else []
            parts.append("\n".join([words["kinds"][news], *lines, *more]))
    parts.append(words["foot"].format(url=f"{house.public_url}/console/"))
    return words["subject"].format(n=len(newest)), "\n\n".join(parts)


def _line(entry: Entry, *, wishes: Wishes, house: House, language: str) -> str:
    ticket, queue = entry.ticket, house.queues.get(entry.ticket.queue)
    zone = house.calendars[queue.calendar].zone if queue and queue.calendar in house.calendars else "UTC"
    where = "" if queue is None else queue.titles.get(language, queue.name)
    said = [ticket.number, where, entry.at.astimezone(ZoneInfo(zone)).strftime("%d.%m. %H:%M")]
    if wishes.words and not ticket.confidential:
        said.append(f"{ticket.customer_name}: {ticket.subject}")
    return f"- {' · '.join(one for one in said if one)}\n  {house.public_url}/console/t/{ticket.number}"


def _news(kind: str, facts: Mapping[str, Any]) -> Iterator[tuple[News, str]]:
    match kind:
        case "offer.ended" if facts["offer"]["state"] == OfferState.TIMED_OUT:
            yield News.OFFERS, facts["offer"]["agent"]
        case "note.added":
            yield from ((News.MENTIONS, agent) for agent in facts.get("mentions", ()))  # older notes say none
        case "message.received" if facts["row"]["assignee"] is not None:
            yield News.REPLIES, facts["row"]["assignee"]
        case "ticket.due":
            yield from ((News.LATE, agent) for agent in facts["told"])


def _ticket(event: Stamped) -> TicketId | None:
    return None if event.ticket is None else TicketId(event.ticket)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "digests.toml").read_text("utf-8"))
