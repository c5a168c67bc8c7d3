"""The catalogue, for admins: drafts and editions of services; and "Try it", for all staff."""

from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from crm_core.actions import catalogue as actions
from crm_core.actions import suggestions
from crm_core.model.catalogue import ServiceEdition, Suggestion, SuggestionState
from crm_core.model.ids import CalendarId, LifeEventId, PolicyId, QueueId, ServiceId, SuggestionId, UnitId
from crm_core.model.service import Condition, FieldKind, Given, Publicity, Service
from crm_core.model.service import Field as Question
from crm_core.model.view import Json, instant
from crm_core.queries import catalogue
from crm_core.queries.catalogue import Entry
from crm_core.rules import editions, matching
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, Input, route

Key = Annotated[str, Field(min_length=1, max_length=60)]
Text = Annotated[str, Field(max_length=4000)]
Tongue = Annotated[str, Field(min_length=2, max_length=12)]
Texts = Annotated[dict[Tongue, Text], Field(max_length=12)]
Version = Annotated[int, Field(ge=1, le=1 << 53)] | None
OF_SERVICE = f"{API}/catalogue/{{id}}"


class ConditionBody(Input):
    """The earlier question, by its key, and what it must be.

    `values` go with `one_of`: options by their English name, or `yes` and `no`.
    """

    field: Key
    given: Given = Field(default=Given.ONE_OF, strict=False)
    values: Annotated[list[Annotated[str, Field(max_length=4000)]], Field(max_length=60)] = Field(default_factory=list)


class QuestionBody(Input):
    """One question of the form; `only_if` says when it is asked, null: always."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    kind: FieldKind = Field(strict=False)
    label: Texts
    help: Texts = Field(default_factory=dict)
    required: bool = False
    choices: Annotated[list[Texts], Field(max_length=60)] = Field(default_factory=list)
    page: Annotated[int, Field(ge=1, le=30)] = 1
    only_if: ConditionBody | None = None


class ServiceBody(Input):
    """A service as it is to be; its address and its owner are not written here."""

    name: Texts
    about: Texts = Field(default_factory=dict)
    synonyms: Annotated[
        dict[Tongue, Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=200)]], Field(max_length=12)
    ] = Field(default_factory=dict)
    queue: Key
    policy: Key
    skills: Annotated[dict[Key, Annotated[int, Field(ge=0, le=5)]], Field(max_length=30)] = Field(default_factory=dict)
    fields: Annotated[list[QuestionBody], Field(max_length=80)] = Field(default_factory=list)
    facts: Annotated[dict[Key, Texts], Field(max_length=30)] = Field(default_factory=dict)
    active: bool = True
    life_events: Annotated[list[Key], Field(max_length=30)] = Field(default_factory=list)
    hours: Key | None = None
    steps: Annotated[list[Texts], Field(max_length=20)] = Field(default_factory=list)
    pages: Annotated[list[Texts], Field(max_length=30)] = Field(default_factory=list)
    publicity: Publicity | None = Field(default=None, strict=False)
    """What strangers see of its requests at a public door; without it, as it is shown now."""
    confirm: bool | None = None
    """Whether an address typed into its form is confirmed before we write there again; without it, as it is now."""
    asked: bool | None = None
    """Whether people are asked how they were served in it; without it, as now."""
    seen_version: Version = None


class ServiceWhole(faces.Face):
    """Everything about a service."""

    id: str
    slug: str
    name: dict[str, str]
    about: dict[str, str]
    synonyms: dict[str, list[str]]
    unit: str
    queue: str
    policy: str
    skills: dict[str, int]
    fields: list[dict[str, Any]]
    facts: dict[str, dict[str, str]]
    active: bool
    order: int
    version: int
    life_events: list[str]
    hours: str | None
    steps: list[dict[str, str]]
    pages: list[dict[str, str]]
    publicity: Publicity
    confirm: bool
    asked: bool


class EntryItem(faces.Face):
    """A service as it is shown, and the draft of its next edition with what it changes."""

    service: ServiceWhole
    draft: dict[str, Any] | None
    differences: list[dict[str, Any]]
    missing: list[str]
    editions: list[dict[str, Any]]


class CatalogueItem(faces.Page[EntryItem]):
    """The whole catalogue, with what its editors choose from."""

    life_events: list[dict[str, Any]]
    calendars: list[dict[str, Any]]
    policies: list[dict[str, Any]]


@route("GET", f"{API}/catalogue", answer=CatalogueItem)
async def everything(ask: Ask) -> Json:
    """Every service with its draft (admins)."""
    found = await ask.read(catalogue.entries)
    setup = ask.house.keeper.setup
    return {
        "items": [entry_item(one) for one in found],
        "next": None,
        "life_events": [{"id": one.id, "name": one.name} for one in setup.life_events],
        "calendars": [{"id": one.id, "name": one.name} for one in setup.calendars],
        "policies": [{"id": one.id, "name": one.name} for one in setup.policies],
    }


class NewService(Input):
    """A service to be; nobody sees it before it is published."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,80}$")]
    name: Texts
    unit: Key
    queue: Key
    policy: Key


