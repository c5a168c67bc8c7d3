"""What tickets, messages, customers and answers can be found by, and what somebody means who searches.

Pure, and the same for both databases. A term is a word of `rules/text.py`; the kind of a
thing is one more term, with a sign in it that no text can bring.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_core.model.address import Address
from crm_core.model.answer import Answer
from crm_core.model.customer import Customer
from crm_core.model.ids import CustomerId, TicketId
from crm_core.model.message import Message
from crm_core.model.ticket import Ticket
from crm_core.rules import text
from crm_core.rules.text import SNIPPET_LENGTH

TICKET, MESSAGE, CUSTOMER, ANSWER = "ticket", "message", "customer", "answer"
READ_OF_MESSAGE = 50_000
"""Characters of a message that can be found; a `tsvector` has room for all of them in any script."""

SHORTEST_BEGINNING = 3
SHORTEST_NUMBER = 6
"""Digits from which a number is taken for somebody's telephone, or the end of it."""

_MARK = "\ue000"
_NUMBER = re.compile(r"\+?\d{6,20}")
_TYPED_NUMBER = re.compile(r"[\d\s()+./-]{6,40}")
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Doc:
    """One thing that can be found, and the terms that find it, with spaces between.

    `changes` tells that its words may become others later.
    """

    kind: str
    id: str
    ticket: TicketId | None
    customer: CustomerId | None
    created_at: datetime
    words: str
    changes: bool


@dataclass(frozen=True, slots=True)
class Meant:
    """What somebody searches: things that have all terms of one of these ways."""

    ways: tuple[tuple[str, ...], ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """Every term, for showing where it was found."""
        return tuple(term for way in self.ways for term in way)

    @property
    def begun(self) -> str | None:
        """The word that somebody may not have finished typing, where it is long enough to guess."""
        last = self.ways[0][-1] if self.ways else ""
        return last if len(last) >= SHORTEST_BEGINNING and _WORD.fullmatch(last) else None


def ticket_doc(ticket: Ticket) -> Doc:
    """A ticket, by its subject and the halves of its number."""
    terms = [*text.tokens(ticket.subject), *text.tokens(ticket.number)[1:]]
    return Doc(TICKET, ticket.id, ticket.id, ticket.customer, ticket.created_at, _words(TICKET, terms), changes=True)


def message_doc(message: Message) -> Doc:
    """A message or a note, by what it says, who says it and the names of its files. It never changes."""
    said = [message.text[:READ_OF_MESSAGE], message.subject or "", message.sender]
    said += [file.name for file in message.attachments]
    terms = [term for part in said for term in text.tokens(part)]
    return Doc(MESSAGE, message.id, message.ticket, None, message.created_at, _words(MESSAGE, terms), changes=False)


def customer_doc(customer: Customer, addresses: Sequence[Address]) -> Doc:
    """A customer, by their name, their addresses, and the ends of their numbers: people leave out the first digits."""
    terms = text.tokens(customer.name)
    for address in addresses:
        terms += _ends(address.value) if _NUMBER.fullmatch(address.value) else text.tokens(address.value)
    return Doc(CUSTOMER, customer.id, None, customer.id, customer.created_at, _words(CUSTOMER, terms), changes=True)


def answer_doc(answer: Answer) -> Doc:
    """An answer, by what it says in every language; a fact in braces is found by its name."""
    wording = answer.wording
    said = [*wording.title.values(), *wording.brief.values(), *wording.text.values()]
    said += [value for texts in wording.facts.values() for value in texts.values()]
    terms = [term for part in said for term in text.tokens(part[:READ_OF_MESSAGE])]
    return Doc(ANSWER, answer.id, None, None, answer.created_at, _words(ANSWER, terms), changes=True)


def kind_term(kind: str) -> str:
    """The term that everything of a kind has."""
    return _MARK + kind


def meant(typed: str) -> Meant:
    """What is meant by what was typed. A number typed in groups may be a telephone's."""
    terms = tuple(text.query(typed))
    ways = [terms] if terms else []
    if _TYPED_NUMBER.fullmatch(typed.strip()):
        digits = re.sub(r"\D", "", typed).lstrip("0")
        if len(digits) >= SHORTEST_NUMBER and (digits,) != terms:
            ways.append((digits,))
    return Meant(tuple(ways))


def excerpt(said: str, *, terms: Sequence[str]) -> str:
    """The part of a text where the first of these terms stands, on one line of at most 140 characters.

    Its own beginning where none is found (the sender's name was meant, or a file's).
    """
    at = _first(said[:READ_OF_MESSAGE], terms)
    if at is None or at < SNIPPET_LENGTH // 2:
        return text.snippet(said)
    begin = at - SNIPPET_LENGTH // 3
    space = said.find(" ", begin, at)
    begin = space + 1 if space >= 0 else begin
    words = " ".join(said[begin : begin + 2 * SNIPPET_LENGTH].split())
    return "…" + (words if len(words) < SNIPPET_LENGTH else words[: SNIPPET_LENGTH - 2].rstrip() + "…")


def _first(said: str, terms: Sequence[str]) -> int | None:
    """About where; folding may change lengths, so the place is scaled."""
    folded = text.fold(said)
    for term in sorted(set(terms), key=len, reverse=True):
        found = re.search(rf"(?<![a-z0-9]){re.escape(term)}", folded)
        if found:
            return found.start() * len(said) // len(folded)
    return None


def _ends(number: str) -> list[str]:
    digits = number.lstrip("+0")
    return [digits[at:] for at in range(max(1, len(digits) - SHORTEST_NUMBER + 1))]


def _words(kind: str, terms: Iterable[str]) -> str:
    return " ".join(dict.fromkeys((kind_term(kind), *terms)))
