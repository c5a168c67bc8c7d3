"""A service's form as pages, and what is wrong with an answer, in words that say what to do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crm_core.model.service import Field, FieldKind, Service
from crm_core.rules import filling, forms
from crm_core.rules.filling import Trouble
from gateway.http.portal.tongue import said
from gateway.http.portal.words import Words, by_language

NAME, EMAIL, PHONE, WORDS = "your_name", "your_email", "your_phone", "own_words"
"""Keys of the questions that every form asks by itself."""

ON_A_PAGE = 3
"""Questions on one page at most."""


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
        parts = [filling.tidy(form.get(f"{field.key}-{part}", ""))[:8] for part in ("year", "month", "day")]
        return "-".join(parts) if any(parts) else ""
    return filling.typed(field, form.get(field.key, ""))


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
        plain = plain_value(field, "file" if field.key in with_files else raw)
        found = Trouble.NOT_OFFERED if raw and not plain else filling.trouble(field, plain, country=self.country)
        return None if found is None else self._said(found, field)

    def _said(self, found: Trouble, field: Field) -> str:
        label, words = said(field.label, self.language)[0], self.words
        if found is Trouble.MISSING and field.kind is FieldKind.FILE:
            return words.need_file.format(label=label)
        if found is Trouble.NOT_OFFERED or field.kind in (FieldKind.CHOICE, FieldKind.YES):
            return words.need_choice.format(label=label)
        most = filling.LONGEST.get(field.kind, filling.LONGEST_OTHER)
        return {
            Trouble.MISSING: words.need_answer.format(label=label),
            Trouble.TOO_LONG: words.too_long.format(most=most, label=label),
            Trouble.NO_MAIL: words.bad_email,
            Trouble.NO_PHONE: words.bad_phone,
            Trouble.NO_NUMBER: words.bad_number.format(label=label),
            Trouble.NO_DATE: words.bad_date.format(label=label),
        }[found]


def options_of(field: Field) -> Sequence[str]:
    """The values that a choice can have."""
    return forms.YES_NO if field.kind is FieldKind.YES else [str(index) for index in range(len(field.choices))]


def shown_value(field: Field, raw: str, *, words: Words, language: str) -> tuple[str, str]:
    """An answer as it is read in the language of the form, and as programs get it."""
    if field.kind is FieldKind.YES:
        return {"yes": words.yes, "no": words.no}.get(raw, ""), raw
    if field.kind is FieldKind.CHOICE and raw in options_of(field):
        choice = field.choices[int(raw)]
        return said(choice, language)[0], said(choice, "en")[0]
    if field.kind is FieldKind.DATE:
        exact = filling.as_date(raw) or ""
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