@route("POST", f"{API}/catalogue", body=NewService, answer=EntryItem, status=201)
async def add(ask: Ask, *, body: NewService) -> Any:
    """A new service. Its address is for ever: units come and go, links stay."""
    return await ask.do(
        lambda made: entry_item(Entry(made, None)),
        actions.add_service,
        slug=body.slug,
        name=body.name,
        unit=UnitId(body.unit),
        queue=QueueId(body.queue),
        policy=PolicyId(body.policy),
    )


@route("GET", OF_SERVICE, answer=EntryItem)
async def show(ask: Ask, *, id: str) -> Json:
    """One service with its draft, what it changes, what is not translated, and all editions."""
    return entry_item(await ask.read(catalogue.entry, ServiceId(id)))


@route("PUT", f"{OF_SERVICE}/draft", body=ServiceBody, answer=EntryItem)
async def save(ask: Ask, *, id: str, body: ServiceBody) -> Json:
    """Keep what is being written; `seen_version` is the draft's.

    A question with `only_if` (`field`, `given`: `one_of`, `answered` or `unanswered`, and `values`
    for `one_of`) is asked only where the earlier question `field` was answered so; what is not
    asked is neither required nor kept. A condition that nothing could meet is refused.
    """
    entry = await ask.read(catalogue.entry, ServiceId(id))
    content = _content(entry.service, body)
    made = await ask.house.desk.do(
        ask.actor, actions.save_draft, entry.service.id, content=content, seen_version=body.seen_version
    )
    return entry_item(replace(entry, draft=made))


@route("DELETE", f"{OF_SERVICE}/draft", status=204)
async def drop(ask: Ask, *, id: str) -> None:
    """Let go of the draft."""
    await ask.house.desk.do(ask.actor, actions.drop_draft, ServiceId(id))


class PublicationBody(Input):
    """Why, in a few words, and which version of the draft was seen."""

    note: Annotated[str, Field(max_length=500)] = ""
    seen_version: Version = None


@route("POST", f"{OF_SERVICE}/publications", body=PublicationBody, answer=ServiceWhole)
async def publish(ask: Ask, *, id: str, body: PublicationBody) -> Any:
    """The draft is what people see from now on."""
    return await ask.do(service_item, actions.publish, ServiceId(id), note=body.note, seen_version=body.seen_version)


class RollbackBody(Input):
    """The number of the edition to show again."""

    edition: Annotated[int, Field(ge=0, le=1 << 53)]


@route("POST", f"{OF_SERVICE}/rollbacks", body=RollbackBody, answer=ServiceWhole)
async def roll_back(ask: Ask, *, id: str, body: RollbackBody) -> Any:
    """An older edition is shown again, as a new one."""
    return await ask.do(service_item, actions.roll_back, ServiceId(id), to=body.edition)


class MatchBody(Input):
    """Words as somebody might write them."""

    text: Annotated[str, Field(max_length=20_000)]
    subject: Annotated[str, Field(max_length=2000)] = ""


class Matched(faces.Face):
    """A service that the words speak for."""

    service: str
    confidence: int
    words: list[str]


class Verdict(faces.Face):
    """Where it would be filed by itself (null: with a person, who sees the others), and why."""

    service: str | None
    confidence: int
    words: list[str]
    why: str
    place: str | None
    others: list[Matched]


@route("POST", f"{API}/matches", body=MatchBody, answer=Verdict)
async def try_it(ask: Ask, *, body: MatchBody) -> Json:
    """The rule that files every contact, on any words. Nothing is kept."""
    await ask.read(catalogue.may_match)
    index = ask.house.keeper.house.index
    found = matching.decide(index, subject=body.subject, said=body.text)
    place = matching.place(index, said=f"{body.subject}\n{body.text}")
    return {
        **asdict(found),
        "words": list(found.words),
        "place": place,
        "others": [match_item(one) for one in found.others],
    }


class SuggestionQuery(Asked):
    """Which ones; `open` are to be decided."""

    state: Literal["open", "accepted", "dismissed"] = "open"
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


