"""What people of the city said of how they were served: asked as the rule asks, answered as people do.

How they felt hangs on one thing alone, whether we answered when we had promised to: what is planted in the times of
one door shows in its ratings, and nothing else does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crm_core.model.event import TicketStatus
from crm_core.model.event_feedback import FeedbackAsked, FeedbackGiven
from crm_core.model.feedback import USUAL_REST, Feedback, Given
from crm_core.model.house import House
from crm_core.model.ids import CustomerId, FeedbackId
from crm_core.model.message import Direction, Message
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import feedback as rule
from crm_core.rules.feedback import Ask, Facts
from gateway.city.dice import Dice
from gateway.city.played import Past
from gateway.city.stage import Stage

_HOURS_LATER = 9
"""In the mean: most answer the same day."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """Each asking with what came of it, and what happened when."""

    feedback: tuple[Feedback, ...]
    past: tuple[Past, ...]


def rate(page: dict[str, Any], stages: Sequence[Stage], *, house: House, now: datetime, seed: int) -> Ratings:
    """In the order in which matters were solved: nobody is asked twice within the usual rest."""
    last: dict[CustomerId, datetime] = {}
    dice = Dice(seed, "ratings")
    made, past = list[Feedback](), list[Past]()
    for at, ticket, answer in sorted(_solved(stages), key=lambda one: (one[0], one[1].id)):
        facts = _facts(ticket, answer, at=at, last=last.get(ticket.customer), house=house)
        if not isinstance(rule.decide(facts), Ask):
            continue
        last[ticket.customer] = at
        asked = _asked(ticket, answer, at=at, dice=dice)
        said = _said(page, asked, ticket, answer, now=now, dice=dice)
        past.append(Past(at, FeedbackAsked(ticket=ticket, feedback=asked)))
        if said.given_at is not None:
            past.append(Past(said.given_at, FeedbackGiven(ticket=ticket, feedback=said)))
        made.append(said)
    return Ratings(tuple(made), tuple(past))


def _solved(stages: Sequence[Stage]) -> Iterator[tuple[datetime, Ticket, Message]]:
    """When each was solved last, as it stood then, and our last answer before that."""
    for stage in stages:
        ends = [one for one in stage.past if isinstance(one.event, TicketStatus) and _ends(one.event)]
        if not ends or not isinstance(ends[-1].event, TicketStatus) or stage.ticket.status.active:
            continue
        at = ends[-1].at
        answers = [one for one in stage.messages if one.direction is Direction.OUT and one.created_at <= at]
        if answers:
            yield at, ends[-1].event.ticket, answers[-1]


def _ends(event: TicketStatus) -> bool:
    return event.ticket.status is Status.SOLVED


def _facts(ticket: Ticket, answer: Message, *, at: datetime, last: datetime | None, house: House) -> Facts:
    assert answer.inbox, "what left, left by an inbox"
    return Facts(
        ticket=ticket,
        service=house.services[ticket.service],
        way=house.inboxes[answer.inbox],
        can=house.can[answer.channel],
        at=at,
        rest=USUAL_REST,
        last=last,
    )


def _asked(ticket: Ticket, answer: Message, *, at: datetime, dice: Dice) -> Feedback:
    assert answer.inbox
    assert answer.address
    return Feedback(
        dice.id(FeedbackId, at=at),
        ticket.id,
        ticket.customer,
        ticket.service,
        answer.channel,
        answer.inbox,
        answer.address,
        ticket.clock.cycle,
        at,
        message=answer.id,
        agent=answer.author,
    )


def _said(
    page: dict[str, Any], asked: Feedback, ticket: Ticket, answer: Message, *, now: datetime, dice: Dice
) -> Feedback:
    """What they say, if they do and have by now. Every draw is made for everybody, so that an hour changes nothing before."""
    answers, writes = dice.chance(page["answers"]), dice.chance(page["comments"])
    at = asked.asked_at + timedelta(seconds=dice.waiting(_HOURS_LATER * 3600))
    score = int(dice.weighted(page["kept" if _kept(ticket) else "late"]))
    words = dice.pick(page["zh" if (ticket.language or "").startswith("zh") else "en"][str(score)])
    if not answers or at > now or at >= asked.asked_at + rule.LASTS:
        return asked
    comment = words.replace("{agent}", answer.sender) if writes else ""
    return replace(rule.given(asked, Given(score, comment), at=at), version=2)


def _kept(ticket: Ticket) -> bool:
    first, due = ticket.first_answered_at, ticket.first_due_at
    return first is None or due is None or first <= due
