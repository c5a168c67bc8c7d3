"""What an answer to a question must be like, and a form filled in by a program: one rule for every door.

Our own pages ask this about each answer and say it in the citizen's language; programs are
told in English which of their values cannot be taken, with a code for those that have words for it.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crm_core.model import phone
from crm_core.model.errors import BadInput, Problem
from crm_core.model.mailbox import mailbox
from crm_core.model.service import Field, FieldKind
from crm_core.rules import forms

LONGEST = {FieldKind.LONG: 5000, FieldKind.PLACE: 500}
LONGEST_OTHER = 250

KEPT = 10_000
"""Characters of an answer that is kept while it is still too long: nobody types it again."""

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_DIGITS = re.compile(r"\d{1,9}")
_YES_NO = {"yes": {"en": "Yes", "zh": "是"}, "no": {"en": "No", "zh": "否"}}


class Trouble(StrEnum):
    """Why an answer cannot be taken."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NO_MAIL = "no_mail"
    NO_PHONE = "no_phone"
    NO_NUMBER = "no_number"
    NO_DATE = "no_date"
    NOT_OFFERED = "not_offered"


@dataclass(frozen=True, slots=True)
class Filled:
    """One answer under its question, in the language of the form; `value` is for programs."""

    key: str
    label: str
    text: str
    value: str


def trouble(field: Field, answer: str, *, country: str) -> Trouble | None:
    """What is wrong with an answer as programs read it (`rules/forms.py`); None where it can be taken.

    A file is any text that is not empty. `country` is where phone numbers belong.
    """
    if not answer:
        return Trouble.MISSING if field.required else None
    if field.kind is FieldKind.FILE:
        return None
    if field.kind in (FieldKind.CHOICE, FieldKind.YES):
        return None if answer in forms.options(field) else Trouble.NOT_OFFERED
    if len(answer) > LONGEST.get(field.kind, LONGEST_OTHER):
        return Trouble.TOO_LONG
    return _of_its_kind(field.kind, answer, country=country)


def typed(field: Field, text: str) -> str:
    """An answer as it is kept: on one line, but where the question wants a long text."""
    tidied = tidy(text)
    return tidied if field.kind is FieldKind.LONG else " ".join(tidied.split())


def tidy(text: str) -> str:
    """Text without signs that deceive or break a screen."""
    return _UNSEEN.sub("", text[: KEPT * 2].replace("\r\n", "\n").replace("\r", "\n")).strip()[:KEPT]


def as_date(raw: str) -> str | None:
    """`2026-11-20`, `2026-11` or `2026` where the rest is not known; None for a date that does not exist."""
    year, month, day = (narrow(part).lstrip("0") for part in date_parts(raw))
    if not re.fullmatch(r"(1[89]|2[01])\d\d", year) or (day and not month):
        return None
    if not month:
        return year
    if not re.fullmatch(r"\d{1,2}", month) or int(month) > 12:
        return None
    if not day:
        return f"{year}-{int(month):02}"
    if not re.fullmatch(r"\d{1,2}", day) or int(day) > monthrange(int(year), int(month))[1]:
        return None
    return date(int(year), int(month), int(day)).isoformat()


def date_parts(raw: str) -> tuple[str, str, str]:
    """Year, month and day of a date as they were typed."""
    parts = [*raw.split("-"), "", "", ""]
    return parts[0], parts[1], parts[2]


def narrow(text: str) -> str:
    """Digits from a Chinese keyboard are digits."""
    return unicodedata.normalize("NFKC", text).replace(" ", "")


def fill(
    fields: Iterable[Field], *, given: Mapping[str, str], files: Collection[str] = (), country: str, language: str
) -> tuple[Filled, ...]:
    """A form filled in by a program: the answers to what is asked, in order. Raises BadInput, a problem a question.

    `given` are answers by key, `files` the questions that a file came for. What is not asked
    after the other answers is dropped, as on a page; a name that the form does not have is refused.
    """
    all_of = tuple(fields)
    by_key = {field.key: field for field in all_of}
    unknown = (given.keys() | set(files)) - by_key.keys()
    typed_in = {key: typed(by_key[key], text) for key, text in given.items() if key in by_key}
    answers = {key: text for key, text in typed_in.items() if text} | dict.fromkeys(files, "file")
    asked = forms.asked(all_of, answers=answers)
    problems = [Problem(key, "This form has no such question.") for key in sorted(unknown)]
    problems += _problems(asked, answers=answers, country=country)
    if problems:
        raise BadInput(*problems)
    kept = [field for field in asked if field.kind is not FieldKind.FILE and field.key in answers]
    return tuple(_filled(field, answers[field.key], language=language) for field in kept)


def as_text(answers: Iterable[Filled], *, said: str) -> str:
    """Answers under their questions, as an agent reads them, then the person's own words."""
    answered = [f"{one.label}\n{one.text}" for one in answers]
    return "\n\n".join([*answered, said] if said else answered)


def _of_its_kind(kind: FieldKind, answer: str, *, country: str) -> Trouble | None:
    match kind:
        case FieldKind.EMAIL:
            return None if mailbox(answer) else Trouble.NO_MAIL
        case FieldKind.PHONE:
            return None if phone.e164(answer, country=country) else Trouble.NO_PHONE
        case FieldKind.NUMBER:
            return None if _DIGITS.fullmatch(narrow(answer)) else Trouble.NO_NUMBER
        case FieldKind.DATE:
            return None if as_date(answer) else Trouble.NO_DATE
        case _:
            return None


def _problems(asked: Iterable[Field], *, answers: Mapping[str, str], country: str) -> Iterator[Problem]:
    for field in asked:
        answer = answers.get(field.key, "")
        if field.kind is FieldKind.FILE and answer not in ("", "file"):
            yield Problem(field.key, "Send a file for this, not a text.")
            continue
        found = trouble(field, answer, country=country)
        if found is not None:
            yield Problem(field.key, _said(found, field), code=found.value)


def _said(found: Trouble, field: Field) -> str:
    """For programs; our own pages have their own words."""
    match found:
        case Trouble.MISSING:
            return "Send a file for this." if field.kind is FieldKind.FILE else "This has to be answered."
        case Trouble.TOO_LONG:
            return f"At most {LONGEST.get(field.kind, LONGEST_OTHER)} characters."
        case Trouble.NO_MAIL:
            return "This is no mail address."
        case Trouble.NO_PHONE:
            return "This is no phone number. Begin with + and the country's code."
        case Trouble.NO_NUMBER:
            return "Send digits only."
        case Trouble.NO_DATE:
            return "Send a date such as 2026-11-20."
        case Trouble.NOT_OFFERED:
            return f"One of: {', '.join(forms.options(field))}."


def _filled(field: Field, answer: str, *, language: str) -> Filled:
    value = as_date(answer) or answer if field.kind is FieldKind.DATE else answer
    return Filled(field.key, _in(field.label, language), _read(field, value, language=language), value)


def _read(field: Field, value: str, *, language: str) -> str:
    """An answer as people read it."""
    if field.kind is FieldKind.YES:
        return _in(_YES_NO[value], language)
    if field.kind is FieldKind.CHOICE:
        return next(_in(choice, language) for choice in field.choices if forms.option_name(choice) == value)
    return value


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or forms.option_name(texts)