class SuggestionItem(faces.Face):
    """Words that agents showed to mean a service, with the tickets that taught it."""

    id: str
    service: str
    was: str
    language: str
    phrase: str
    tickets: list[str]
    state: SuggestionState
    updated_at: str
    version: int


@route("GET", f"{API}/suggestions", query=SuggestionQuery, answer=faces.Page[SuggestionItem])
async def taught(ask: Ask, *, query: SuggestionQuery) -> Json:
    """What corrections taught, the newest first (admins)."""
    found, more = await ask.read(catalogue.taught, state=query.state, limit=query.limit, cursor=query.cursor)
    return {"items": [suggestion_item(one) for one in found], "next": more}


class DecisionBody(Input):
    """Take it, perhaps in better words, or never."""

    state: Literal["accepted", "dismissed"]
    phrase: Annotated[str, Field(max_length=60)] | None = None


@route("POST", f"{API}/suggestions/{{id}}/decisions", body=DecisionBody, answer=SuggestionItem)
async def decide(ask: Ask, *, id: str, body: DecisionBody) -> Any:
    """Accepted, the words count from the next contact on."""
    state = SuggestionState(body.state)
    return await ask.do(suggestion_item, suggestions.decide, SuggestionId(id), state=state, phrase=body.phrase)


def entry_item(entry: Entry) -> Json:
    """A service with all that its editor shows."""
    draft = entry.draft
    content = entry.service if draft is None else draft.content
    changes = [] if draft is None else editions.differences(entry.service, new=draft.content)
    return {
        "service": service_item(entry.service),
        "draft": None if draft is None else {**edition_item(draft), "content": service_item(draft.content)},
        "differences": [
            {"part": one.part, "before": _plain(one.before), "after": _plain(one.after)} for one in changes
        ],
        "missing": editions.missing(content),
        "editions": [edition_item(one) for one in entry.editions],
    }


def service_item(service: Service) -> Json:
    """Everything about a service."""
    return {
        "id": service.id,
        "slug": service.slug,
        "name": service.name,
        "about": service.about,
        "synonyms": {language: list(words) for language, words in service.synonyms.items()},
        "unit": service.unit,
        "queue": service.queue,
        "policy": service.policy,
        "skills": service.skills,
        "fields": [_plain(field) for field in service.fields],
        "facts": service.facts,
        "active": service.active,
        "order": service.order,
        "version": service.version,
        "life_events": list(service.life_events),
        "hours": service.hours,
        "steps": list(service.steps),
        "pages": list(service.pages),
        "publicity": service.publicity,
        "confirm": service.confirm,
        "asked": service.asked,
    }


def edition_item(edition: ServiceEdition) -> Json:
    """An edition without its content."""
    return {
        "number": edition.number,
        "state": edition.state,
        "by": edition.by,
        "at": instant(edition.at),
        "note": edition.note,
        "version": edition.version,
    }


def suggestion_item(one: Suggestion) -> Json:
    """A suggestion as admins see it."""
    return {
        "id": one.id,
        "service": one.service,
        "was": one.was,
        "language": one.language,
        "phrase": one.phrase,
        "tickets": list(one.tickets),
        "state": one.state,
        "updated_at": instant(one.updated_at),
        "version": one.version,
    }


def match_item(one: matching.Match) -> Json:
    """A service that the words speak for."""
    return {"service": one.service, "confidence": one.confidence, "words": list(one.words)}


def _content(service: Service, body: ServiceBody) -> Service:
    return replace(
        service,
        name=body.name,
        about=body.about,
        synonyms={
            language: tuple(filter(None, (" ".join(word.split()) for word in words)))
            for language, words in body.synonyms.items()
        },
        queue=QueueId(body.queue),
        policy=PolicyId(body.policy),
        skills=body.skills,
        fields=tuple(_question(one) for one in body.fields),
        facts=body.facts,
        active=body.active,
        life_events=tuple(LifeEventId(one) for one in body.life_events),
        hours=None if body.hours is None else CalendarId(body.hours),
        steps=tuple(body.steps),
        pages=tuple(body.pages),
        publicity=body.publicity or service.publicity,
        confirm=service.confirm if body.confirm is None else body.confirm,
        asked=service.asked if body.asked is None else body.asked,
    )


def _question(body: QuestionBody) -> Question:
    on = body.only_if
    only_if = None if on is None else Condition(on.field, on.given, tuple(on.values))
    return Question(body.key, body.kind, body.label, body.help, body.required, tuple(body.choices), body.page, only_if)


def _plain(value: Any) -> Any:
    if isinstance(value, Question):
        return {**asdict(value), "choices": list(value.choices)}
    return list(value) if isinstance(value, tuple) else value
