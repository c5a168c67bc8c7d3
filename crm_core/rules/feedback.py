"""Whether somebody is asked how they were served, how the question is put, and for how long an answer counts.

One question, once for each time a matter is solved: never to a machine, to somebody who asked for no more messages,
of what looks like spam, or more often than now and then. Each refusal is a value with its reason. The link to answer
is made from the key as the message leaves and stands nowhere in the record; looking at it says nothing, because
programs look at links before people do.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from unicodedata import normalize

from crm_core.model.address import Address
from crm_core.model.errors import BadInput, Problem
from crm_core.model.feedback import BEST, LONGEST_COMMENT, WORST, Asks, Feedback, Given, Question, Why
from crm_core.model.ids import FeedbackId, InboxId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.service import Service
from crm_core.model.ticket import Ticket
from crm_core.rules import signs

LASTS = timedelta(days=30)
"""So long after the asking an answer is taken."""

MAY_CHANGE = timedelta(days=7)
"""So long after they first answered, the same person may think again."""

PATH = "/feedback/"

FIGURES = frozenset(str(score) for score in range(WORST, BEST + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the rule asks. `way` is the inbox by which they were answered.

    `spoken`: a person wrote in this matter, and not only machines. `stopped`: somewhere they asked for no more
    messages. `last` is when they were last asked of anything, `asked` whether they were of this solution.
    `over`: by how many characters the question is too long for its way.
    """

    ticket: Ticket
    service: Service
    way: Inbox
    can: Capabilities
    at: datetime
    rest: timedelta
    spoken: bool = True
    suspected: bool = False
    stopped: bool = False
    asked: bool = False
    last: datetime | None = None
    over: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """They are asked, in this way."""

    how: Asks


@dataclass(frozen=True, slots=True)
class Silent:
    """They are not, and why."""

    why: Why


@dataclass(frozen=True, slots=True)
class Open:
    """An answer is taken until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Shut:
    """None is, or none any more; whoever asks from outside is not told which."""

    why: str


def decide(facts: Facts) -> Ask | Silent:
    """Whether this solution is a time to ask; the first reason against it, as they stand here."""
    how = facts.can.asks
    against = {
        Why.OFF: not facts.way.asks,
        Why.CANNOT: how is None or facts.can.public,
        Why.SERVICE: not facts.service.asked,
        Why.PART: facts.ticket.parent is not None,
        Why.SUSPECTED: facts.suspected,
        Why.MACHINE: not facts.spoken,
        Why.STOPPED: facts.stopped,
        Why.ASKED: facts.asked,
        Why.LATELY: facts.last is not None and facts.at - facts.last < facts.rest,
        Why.NO_ROOM: facts.over > 0,
    }
    why = next((reason for reason, holds in against.items() if holds), None)
    return Ask(how) if why is None and how is not None else Silent(why or Why.CANNOT)


def judge(feedback: Feedback, *, ticket: Ticket, at: datetime) -> Open | Shut:
    """Whether an answer is taken now: for a while after the asking, and a few days after the first one."""
    if ticket.erased_at is not None:
        return Shut("the matter was erased")
    until = feedback.asked_at + LASTS if feedback.first_at is None else feedback.first_at + MAY_CHANGE
    return Open(until) if at < until else Shut("its time is over")


def is_theirs(feedback: Feedback, *, sender: Address, inbox: InboxId) -> bool:
    """Whether who chose a step on the wire is whom we asked there."""
    return (feedback.address, feedback.inbox) == (sender, inbox)


def figure(text: str) -> int | None:
    """The step that a whole message names, as a figure in any of its spellings (`5`, `５`, `5.`); else None."""
    plain = normalize("NFKC", text).strip().rstrip(".!。")
    return int(plain) if plain in FIGURES else None


def given(feedback: Feedback, said: Given, *, at: datetime) -> Feedback:
    """The asking with what they say now; the last word counts. Raises BadInput for what is no answer."""
    if not WORST <= said.score <= BEST:
        raise BadInput(Problem("score", f"Choose a step from {WORST} to {BEST}."))
    comment = feedback.comment if said.comment is None else said.comment.strip()
    if len(comment) > LONGEST_COMMENT:
        raise BadInput(Problem("comment", f"At most {LONGEST_COMMENT} characters."))
    return replace(
        feedback,
        score=said.score,
        comment=comment,
        first_at=feedback.first_at or at,
        given_at=at,
        version=feedback.version + 1,
    )


# ---------------------------------------------------------------- what is said


def question(id: FeedbackId, *, key: bytes, public_url: str, language: str | None) -> Question:
    """The question in their language, with what proves an answer to it."""
    words, token = words_in(language), signs.sign_feedback(key, id)
    return Question(words["question"], tuple(words["steps"]), token, f"{public_url}{PATH}{token}", words["more"])


def named(keys: Sequence[bytes], token: str) -> FeedbackId | None:
    """Which asking a link or button belongs to, or None for anything that we did not sign."""
    return signs.read_feedback(keys, token)


def line(url: str, *, how: Asks, language: str | None) -> str:
    """What stands under the words."""
    return str(words_in(language)["digit" if how is Asks.DIGIT else "line"]).format(link=url)


def foretold(how: Asks, *, public_url: str, language: str | None) -> str:
    """The question as whoever writes the answer sees it before there is one to ask."""
    if how.written:
        return line(f"{public_url}{PATH}…", how=how, language=language)
    words = words_in(language)
    return f"{words['question']} {' · '.join(words['steps'])}"


def room(public_url: str, *, how: Asks, language: str | None) -> int:
    """Characters that the question takes beside the words."""
    return len(line(f"{public_url}{PATH}", how=how, language=language)) + signs.TOKEN_LENGTH + 2


def under(text: str, page: str | None, *, asks: Question, how: Asks, language: str | None) -> tuple[str, str | None]:
    """Words and page of a message with the question below, as they leave the house; on a page each step is a link."""
    said = f"{text.rstrip()}\n\n{line(asks.url, how=how, language=language)}".lstrip()
    if page is None:
        return said, None
    steps = " · ".join(
        f'<a href="{escape(asks.url)}?score={score}">{escape(words)}</a>' for score, words in enumerate(asks.steps, 1)
    )
    return said, f"{page}<p>{escape(asks.text)}</p><p>{steps}</p>"


def alone(*, number: str, language: str | None) -> str:
    """The words around the question where no answer carries it; the question itself is put below as the message leaves."""
    return str(words_in(language)["alone"]).replace("{number}", number).strip()


def subject() -> dict[str, str]:
    """What a message is about that only asks."""
    return {tongue: str(words["subject"]) for tongue, words in _words().items()}


def words_in(language: str | None) -> dict[str, Any]:
    """Question and steps in their language."""
    return _words()["zh" if (language or "").startswith("zh") else "en"]


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "data" / "feedback.toml").read_text("utf-8"))
