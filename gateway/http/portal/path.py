"""The way through a form: the pages that ask something, and what one page does not show yet.

A page that asks nothing after the answers so far is stepped over in both directions. Its
address stays its own, so that links and the browser's history mean what they meant.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from crm_core.model.service import Field, Service
from gateway.http.portal import questions
from gateway.http.portal.drafts import Draft
from gateway.http.portal.questions import Page

ASKED = "_asked"
"""The hidden field that says which questions stood on the screen when a page was sent; no question's key begins so."""


@dataclass(frozen=True, slots=True)
class Path:
    """A form after some answers: each page with what is asked on it, and with all that could be."""

    whole: list[Page]
    pages: list[Page]

    @property
    def keys(self) -> set[str]:
        """Everything that is asked."""
        return {field.key for page in self.pages for field in page.fields}

    @property
    def count(self) -> int:
        """Pages that ask something."""
        return sum(bool(page.fields) for page in self.pages)

    def place(self, number: int) -> int:
        """Which of them this one is, from 1."""
        return sum(bool(page.fields) for page in self.pages[:number])

    def before(self, number: int) -> int | None:
        """The page before this one; None at the first."""
        return next((at for at in range(number - 1, 0, -1) if self.pages[at - 1].fields), None)

    def after(self, number: int) -> int | None:
        """The page after this one; None at the last."""
        return next((at for at in range(number + 1, len(self.pages) + 1) if self.pages[at - 1].fields), None)

    def drawn(self, number: int) -> list[Field]:
        """What stands on a page: what is asked, and what another answer on the same page would bring up."""
        asked, found = self.keys, dict[str, Field]()
        for field in self.whole[number - 1].fields:
            if field.key in asked or (field.only_if is not None and field.only_if.field in found):
                found[field.key] = field
        return list(found.values())


def path_of(service: Service, draft: Draft | None, *, answers: Mapping[str, str] | None = None) -> Path:
    """The way through the form after a draft; `answers` where they are not in it yet."""
    whole = questions.pages_of(service)
    known = answers if answers is not None else draft.answers if draft else {}
    files = [file.key for file in draft.files] if draft else []
    return Path(whole, questions.asked_pages(whole, answers=known, files=files))


def unseen(page: Page, *, asked: str | None, draft: Draft) -> list[str]:
    """Questions of a page that an answer on it brought up, and that whoever sent it could not see.

    Without script they appear when the page comes back. None for `asked`: a program that
    does not say what it saw is taken to have seen everything.
    """
    if asked is None:
        return []
    seen = set(asked.split())
    return [field.key for field in page.fields if field.key not in seen and is_open(field, draft)]


def first_open(pages: Iterable[tuple[int, Page]], *, draft: Draft, known: Collection[str]) -> tuple[int, str] | None:
    """The first page, and its question, that a changed answer brought up; `known` was asked before."""
    for number, page in pages:
        for field in page.fields:
            if field.only_if and is_open(field, draft) and (field.required or field.key not in known):
                return number, field.key
    return None


def is_open(field: Field, draft: Draft) -> bool:
    """Whether a question has no answer yet."""
    return not draft.answers.get(field.key) and all(file.key != field.key for file in draft.files)
