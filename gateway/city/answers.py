"""The city's library: what it answers, with its facts, and what its agents do with one key."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from crm_core.actions.answers import first_edition
from crm_core.model.agent import Agent
from crm_core.model.answer import Answer, AnswerState, Hand, Macro, Manner, Wording
from crm_core.model.ids import AnswerId, MacroId
from crm_core.model.promise import Edition
from crm_core.model.service import Service
from crm_core.model.sla import Reason
from crm_core.model.ticket import Status
from crm_core.rules import answers as rule
from gateway.city.books import Books, Page, span
from gateway.city.dice import Dice

_APPROVED_BEFORE = timedelta(days=40)


def answers(
    books: Books, *, services: Mapping[str, Service], agents: Mapping[str, Agent], seed: int, now: datetime
) -> dict[str, Answer]:
    """What the city answers, by address; one of them is still being written."""
    dice = Dice(seed, "answers")
    made: dict[str, Answer] = {}
    for number, page in enumerate(books.answers["answer"]):
        at = now - _APPROVED_BEFORE + timedelta(days=number, minutes=dice.number(0, 500))
        id = dice.id(AnswerId, at=at)
        made[page["slug"]] = _answer(page, id=id, service=services[page["service"]], agents=agents, at=at, now=now)
    return made


def editions(made: Mapping[str, Answer]) -> tuple[Edition, ...]:
    """The way back to each."""
    return tuple(first_edition(one) for one in made.values())


def macros(books: Books, *, answers: Mapping[str, Answer], seed: int, now: datetime) -> tuple[Macro, ...]:
    """What agents do with one key."""
    dice = Dice(seed, "macros")
    at = now - _APPROVED_BEFORE
    return tuple(
        Macro(
            dice.id(MacroId, at=at),
            page["name"],
            answers[page["answer"]].id,
            Status(page["status"]),
            None,
            None,
            page.get("snooze"),
            active=True,
            created_at=at,
            by=None,
            reason=Reason(page["reason"]),
        )
        for page in books.answers["macro"]
    )


def _answer(
    page: Page, *, id: AnswerId, service: Service, agents: Mapping[str, Agent], at: datetime, now: datetime
) -> Answer:
    owner = agents[page["owner"]].id
    draft = page.get("draft", False)
    return Answer(
        id,
        page["slug"],
        service.id,
        _wording(page),
        AnswerState.DRAFT if draft else AnswerState.APPROVED,
        public=page.get("public", False),
        owner=owner,
        created_at=at,
        updated_at=at,
        review_at=now + span(page["review"]),
        approved_by=None if draft else owner,
        approved_at=None if draft else at,
        edition=0 if draft else 1,
        used=page["used"],
        helpful=page["helpful"],
        unhelpful=page["unhelpful"],
    )


def _wording(page: Page) -> Wording:
    """Texts begin after the line's end that TOML's quotes leave."""
    text = {language: said.strip() for language, said in page["text"].items()}
    plain = Wording(page["title"], text, page["brief"], page.get("facts", {}))
    hands = tuple(_hand(one, plain) for one in page.get("hand", ()))
    return Wording(plain.title, plain.text, plain.brief, plain.facts, hands)


def _hand(page: Page, plain: Wording) -> Hand:
    """Written by hand when the facts were as the page says."""
    manner, language = Manner(page["manner"]), page["language"]
    return Hand(manner, language, page["text"], rule.made_for(plain, manner=manner, language=language), page["facts"])
