"""Approved texts with gaps: what stands in them, and how the message that says one remembers which it was."""

import json
import re
from collections.abc import Sequence

from crm_core.model.errors import BadInput, Problem
from crm_core.model.habits import Filled, Template

FLAG = "template:"
LONGEST_VALUE = 300
_GAP = re.compile(r"\{\{(\d{1,2})\}\}")


def gaps(template: Template) -> int:
    """How many there are: the highest number that stands in one."""
    return max((int(number) for number in _GAP.findall(template.text)), default=0)


def said(template: Template, values: Sequence[str]) -> str:
    """The words as they arrive. Raises BadInput where a gap stays empty, or something is left over."""
    wanted = gaps(template)
    if len(values) != wanted or not all(value.strip() for value in values):
        raise BadInput(Problem("template", f"Fill in every gap of this text: there are {wanted}."))
    if any(len(value) > LONGEST_VALUE or "\n" in value for value in values):
        raise BadInput(Problem("template", f"A gap takes one line of at most {LONGEST_VALUE} characters."))
    return _GAP.sub(lambda found: values[int(found[1]) - 1] if int(found[1]) else "", template.text)


def flag(filled: Filled) -> str:
    """What marks the message that says it."""
    return f"{FLAG} {json.dumps([filled.template, *filled.values], ensure_ascii=False)}"


def of(flags: Sequence[str]) -> Filled | None:
    """The approved text that a message says, if it says one."""
    for mark in flags:
        if mark.startswith(FLAG):
            template, *values = json.loads(mark.removeprefix(FLAG))
            return Filled(template, tuple(values))
    return None
