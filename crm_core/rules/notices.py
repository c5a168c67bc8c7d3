"""Whether a ticket reports a known problem, and whether a machine may say so to its reporter."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crm_core.model.catalogue import Notice
from crm_core.model.ticket import Ticket
from crm_core.rules import matching, text


@dataclass(frozen=True, slots=True)
class Fit:
    """That a ticket belongs to a notice. `sure` links it by itself, `maybe` is for an agent to say.

    `same_service`, `same_place`, and the `word` of the notice that it says, are what speaks for it.
    """

    sure: Literal["sure", "maybe"]
    same_service: bool
    same_place: bool
    word: str | None

    @property
    def why(self) -> str:
        """In words, for the record."""
        same = " and ".join(
            what for what, holds in (("service", self.same_service), ("place", self.same_place)) if holds
        )
        said = "" if self.word is None else f"it says: {self.word}"
        return ", ".join(filter(None, (same and f"the same {same}", said)))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a machine says to a reporter, or why it says nothing."""

    text: str
    why: str


def fit(notice: Notice, *, ticket: Ticket, said: str, at: datetime) -> Fit | None:
    """Whether this ticket reports this problem: its service, its place, and the words people use for it."""
    if not notice.stands(at) or ticket.created_at < notice.begins_at:
        return None
    same = ticket.service == notice.service
    word = _said(notice, said=f"{ticket.subject}\n{said}")
    same_place = notice.place is not None and notice.place == ticket.place
    here = notice.place is None or same_place
    if ticket.place is not None and not here:
        return None
    if same and here and (notice.place is not None or word is not None):
        return Fit("sure", same, same_place, word)
    if same or (word is not None and here):
        return Fit("maybe", same, same_place, word)
    return None


def acknowledge(notice: Notice, *, ticket: Ticket, proven: bool, automatic: bool, told: bool) -> Answer:
    """The approved text for whoever reports it; empty with the reason where a machine must keep silent.

    Never to an address nobody proved, never to a machine, never twice to one person, never
    about what is confidential. The text is ours alone: not a word of theirs goes back.
    """
    words = in_language(notice.acknowledgement, language=ticket.language)
    silent = {
        "no acknowledgement is approved": not words,
        "the address is not proven": not proven,
        "a machine wrote it": automatic,
        "this person was told already": told,
        "the ticket is confidential": ticket.confidential,
    }
    why = next((reason for reason, holds in silent.items() if holds), "")
    return Answer("" if why else words, why)


def in_language(texts: dict[str, str], *, language: str | None) -> str:
    """A text in somebody's language, else in English, else whichever there is."""
    return texts.get(language or "en") or texts.get("en") or next((one for one in texts.values() if one), "")


def _said(notice: Notice, *, said: str) -> str | None:
    folded = f" {' '.join(text.fold(said[: matching.MOST_READ]).split())} "
    for word in notice.words:
        wanted = text.fold(word)
        if wanted and (f" {wanted}" in folded if wanted.isascii() else wanted in folded):
            return word
    return None
