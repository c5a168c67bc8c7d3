"""The library of answers: for all staff to find and write, for supervisors to approve."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from crm_core.actions import answers as actions
from crm_core.model.answer import Answer, Manner, Wording
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import AgentId, AnswerId, ServiceId
from crm_core.model.view import Json
from crm_core.queries import answers, ticket
from crm_core.queries.answers import Wanted
from gateway.http import faces
from gateway.http.faces_answers import (
    AnswerEdition,
    AnswerRow,
    AnswerWhole,
    SuggestedItem,
    WordingItem,
    answer_row,
    edition_item,
    suggested_item,
    whole,
    wording_item,
)
from gateway.http.routes import API, Ask, Asked, Input, route

Key = Annotated[str, Field(min_length=1, max_length=60)]
Tongue = Annotated[str, Field(min_length=2, max_length=12)]
Name = Annotated[str, Field(pattern=r"^[^\W\d]\w{0,39}$")]
Texts = Annotated[dict[Tongue, Annotated[str, Field(max_length=20_000)]], Field(max_length=12)]
Briefs = Annotated[dict[Tongue, Annotated[str, Field(max_length=1000)]], Field(max_length=12)]
Facts = Annotated[dict[Name, Briefs], Field(max_length=30)]
Version = Annotated[int, Field(ge=1, le=1 << 53)] | None
OF_ANSWER = f"{API}/answers/{{id}}"


class WordingBody(Input):
    """What an answer says. In braces stand facts and fields: `{cost}` or `{name}`."""

    title: Briefs
    text: Texts = Field(default_factory=dict)
    brief: Briefs = Field(default_factory=dict)
    facts: Facts = Field(default_factory=dict)


class AnswerQuery(Asked):
    """Which answers; `due` are those that were to be looked at again by now. With `q` the newest hundred that have the words."""

    state: Literal["draft", "approved", "retired", "due"] | None = None
    service: Key | None = None
    language: Tongue | None = None
    q: Annotated[str, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


@route("GET", f"{API}/answers", query=AnswerQuery, answer=faces.Page[AnswerRow])
async def listed(ask: Ask, *, query: AnswerQuery) -> Json:
    """The library, what changed last first."""
    service = None if query.service is None else ServiceId(query.service)
    wanted = Wanted(
        state=query.state,
        service=service,
        language=query.language,
        words=query.q,
        limit=query.limit,
        cursor=query.cursor,
    )
    found = await ask.read(answers.page, wanted)
    row = _row(ask)
    return {"items": [row(one) for one in found.items], "next": found.next}


class NewAnswer(WordingBody):
    """A first draft. Its address is for ever, its service can change."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,80}$")]
    service: Key


@route("POST", f"{API}/answers", body=NewAnswer, answer=AnswerRow, status=201)
async def add(ask: Ask, *, body: NewAnswer) -> Any:
    """Write an answer; nobody is told it before it is approved."""
    service = ServiceId(body.service)
    return await ask.do(_row(ask), actions.add_answer, slug=body.slug, service=service, wording=_wording(body))


@route("GET", OF_ANSWER, answer=AnswerWhole)
async def show(ask: Ask, *, id: str) -> Json:
    """One answer: its facts, its words at every kind of door, its draft and its editions."""
    return whole(await ask.read(answers.one, AnswerId(id)), public_url=_url(ask), now=ask.house.clock())


class DraftBody(WordingBody):
    """The next edition as it stands now; what was written by hand is kept beside it."""

    seen_version: Version = None


@route("PUT", f"{OF_ANSWER}/draft", body=DraftBody, answer=AnswerEdition)
async def save(ask: Ask, *, id: str, body: DraftBody) -> Json:
    """Keep what is being written; `seen_version` is the draft's."""
    desk, wording, seen = ask.house.desk, _wording(body), body.seen_version
    return edition_item(await desk.do(ask.actor, actions.draft_answer, AnswerId(id), wording, seen_version=seen))


@route("DELETE", f"{OF_ANSWER}/draft", status=204)
async def drop(ask: Ask, *, id: str) -> None:
    """Let go of the draft."""
    await ask.house.desk.do(ask.actor, actions.drop_answer, AnswerId(id))


class RenderingBody(Input):
    """The words for one kind of door, by hand; an empty text gives it back to the rule."""

    manner: Manner = Field(strict=False)
    language: Tongue
    text: Annotated[str, Field(max_length=20_000)]


@route("PUT", f"{OF_ANSWER}/renderings", body=RenderingBody, answer=AnswerEdition)
async def write(ask: Ask, *, id: str, body: RenderingBody) -> Json:
    """Into the draft: write one rendering by hand."""
    draft = await ask.house.desk.do(
        ask.actor,
        actions.write_rendering,
        AnswerId(id),
        body.text,
        manner=body.manner,
        language=body.language,
        public_url=_url(ask),
    )
    return edition_item(draft)


class ApprovalBody(Input):
    """Which version of the draft was seen."""

    seen_version: Version = None


@route("POST", f"{OF_ANSWER}/approvals", body=ApprovalBody, answer=AnswerRow)
async def approve(ask: Ask, *, id: str, body: ApprovalBody) -> Any:
    """The draft is what everybody is told from now on (supervisors)."""
    return await ask.do(_row(ask), actions.approve, AnswerId(id), seen_version=body.seen_version)


