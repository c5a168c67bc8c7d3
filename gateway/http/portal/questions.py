"""A service's form as pages, and what is wrong with an answer, in words that say what to do."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from channels.shared import mailbox
from crm_core.model import phone
from crm_core.model.service import Field, FieldKind, Service
from crm_core.rules import forms
from gateway.http.portal.tongue import said
from gateway.http.portal.words import Words, by_language

NAME, EMAIL, PHONE, WORDS = "your_name", "your_email", "your_phone", "own_words"
"""Keys of the questions that every form asks by itself."""

ON_A_PAGE = 3
"""Questions on one page at most."""

LONGEST = {FieldKind.LONG: 5000, FieldKind.PLACE: 500}
LONGEST_OTHER = 250
KEPT = 10_000
"""Characters of an answer that is kept while it is still too long: nobody types it again."""

_DIGITS = re.compile(r"\d{1,9}")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on one page of a form."""

    fields: tuple[Field, ...]
    contact: bool = False


def pages_of(service: Service) -> list[Page]:
    """One thing per page: a question that needs an answer, and the small ones that belong to it; contact last.

    What is asked because of an answer stands beside it where it comes right after, so that
    it can appear at once; where it comes later its page is left out until it is asked.
    """
    pages: list[list[Field]] = []
    for field in service.fields or (_own_words(),):
        if pages and len(pages[-1]) < ON_A_PAGE and (_follows(field, pages[-1]) or _joins(field, pages[-1])):
            pages[-1].append(field)
        else:
            pages.append([field])
    return [*(Page(tuple(page)) for page in pages), Page(_contact(), contact=True)]


def asked_pages(pages: Sequence[Page], *, answers: Mapping[str, str], files: Iterable[str] = ()) -> list[Page]:
    """The pages with what is asked after these answers. One that asks nothing stays, empty: addresses do not move."""
    fields = [field for page in pages for field in page.fields]
    typed = {field.key: plain_value(field, answers.get(field.key, "")) for field in fields}
    asked = {field.key for field in forms.asked(fields, answers=typed | dict.fromkeys(files, "file"))}
    return [replace(page, fields=tuple(field for field in page.fields if field.key in asked)) for page in pages]


def _follows(field: Field, page: Sequence[Field]) -> bool:
    return field.only_if is not None and field.only_if.field in {one.key for one in page}


def _joins(field: Field, page: Sequence[Field]) -> bool:
    """Not beside what may appear: a question that is always asked would seem to hang on it, too."""
    return _small(field) and not _alone(page[-1]) and not any(_follows(one, page) for one in page)


def _small(field: Field) -> bool:
    return not field.required and not _alone(field)


def _alone(field: Field) -> bool:
    return field.kind in (FieldKind.LONG, FieldKind.FILE, FieldKind.CHOICE, FieldKind.YES)


def _own_words() -> Field:
    return Field(WORDS, FieldKind.LONG, by_language("own_words"), {}, required=True)


def _contact() -> tuple[Field, ...]:
    return (
        Field(EMAIL, FieldKind.EMAIL, by_language("your_email"), {}, required=False),
        Field(PHONE, FieldKind.PHONE, by_language("your_phone"), {}, required=False),
        Field(NAME, FieldKind.TEXT, by_language("your_name"), by_language("your_name_help"), required=False),
    )


def read_answers(page: Page, form: Mapping[str, str]) -> dict[str, str]:
    """What was typed on a page, tidied: line ends, signs that nobody sees, and at most what is kept."""
    return {field.key: _typed(field, form) for field in page.fields if field.kind is not FieldKind.FILE}


def _typed(field: Field, form: Mapping[str, str]) -> str:
    if field.kind is FieldKind.DATE:
        parts = [tidy(form.get(f"{field.key}-{part}", ""))[:8] for part in ("year", "month", "day")]
        return "-".join(parts) if any(parts) else ""
    text = tidy(form.get(field.key, ""))
    return text if field.kind is FieldKind.LONG else " ".join(text.split())


def tidy(text: str) -> str:
    """Text without signs that deceive or break a screen."""
    return _UNSEEN.sub("", text[: KEPT * 2].replace("\r\n", "\n").replace("\r", "\n")).strip()[:KEPT]


