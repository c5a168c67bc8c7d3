"""The library as its readers ask: lists, one answer with its editions, what to say on a ticket, and the public pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from crm_core.model.answer import Answer, Macro, Manner, Wording
from crm_core.model.customer import Customer
from crm_core.model.errors import NotFound
from crm_core.model.house import House
from crm_core.model.ids import AnswerId, MacroId, ServiceId, TicketId
from crm_core.model.promise import Edition
from crm_core.model.service import Service
from crm_core.model.ticket import Ticket
from crm_core.rules import answers as rule
from crm_core.rules import citing, cursors, preferences, search, ways
from crm_core.rules.answers import Rendering, Said
from crm_core.store.compiled import among
from crm_core.store.library import DRAFT, NUMBERED, wording_of
from crm_core.store.maps.codec import micros
from crm_core.store.reach import reach_of
from crm_core.store.tables import answers, editions, macros
from crm_core.store.tx import Read, listed
from crm_core.store.words import NEWEST, matching, placed, search_docs

MOST_EDITIONS = 100
MOST_FOUND = 100
MOST_SUGGESTED = 40
MOST_MACROS = 200

_text, _big = sa.Text, sa.BigInteger
_LIMIT = sa.bindparam("limit", type_=sa.Integer)
_BELOW = sa.tuple_(answers.c.updated_at, answers.c.id) < sa.tuple_(
    sa.bindparam("at", type_=_big), sa.bindparam("below", type_=_text)
)
_ALL = sa.select(answers).where(_BELOW).order_by(answers.c.updated_at.desc(), answers.c.id.desc()).limit(_LIMIT)
_OF_STATE = _ALL.where(answers.c.state == sa.bindparam("state", type_=_text))
_OF_SERVICE = _ALL.where(answers.c.service == sa.bindparam("service", type_=_text))
_OF_BOTH = _OF_SERVICE.where(answers.c.state == sa.bindparam("state", type_=_text))
_DUE = (
    sa.select(answers)
    .where(
        sa.text("state = 'approved' AND review_at IS NOT NULL"),
        answers.c.review_at <= sa.bindparam("now", type_=_big),
        sa.tuple_(answers.c.review_at, answers.c.id)
        > sa.tuple_(sa.bindparam("at", type_=_big), sa.bindparam("below", type_=_text)),
    )
    .order_by(answers.c.review_at, answers.c.id)
    .limit(_LIMIT)
)
_BY_IDS = sa.select(answers).where(among(answers.c.id, "ids"))
_BY_SLUG = sa.select(answers).where(answers.c.slug == sa.bindparam("slug", type_=_text))
_IDS_AT = sa.select(search_docs.c.id, search_docs.c.seq).where(
    placed("places"), search_docs.c.kind == sa.literal_column(f"'{search.ANSWER}'")
)
_EDITIONS = (
    sa.select(editions)
    .where(editions.c.of == sa.bindparam("of", type_=_text), sa.text("state = 'published'"))
    .order_by(editions.c.number.desc())
    .limit(MOST_EDITIONS)
)
_MACROS = sa.select(macros).order_by(macros.c.active.desc(), macros.c.created_at, macros.c.id).limit(MOST_MACROS)
_TOP = (1 << 62) - 1

State = Literal["draft", "approved", "retired", "due"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which answers; `due` are those whose owner was to look again by now. With words, the newest hundred that have them."""

    state: State | None = None
    service: ServiceId | None = None
    language: str | None = None
    words: str = ""
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of them; with a language it may be short although there is a next one."""

    items: list[Answer]
    next: str | None


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer with its service (which holds facts), its draft, and its editions, the newest first."""

    answer: Answer
    service: Service
    draft: Edition | None
    editions: tuple[Edition, ...] = ()

    @property
    def writing(self) -> Wording:
        """As it would be if its draft were approved."""
        return self.answer.wording if self.draft is None else wording_of(self.draft)


@dataclass(frozen=True, slots=True)
class Suggested:
    """What could be said on a ticket, in the words of its door and person, fields filled; `facts` are those that it says."""

    answer: Answer
    rendering: Rendering
    said: Said
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Paper:
    """An answer as it stands on the public pages."""

    answer: Answer
    service: Service
    title: str
    text: str
    language: str


