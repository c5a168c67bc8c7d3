"""Which matter a paper belongs to: by the signed code of our own letter, or only hinted at by a number on it."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.house import House
from crm_core.model.ticket import Ticket
from crm_core.rules import access, numbers
from crm_core.store.codes import signed_for
from crm_core.store.compiled import among
from crm_core.store.tables import tickets
from crm_core.store.tx import Read, listed

MOST = 3

_NUMBERED = sa.select(tickets).where(among(tickets.c.number, "numbers")).limit(MOST)


@dataclass(frozen=True, slots=True)
class Hint:
    """A matter, and whether whoever asks may see it. `code` is the signed one that names it; empty: only its number stands there."""

    ticket: Ticket
    code: str
    visible: bool


async def hinted(read: Read, *, tokens: tuple[str, ...], text: str, house: House) -> list[Hint]:
    """Signed ones first; of those that are only named, what the actor may see."""
    await read.permit(to="register")
    scope = (await read.standing()).scope
    found: dict[str, Hint] = {}
    for token in tokens:
        signed = await signed_for(read, token, house=house)
        if signed is not None:
            found[signed.id] = Hint(signed, token, access.sees(scope, audience=access.audience(signed)))
    named = numbers.named_in(text)[:MOST]
    for ticket in await read.values(Ticket, _NUMBERED, numbers=listed(named)) if named else []:
        if access.sees(scope, audience=access.audience(ticket)):
            found.setdefault(ticket.id, Hint(ticket, "", visible=True))
    return list(found.values())