class TakeBackBody(Input):
    """The number of the edition to tell again."""

    edition: Annotated[int, Field(ge=1, le=1 << 53)]


@route("POST", f"{OF_ANSWER}/rollbacks", body=TakeBackBody, answer=AnswerRow)
async def take_back(ask: Ask, *, id: str, body: TakeBackBody) -> Any:
    """An older edition is told again, as a new one (supervisors)."""
    return await ask.do(_row(ask), actions.take_back, AnswerId(id), to=body.edition)


class OldWordingQuery(Asked):
    """Which edition."""

    number: Annotated[int, Field(ge=1, le=1 << 53)]


@route("GET", f"{OF_ANSWER}/editions", query=OldWordingQuery, answer=WordingItem)
async def told(ask: Ask, *, id: str, query: OldWordingQuery) -> Json:
    """What was told in an edition, with the service's facts as they are now."""
    found = await ask.read(answers.one, AnswerId(id))
    edition = await ask.read(answers.edition, AnswerId(id), query.number)
    return wording_item(edition, service=found.service, public_url=_url(ask))


class FactBody(Input):
    """One fact, by language; empty texts take it away."""

    name: Name
    texts: Briefs


@route("POST", f"{OF_ANSWER}/facts", body=FactBody, answer=AnswerRow)
async def change_fact(ask: Ask, *, id: str, body: FactBody) -> Any:
    """A fact is another one at once, in every rendering (supervisors). What the service holds changes there (admins)."""
    return await ask.do(_row(ask), actions.change_fact, AnswerId(id), body.name, dict(body.texts))


class TermsBody(Input):
    """For which service, who sees it, whose it is, when it is looked at again and when it ends."""

    service: Key
    public: bool = False
    owner: Key | None = None
    review_at: AwareDatetime | None = Field(default=None, strict=False)
    expires_at: AwareDatetime | None = Field(default=None, strict=False)
    seen_version: Version = None


@route("PUT", f"{OF_ANSWER}/terms", body=TermsBody, answer=AnswerRow)
async def arrange(ask: Ask, *, id: str, body: TermsBody) -> Json:
    """What holds for it beside its words (supervisors)."""
    terms = actions.Terms(
        service=ServiceId(body.service),
        public=body.public,
        owner=None if body.owner is None else AgentId(body.owner),
        review_at=body.review_at,
        expires_at=body.expires_at,
    )
    desk = ask.house.desk
    return _row(ask)(await desk.do(ask.actor, actions.arrange, AnswerId(id), terms, seen_version=body.seen_version))


class ReviewBody(Input):
    """When to look again; null for never."""

    review_at: AwareDatetime | None = Field(default=None, strict=False)


@route("POST", f"{OF_ANSWER}/reviews", body=ReviewBody, answer=AnswerRow)
async def review(ask: Ask, *, id: str, body: ReviewBody) -> Any:
    """I looked at it, and it holds (supervisors)."""
    return await ask.do(_row(ask), actions.review, AnswerId(id), next_at=body.review_at)


@route("POST", f"{OF_ANSWER}/retirements", answer=AnswerRow)
async def retire(ask: Ask, *, id: str) -> Any:
    """Nobody is told it any more (supervisors)."""
    return await ask.do(_row(ask), actions.retire, AnswerId(id))


class RatingBody(Input):
    """Whether it helped."""

    helpful: bool


@route("POST", f"{OF_ANSWER}/ratings", body=RatingBody, status=204, may_be_empty=True)
async def rate(ask: Ask, *, id: str, body: RatingBody) -> Any:
    """Whether it helped; citizens say so on its public page."""
    return await ask.do(_nothing, actions.rate_answer, AnswerId(id), helpful="yes" if body.helpful else "no")


class SuggestedQuery(Asked):
    """Words, or one answer; and by which channel it goes (else where the person last wrote)."""

    q: Annotated[str, Field(max_length=200)] = ""
    answer: Key | None = None
    channel: Key | None = None


@route("GET", f"{API}/tickets/{{id}}/answers", query=SuggestedQuery, answer=faces.Page[SuggestedItem])
async def suggested(ask: Ask, *, id: str, query: SuggestedQuery) -> Json:
    """What can be said on this ticket, its service's answers first, in the words of the door and the person."""
    house = ask.house.keeper.house
    if query.channel is not None and query.channel not in house.can:
        raise BadInput(Problem("channel", "There is no such channel."))
    on, channel = await ask.read(ticket.resolve, id), query.channel
    if query.answer is not None:
        one = await ask.read(answers.said, on, AnswerId(query.answer), channel=channel, house=house)
        return {"items": [suggested_item(one)], "next": None}
    found = await ask.read(answers.suggested, on, words=query.q, channel=channel, house=house)
    return {"items": [suggested_item(one) for one in found], "next": None}


def _row(ask: Ask) -> Callable[[Answer], Json]:
    services, now = ask.house.keeper.house.services, ask.house.clock()
    return lambda answer: answer_row(answer, service=services.get(answer.service), public_url=_url(ask), now=now)


def _url(ask: Ask) -> str:
    return ask.house.keeper.house.public_url


def _wording(body: WordingBody) -> Wording:
    return Wording(body.title, body.text, body.brief, body.facts)


def _nothing(_: None) -> None:
    return None
