"""Puts codes and values into words, from the `words.toml` of a folder: what admins are told about a provider.

[steps]            the steps of a test, each with its name by language
[some_code]        en, zh: what was found, with {values}; todo.en, todo.zh: what to do about it
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from channels.contract import Finding, Unavailable, Verdict

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one folder."""

    page: Mapping[str, Any]

    def said(self, code: str, **values: object) -> Texts:
        """What is found, by language. Raises KeyError for a code without words."""
        return {language: self.page[code][language].format(**values) for language in ("en", "zh")}

    def todo(self, code: str, **values: object) -> Texts:
        """What to do about it, by language; nothing where there is nothing to do."""
        return {language: text.format(**values) for language, text in self.page[code].get("todo", {}).items()}

    def steps(self, *codes: str) -> Mapping[str, Texts]:
        """The names of these steps."""
        return {code: self.page["steps"][code] for code in codes}

    def well(self, step: str, code: str, **values: object) -> Finding:
        """It works."""
        return Finding(step, Verdict.WELL, self.said(code, **values))

    def ill(self, step: str, code: str, **values: object) -> Finding:
        """It does not, and this is what to do."""
        return Finding(step, Verdict.ILL, self.said(code, **values), self.todo(code, **values))

    def look(self, step: str, code: str, **values: object) -> Finding:
        """Only a person can see whether it works."""
        return Finding(step, Verdict.LOOK, self.said(code, **values), self.todo(code, **values))

    def unavailable(self, code: str, **values: object) -> Unavailable:
        """The refusal that says so."""
        said, todo = self.said(code, **values), self.todo(code, **values)
        whole = {language: _joined(text, todo.get(language, ""), language=language) for language, text in said.items()}
        return Unavailable(whole["en"], words=whole)


@cache
def beside(file: str) -> Wording:
    """The words that stand beside this source file."""
    return Wording(tomllib.loads(Path(file).with_name("words.toml").read_text("utf-8")))


def out_of(step: str, why: Unavailable) -> Finding:
    """A step that ended because something cannot be reached, in the words of whoever found that out."""
    return Finding(step, Verdict.ILL, why.words)


def _joined(one: str, two: str, *, language: str) -> str:
    return f"{one}{'' if language == 'zh' else ' '}{two}" if two else one
