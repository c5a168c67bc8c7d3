"""A question as the template draws it: its answer so far, and what it hangs on."""

from typing import Any

from crm_core.model.service import Field, FieldKind
from crm_core.rules import filling
from gateway.http.portal import questions
from gateway.http.portal.drafts import Draft
from gateway.http.portal.front import Visit
from gateway.http.portal.path import Path, is_open


def question(field: Field, answers: dict[str, str], draft: Draft | None, *, visit: Visit) -> dict[str, Any]:
    """A question as the template draws it."""
    raw = answers.get(field.key, "")
    labels = [visit.words.yes, visit.words.no] if field.kind is FieldKind.YES else list(field.choices)
    return {
        "key": field.key,
        "kind": field.kind.value,
        "label": field.label,
        "help": field.help if any(field.help.values()) else {},
        "required": field.required,
        "value": raw,
        "parts": dict(zip(("year", "month", "day"), filling.date_parts(raw), strict=True)),
        "options": list(zip(questions.options_of(field), labels, strict=False)),
        "files": [file for file in (draft.files if draft else ()) if file.key == field.key],
        "most": filling.LONGEST.get(field.kind, filling.LONGEST_OTHER),
    }


def because(field: Field, draft: Draft | None, *, path: Path, number: int, fresh: bool) -> dict[str, Any]:
    """Whether it is asked, what of its own page it hangs on, and whether an answer just brought it up (`fresh`)."""
    on, shown = field.only_if, field.key in path.keys
    beside = {one.key: one for one in path.whole[number - 1].fields}
    hangs = on is not None and on.field in beside
    return {
        "shown": shown,
        "on": on if hangs else None,
        "wanted": " ".join(questions.raw_values(beside[on.field], on.values)) if on and hangs else "",
        "new": fresh and on is not None and (draft is None or is_open(field, draft)),
    }