async def page(read: Read, wanted: Wanted) -> Shelf:
    """A page of the library, what changed last first."""
    await read.permit(to="answers")
    if wanted.words.strip():
        return Shelf(_in(wanted, await _with_words(read, wanted.words)), None)
    begin = (0, "") if wanted.state == "due" else (_TOP, "~")
    at, below = begin if wanted.cursor is None else cursors.opened(wanted.cursor, int, str)
    asked = {"at": at, "below": below, "limit": wanted.limit + 1, "now": micros(read.now)}
    statement = _statement(wanted)
    asked |= {"state": wanted.state, "service": wanted.service}
    found = await read.values(Answer, statement, **asked)
    shown = found[: wanted.limit]
    more = _place(shown[-1], wanted) if len(found) > wanted.limit else None
    return Shelf(_in(wanted, shown), more)


async def one(read: Read, answer_id: AnswerId) -> Whole:
    """One answer with everything that its page shows."""
    await read.permit(to="answers")
    answer = await read.get(Answer, answer_id)
    return Whole(
        answer,
        await read.get(Service, answer.service),
        await read.value(Edition, DRAFT, of=answer_id),
        tuple(await read.values(Edition, _EDITIONS, of=answer_id)),
    )


async def edition(read: Read, answer_id: AnswerId, number: int) -> Wording:
    """What was told in this edition. Raises NotFound."""
    await read.permit(to="answers")
    found = await read.value(Edition, NUMBERED, of=answer_id, number=number)
    if found is None:
        raise NotFound
    return wording_of(found)


async def suggested(
    read: Read, ticket_id: TicketId, *, words: str, channel: str | None, house: House
) -> list[Suggested]:
    """What to say on a ticket: its service's answers first, then the general ones, then whatever has the words."""
    ticket = await read.ticket(ticket_id, to="answers")
    found = [one for one in await _candidates(read, ticket, words=words, house=house) if one.stands(read.now)]
    return await _rendered(read, ticket, found[:MOST_SUGGESTED], channel=channel, house=house)


async def said(read: Read, ticket_id: TicketId, answer_id: AnswerId, *, channel: str | None, house: House) -> Suggested:
    """One answer as it is said on this ticket. Raises NotFound for one that is not told any more."""
    ticket = await read.ticket(ticket_id, to="answers")
    answer = await read.get(Answer, answer_id)
    if not answer.stands(read.now):
        raise NotFound
    return (await _rendered(read, ticket, [answer], channel=channel, house=house))[0]


async def every_macro(read: Read) -> list[Macro]:
    """All macros, those that are offered first."""
    await read.permit(to="answers")
    return await read.values(Macro, _MACROS)


async def macro(read: Read, id: MacroId) -> Macro:
    """One macro, for whoever runs it."""
    await read.permit(to="macro")
    return await read.get(Macro, id)


async def on_page(read: Read, slug: str, *, language: str, public_url: str) -> Paper | None:
    """A public answer by its address; None for one that is not told to everybody, or has a gap."""
    await read.permit(to="answers")
    answer = await read.value(Answer, _BY_SLUG, slug=slug)
    return None if answer is None else await _paper(read, answer, language=language, public_url=public_url)


async def pages_about(
    read: Read, *, language: str, public_url: str, service: ServiceId | None = None, words: str = ""
) -> list[Paper]:
    """Public answers of a service, or those that have these words."""
    await read.permit(to="answers")
    if service is None:
        found = await _with_words(read, words)
    else:
        found = await read.values(
            Answer, _OF_BOTH, state="approved", service=service, at=_TOP, below="~", limit=MOST_SUGGESTED
        )
    made = [await _paper(read, one, language=language, public_url=public_url) for one in found[:MOST_SUGGESTED]]
    return [one for one in made if one is not None]


def _statement(wanted: Wanted) -> Any:
    if wanted.state == "due":
        return _DUE
    if wanted.service is not None:
        return _OF_SERVICE if wanted.state is None else _OF_BOTH
    return _ALL if wanted.state is None else _OF_STATE


def _place(answer: Answer, wanted: Wanted) -> str:
    at = answer.review_at if wanted.state == "due" and answer.review_at is not None else answer.updated_at
    return cursors.made(micros(at), answer.id)


def _in(wanted: Wanted, found: Sequence[Answer]) -> list[Answer]:
    """Without those that the rest of the question leaves out."""
    kept = []
    for one in found:
        fits = wanted.state in (None, "due", one.state) and wanted.service in (None, one.service)
        if fits and (wanted.language is None or wanted.language in rule.languages(one.wording)):
            kept.append(one)
    return kept


