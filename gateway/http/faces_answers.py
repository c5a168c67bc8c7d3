"""The faces of answers and macros: what is told, at each kind of door, and what is being written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from crm_core.model.answer import Answer, AnswerState, Macro, Manner, Wording
from crm_core.model.promise import Edition
from crm_core.model.service import Service
from crm_core.model.sla import Reason
from crm_core.model.ticket import Status
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries.answers import Suggested, Whole
from crm_core.rules import answers as rule
from gateway.http.face import Face

Level = Literal["low", "normal", "high", "urgent", "emergency"]
Texts = dict[str, str]


class AnswerRow(Face):
    """An answer as lists show it. `behind` counts renderings by hand that are no longer told, `due` says to look again."""

    id: str
    slug: str
    service: str
    title: Texts
    state: AnswerState
    public: bool
    owner: str | None
    languages: list[str]
    behind: int
    due: bool
    stands: bool
    review_at: datetime | None
    expires_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    updated_at: datetime
    edition: int
    used: int
    helpful: int
    unhelpful: int
    version: int


class RenderingItem(Face):
    """The words for one kind of door in one language. `template` is what stands there before facts are filled in."""

    manner: Manner
    language: str
    text: str
    template: str
    by_hand: bool
    behind: list[str]
    segments: int | None


class FactItem(Face):
    """A fact and where it stands: `service` (for all its answers), `answer`, or `house` (made, not written)."""

    name: str
    texts: Texts
    of: Literal["service", "answer", "house"]


class WordingItem(Face):
    """What an answer says, with everything that follows from it."""

    title: Texts
    text: Texts
    brief: Texts
    facts: dict[str, Texts]
    renderings: list[RenderingItem]


class AnswerEdition(Face):
    """An edition that was told, or the draft (number 0)."""

    number: int
    made_by: str | None
    made_at: datetime
    published_by: str | None
    published_at: datetime | None
    back_to: int | None
    version: int


class AnswerDraft(AnswerEdition):
    """What is being written."""

    wording: WordingItem


class AnswerWhole(AnswerRow):
    """Everything that its page shows."""

    facts: list[FactItem]
    wording: WordingItem
    draft: AnswerDraft | None
    editions: list[AnswerEdition]


class SuggestedItem(Face):
    """What can be said on a ticket; in `gaps` stand the fields that are to be filled before it is sent."""

    answer: str
    title: Texts
    service: str
    edition: int
    manner: Manner
    language: str
    text: str
    gaps: list[str]
    facts: dict[str, str]
    """The facts that the text says: send them back as `cites`, and nobody is told an old one."""
    segments: int | None
    used: int


class MacroItem(Face):
    """A macro: each part it does not touch is null. `snooze` is in hours."""

    id: str
    name: Texts
    answer: str | None
    status: Status | None
    reason: Reason | None
    priority: Level | None
    queue: str | None
    snooze: int | None
    active: bool
    version: int


def answer_row(answer: Answer, *, service: Service | None, public_url: str, now: datetime) -> Json:
    """An answer as lists show it."""
    wording = answer.wording
    made = [] if service is None else renderings(wording, service=service, public_url=public_url)
    return {
        "id": answer.id,
        "slug": answer.slug,
        "service": answer.service,
        "title": wording.title,
        "state": answer.state,
        "public": answer.public,
        "owner": answer.owner,
        "languages": list(rule.languages(wording)),
        "behind": sum(1 for one in made if one["behind"]),
        "due": rule.due(answer, at=now),
        "stands": answer.stands(now),
        "review_at": maybe_instant(answer.review_at),
        "expires_at": maybe_instant(answer.expires_at),
        "approved_by": answer.approved_by,
        "approved_at": maybe_instant(answer.approved_at),
        "updated_at": instant(answer.updated_at),
        "edition": answer.edition,
        "used": answer.used,
        "helpful": answer.helpful,
        "unhelpful": answer.unhelpful,
        "version": answer.version,
    }


def whole(found: Whole, *, public_url: str, now: datetime) -> Json:
    """One answer with its renderings, its draft and its editions."""
    service, draft = found.service, found.draft
    return {
        **answer_row(found.answer, service=service, public_url=public_url, now=now),
        "facts": _facts(found.writing, service=service, public_url=public_url),
        "wording": wording_item(found.answer.wording, service=service, public_url=public_url),
        "draft": None
        if draft is None
        else {
            **edition_item(draft),
            "wording": wording_item(found.writing, service=service, public_url=public_url),
        },
        "editions": [edition_item(one) for one in found.editions],
    }


def wording_item(wording: Wording, *, service: Service, public_url: str) -> Json:
    """A wording with everything that follows from it."""
    return {
        "title": wording.title,
        "text": wording.text,
        "brief": wording.brief,
        "facts": wording.facts,
        "renderings": renderings(wording, service=service, public_url=public_url),
    }


def renderings(wording: Wording, *, service: Service, public_url: str) -> list[Json]:
    """Every kind of door in every language that it is written in."""
    hands = {(one.manner, one.language): one.text for one in wording.hands}
    made = []
    for language in rule.languages(wording):
        facts = rule.facts(wording, service=service, language=language, public_url=public_url)
        for manner in Manner:
            one = rule.render(wording, manner=manner, language=language, facts=facts)
            template = hands.get((manner, language)) or rule.made_for(wording, manner=manner, language=language)
            made.append(
                {
                    "manner": manner,
                    "language": language,
                    "text": one.text,
                    "template": template,
                    "by_hand": one.by_hand,
                    "behind": list(one.behind),
                    "segments": one.segments,
                }
            )
    return made


def edition_item(edition: Edition) -> Json:
    """An edition without its words."""
    return {
        "number": edition.number,
        "made_by": edition.made_by,
        "made_at": instant(edition.made_at),
        "published_by": edition.published_by,
        "published_at": maybe_instant(edition.published_at),
        "back_to": edition.back_to,
        "version": edition.version,
    }


def suggested_item(one: Suggested) -> Json:
    """What can be said on a ticket."""
    answer, rendering = one.answer, one.rendering
    return {
        "answer": answer.id,
        "title": answer.wording.title,
        "service": answer.service,
        "edition": answer.edition,
        "manner": rendering.manner,
        "language": rendering.language,
        "text": one.said.text,
        "gaps": list(one.said.gaps),
        "facts": one.facts,
        "segments": rendering.segments,
        "used": answer.used,
    }


def macro_item(macro: Macro) -> Json:
    """A macro as screens show it."""
    return {
        "id": macro.id,
        "name": macro.name,
        "answer": macro.answer,
        "status": macro.status,
        "reason": macro.reason,
        "priority": None if macro.priority is None else macro.priority.name.lower(),
        "queue": macro.queue,
        "snooze": macro.snooze,
        "active": macro.active,
        "version": macro.version,
    }


def _facts(wording: Wording, *, service: Service, public_url: str) -> list[Json]:
    own: Mapping[str, Any] = wording.facts
    link = rule.facts(wording, service=service, language="en", public_url=public_url)[rule.LINK]
    return [
        *({"name": name, "texts": texts, "of": "service"} for name, texts in service.facts.items()),
        *({"name": name, "texts": texts, "of": "answer"} for name, texts in own.items() if name not in service.facts),
        {"name": rule.LINK, "texts": {"en": link}, "of": "house"},
    ]
