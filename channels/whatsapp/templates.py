"""Approved texts as an admin writes them down, a line each."""

import re

from crm_core.model.habits import Template

_ID = re.compile(r"HX[0-9a-zA-Z]{1,64}")


def templates_of(text: str) -> tuple[Template, ...]:
    """`HX… | language | name | words with {{1}}`, in their order. Raises ValueError with the line that says it wrongly."""
    return tuple(_template(line) for line in text.splitlines() if line.strip())


def _template(line: str) -> Template:
    parts = [part.strip() for part in line.split("|", 3)]
    if len(parts) != 4 or not _ID.fullmatch(parts[0]) or not all(parts):
        raise ValueError(f"A template is a line: HX… | language | name | words. This is none: {line.strip()[:60]}")
    id, language, name, words = parts
    return Template(id, name, language, words)
