"""Which questions of a form are asked: one rule for every door, so that nobody is asked what others are not.

A question that is not asked is neither required nor kept: what somebody typed before they
chose otherwise is dropped, at each door alike.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from crm_core.model.errors import BadInput, Problem
from crm_core.model.service import Condition, Field, FieldKind, Given

YES_NO = ("yes", "no")


def asked(fields: Iterable[Field], *, answers: Mapping[str, str]) -> tuple[Field, ...]:
    """The questions that are asked after these answers, in their order.

    `answers` are by key, as programs read them: an option by `option_name`, `yes` or `no`, a
    file by any text that is not empty; what is missing or empty is unanswered. A question that
    hangs on one that is not asked is not asked either, also where it waits for no answer.
    """
    found: dict[str, Field] = {}
    for field in fields:
        on = field.only_if
        if on is None or (on.field in found and _holds(on, answers.get(on.field, ""))):
            found[field.key] = field
    return tuple(found.values())


def kept(fields: Iterable[Field], *, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers to what is asked; all others are dropped."""
    return {field.key: answers[field.key] for field in asked(fields, answers=answers) if field.key in answers}


def option_name(choice: Mapping[str, str]) -> str:
    """An option as programs and conditions name it: in English, or in what there is."""
    return choice.get("en") or next(filter(None, choice.values()), "")


def options(field: Field) -> tuple[str, ...]:
    """The answers that a question offers; none where people write their own."""
    if field.kind is FieldKind.YES:
        return YES_NO
    return tuple(filter(None, map(option_name, field.choices))) if field.kind is FieldKind.CHOICE else ()


def check(fields: Iterable[Field]) -> None:
    """Every condition can be met by what stands before it. Raises BadInput.

    Nothing is mended here: whoever takes away an option, its kind, its name or its question
    changes in the same edit what hangs on it, or is told what does.
    """
    problems = list(unmet(fields))
    if problems:
        raise BadInput(*problems)


def unmet(fields: Iterable[Field]) -> Iterator[Problem]:
    """What is wrong with the conditions of a form, and with the options that they name."""
    all_of = tuple(fields)
    keys, before = {field.key for field in all_of}, dict[str, Field]()
    for field in all_of:
        twice = [name for name, times in Counter(options(field)).items() if times > 1]
        if twice:
            yield Problem(f"fields.{field.key}.choices", f"{_named(field)}: Two options are called “{twice[0]}”.")
        on = field.only_if
        if on is not None:
            why = _wrong_place(field, on, keys=keys, before=before) or _wrong_values(on, before[on.field])
            if why:
                yield Problem(f"fields.{field.key}.only_if", f"{_named(field)}: {why}")
        before[field.key] = field


def _holds(on: Condition, answer: str) -> bool:
    if on.given is Given.ONE_OF:
        return answer in on.values
    return bool(answer) is (on.given is Given.ANSWERED)


def _wrong_place(field: Field, on: Condition, *, keys: set[str], before: Mapping[str, Field]) -> str:
    if on.field == field.key:
        return "It cannot be asked because of itself."
    if on.field not in keys:
        return f"It is asked because of a question that this form does not have: {on.field}."
    known = before.get(on.field)
    return "" if known and known.page <= field.page else "It is asked because of a question that comes after it."


def _wrong_values(on: Condition, earlier: Field) -> str:
    if on.given is not Given.ONE_OF:
        return "Answered, or not answered, stands without values." if on.values else ""
    offered = options(earlier)
    if not offered:
        return f"{_named(earlier)} has no options; it can only be answered or not."
    if not on.values:
        return f"Say which answers to {_named(earlier)} it is asked for."
    unknown = [value for value in on.values if value not in offered]
    return f"{_named(earlier)} has no option “{unknown[0]}”." if unknown else ""


def _named(field: Field) -> str:
    return f"“{option_name(field.label) or field.key}”"