def date_parts(raw: str) -> tuple[str, str, str]:
    """Year, month and day of a date as they were typed."""
    parts = [*raw.split("-"), "", "", ""]
    return parts[0], parts[1], parts[2]


@dataclass(frozen=True, slots=True)
class Checker:
    """Looks at answers in one language; `country` is where phone numbers belong."""

    words: Words
    language: str
    country: str

    def problems(self, page: Page, *, answers: Mapping[str, str], files: Iterable[str] = ()) -> dict[str, str]:
        """By key, what is wrong and what to do; `files` are the keys that have one."""
        with_files = set(files)
        found = {field.key: self._problem(field, answers.get(field.key, ""), with_files) for field in page.fields}
        wrong = {key: words for key, words in found.items() if words}
        if page.contact and not wrong and not (answers.get(EMAIL) or answers.get(PHONE)):
            wrong[EMAIL] = self.words.need_way
        return wrong

    def _problem(self, field: Field, raw: str, with_files: set[str]) -> str | None:
        label = said(field.label, self.language)[0]
        if field.kind is FieldKind.FILE:
            return self.words.need_file.format(label=label) if field.required and field.key not in with_files else None
        if not raw:
            return self._missing(field, label)
        most = LONGEST.get(field.kind, LONGEST_OTHER)
        if len(raw) > most:
            return self.words.too_long.format(most=most, label=label)
        return self._wrong(field, raw, label)

    def _missing(self, field: Field, label: str) -> str | None:
        if not field.required:
            return None
        choose = field.kind in (FieldKind.CHOICE, FieldKind.YES)
        return (self.words.need_choice if choose else self.words.need_answer).format(label=label)

    def _wrong(self, field: Field, raw: str, label: str) -> str | None:
        if field.kind is FieldKind.EMAIL:
            return None if mailbox.mailbox(raw) else self.words.bad_email
        if field.kind is FieldKind.PHONE:
            return None if phone.e164(raw, country=self.country) else self.words.bad_phone
        if field.kind is FieldKind.NUMBER:
            return None if _DIGITS.fullmatch(_narrow(raw)) else self.words.bad_number.format(label=label)
        if field.kind is FieldKind.DATE:
            return None if as_date(raw) else self.words.bad_date.format(label=label)
        if field.kind in (FieldKind.CHOICE, FieldKind.YES):
            return None if raw in options_of(field) else self.words.need_choice.format(label=label)
        return None


def options_of(field: Field) -> Sequence[str]:
    """The values that a choice can have."""
    return forms.YES_NO if field.kind is FieldKind.YES else [str(index) for index in range(len(field.choices))]


def as_date(raw: str) -> str | None:
    """`2026-11-20`, `2026-11` or `2026` where the rest is not known; None for a date that does not exist."""
    year, month, day = (_narrow(part).lstrip("0") for part in date_parts(raw))
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


def shown_value(field: Field, raw: str, *, words: Words, language: str) -> tuple[str, str]:
    """An answer as it is read in the language of the form, and as programs get it."""
    if field.kind is FieldKind.YES:
        return {"yes": words.yes, "no": words.no}.get(raw, ""), raw
    if field.kind is FieldKind.CHOICE and raw in options_of(field):
        choice = field.choices[int(raw)]
        return said(choice, language)[0], said(choice, "en")[0]
    if field.kind is FieldKind.DATE:
        exact = as_date(raw) or ""
        return exact, exact
    return raw, raw


def plain_value(field: Field, raw: str) -> str:
    """An answer as the rules of forms read it: an option by its name; empty where it is none."""
    if field.kind in (FieldKind.CHOICE, FieldKind.YES):
        return dict(zip(options_of(field), _names(field), strict=True)).get(raw, "")
    return raw


def raw_values(field: Field, names: Iterable[str]) -> list[str]:
    """Options by their names, as the form on the page has them."""
    wanted = set(names)
    return [raw for raw, name in zip(options_of(field), _names(field), strict=True) if name in wanted]


def _names(field: Field) -> Sequence[str]:
    return forms.YES_NO if field.kind is FieldKind.YES else list(map(forms.option_name, field.choices))


def _narrow(text: str) -> str:
    """Digits from a Chinese keyboard are digits."""
    return unicodedata.normalize("NFKC", text).replace(" ", "")