async def _with_words(read: Read, words: str) -> list[Answer]:
    """The newest that have all the words, or where there is none, whose words begin so."""
    meant = search.meant(words)
    if not meant.ways:
        return []
    kind = search.kind_term(search.ANSWER)
    by_index = {"below": _TOP, "portion": MOST_FOUND, "back": 0}  # answers are few among all that can be found
    found = await read.all(NEWEST, **matching(meant.ways, kind=kind, begun=None), **by_index)
    if not found and meant.begun is not None:
        begun = matching((meant.ways[0][:-1],), kind=kind, begun=meant.begun)
        found = await read.all(NEWEST, **begun, **by_index)
    rows = await read.all(_IDS_AT, places=f"[{', '.join(str(row['seq']) for row in found)}]")
    place = {row["id"]: row["seq"] for row in rows}
    values = await read.values(Answer, _BY_IDS, ids=listed(place))
    return sorted(values, key=lambda one: -place[one.id])


async def _candidates(read: Read, ticket: Ticket, *, words: str, house: House) -> list[Answer]:
    order = [ticket.service, *([house.general.id] if house.general is not None else [])]
    if words.strip():
        found = await _with_words(read, words)
        return sorted(found, key=lambda one: order.index(one.service) if one.service in order else len(order))
    near: dict[AnswerId, Answer] = {}
    for service in dict.fromkeys(order):
        asked = {"state": "approved", "service": service, "at": _TOP, "below": "~", "limit": MOST_SUGGESTED}
        near |= {one.id: one for one in await read.values(Answer, _OF_BOTH, **asked)}
    rest = await read.values(Answer, _OF_STATE, state="approved", at=_TOP, below="~", limit=MOST_SUGGESTED)
    return list((near | {one.id: one for one in rest if one.id not in near}).values())


async def _rendered(
    read: Read, ticket: Ticket, found: Sequence[Answer], *, channel: str | None, house: House
) -> list[Suggested]:
    person = await read.records(ticket.customer)
    records: Sequence[Customer] = () if person is None else person.records
    wished = preferences.wishes(records, at=read.now).language
    agent = (await read.standing()).agent
    fields = {"name": ticket.customer_name, "number": ticket.number, "agent": agent.name if agent else ""}
    manner = rule.manner(house.can[await _door(read, ticket, channel=channel, house=house)])
    services = {id: await read.get(Service, id) for id in {one.service for one in found}}
    made = []
    for one in found:
        service = services[one.service]
        language = _tongue(one, (wished, ticket.language, "en"))
        facts = rule.facts(one.wording, service=service, language=language, public_url=house.public_url)
        rendering = rule.render(one.wording, manner=manner, language=language, facts=facts)
        said = rule.fill(rendering.text, fields=fields)
        made.append(Suggested(one, rendering, said, citing.cited(facts, text=said.text)))
    return made


def _tongue(answer: Answer, wished: Sequence[str | None]) -> str:
    """The first language somebody understands that it is written in."""
    written = rule.languages(answer.wording)
    return next((one for one in wished if one in written), next(iter(written), "en"))


async def _door(read: Read, ticket: Ticket, *, channel: str | None, house: House) -> str:
    """The channel that an answer goes by: the one named, else the usual way, else where it all began."""
    if channel in house.can:
        return str(channel)
    reach = (await reach_of(read, ticket, house=house)).reach
    way = ways.usual(ways.ways(reach, house=house), live=reach.live)
    if way is not None:
        return way.inbox.channel
    return ticket.channel if ticket.channel in house.can else next(iter(house.can))


async def _paper(read: Read, answer: Answer, *, language: str, public_url: str) -> Paper | None:
    service = await read.get(Service, answer.service)
    if not (answer.public and answer.stands(read.now) and service.active):
        return None
    tongue = _tongue(answer, (language, "en"))
    facts = rule.facts(answer.wording, service=service, language=tongue, public_url=public_url)
    shown = rule.fill(rule.render(answer.wording, manner=Manner.PAGE, language=tongue, facts=facts).text, fields={})
    title = answer.wording.title.get(tongue) or next(iter(answer.wording.title.values()), answer.slug)
    return None if shown.gaps else Paper(answer, service, title, shown.text, tongue)
