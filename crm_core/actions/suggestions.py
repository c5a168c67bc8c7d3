"""What agents' corrections teach: words that mean a service, for an admin to accept."""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import catalogue
from crm_core.model.catalogue import Suggestion, SuggestionState
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event_catalogue import ServiceChanged, SuggestionDecided, SuggestionMade
from crm_core.model.house import House
from crm_core.model.ids import AgentId, ServiceId, SuggestionId, fresh
from crm_core.model.message import Message
from crm_core.model.service import Service
from crm_core.model.ticket import Ticket
from crm_core.rules import matching, text
from crm_core.store.tables import messages, suggestions
from crm_core.store.tx import Tx

MOST_EVIDENCE = 20
LONGEST_PHRASE = 60

_text = sa.Text
FIRST_SAID = (
    sa.select(messages)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text), messages.c.direction == "in")
    .order_by(messages.c.at_version, messages.c.id)
    .limit(1)
)
_SAME = sa.select(suggestions).where(
    suggestions.c.service == sa.bindparam("service", type_=_text),
    suggestions.c.language == sa.bindparam("language", type_=_text),
    suggestions.c.phrase == sa.bindparam("phrase", type_=_text),
)


async def learn(tx: Tx, ticket: Ticket, *, was: ServiceId, house: House) -> Suggestion | None:
    """From a correction by a person: the words of the first message that the right service did not know."""
    if not tx.actor.is_person or ticket.confidential or ticket.service == house.index.general:
        return None
    first = await tx.value(Message, FIRST_SAID, ticket=ticket.id)
    said = "" if first is None else first.text
    phrase = matching.suggest(house.index, subject=ticket.subject, said=said, service=ticket.service)
    if phrase is None:
        return None
    language = text.language(phrase) or ticket.language or "en"
    known = await tx.value(Suggestion, _SAME, service=ticket.service, language=language, phrase=phrase)
    if known is None:
        made = Suggestion(
            fresh(SuggestionId, at=tx.now),
            ticket.service,
            language,
            phrase,
            was,
            (ticket.id,),
            SuggestionState.OPEN,
            tx.now,
            tx.now,
        )
        tx.add(made)
    elif known.state is not SuggestionState.OPEN or ticket.id in known.tickets:
        return None
    else:
        evidence = (*known.tickets, ticket.id)[-MOST_EVIDENCE:]
        made = replace(known, tickets=evidence, updated_at=tx.now, version=known.version + 1)
        await tx.save(made)
    tx.emit(SuggestionMade(suggestion=made))
    return made


async def decide(tx: Tx, suggestion: SuggestionId, *, state: SuggestionState, phrase: str | None = None) -> Suggestion:
    """It becomes a synonym, perhaps in better words, or never will. Matching knows it from the next contact on."""
    await tx.permit(to="catalogue")
    before = await tx.get(Suggestion, suggestion)
    if before.state is not SuggestionState.OPEN:
        raise NotAllowedNow("This was decided already.")
    words = " ".join((phrase or before.phrase).split())
    if not words or len(words) > LONGEST_PHRASE:
        raise BadInput(Problem("phrase", f"One to {LONGEST_PHRASE} characters."))
    after = replace(
        before, state=state, phrase=words, by=AgentId(tx.actor.id), updated_at=tx.now, version=before.version + 1
    )
    await tx.save(after)
    if state is SuggestionState.ACCEPTED:
        await _teach(tx, before.service, language=before.language, phrase=words)
    tx.emit(SuggestionDecided(suggestion=after))
    return after


async def _teach(tx: Tx, service_id: ServiceId, *, language: str, phrase: str) -> None:
    service = await tx.get(Service, service_id)
    words = service.synonyms.get(language, ())
    if phrase in words:
        return
    await catalogue.first_kept(tx, service)
    taught = replace(service, synonyms={**service.synonyms, language: (*words, phrase)}, version=service.version + 1)
    await tx.save(taught)
    await catalogue.keep_edition(tx, taught, note="a new synonym")
    tx.emit(ServiceChanged(service=taught, note="a new synonym"))
