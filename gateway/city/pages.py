"""A citizen at a browser without script: opens a service's form and fills it in, page by page, as drawn."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import aiohttp

MOST_PAGES = 20
_DATE_PART = re.compile(r".+-(year|month|day)")
_LONGEST = 240


class NotTaken(Exception):
    """The form led nowhere; the text says where it stopped."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What somebody puts into a form: answers by key, their words, and how they are reached. `day`: for dates."""

    answers: Mapping[str, str]
    words: str
    name: str
    mail: str
    day: date
    language: str


@dataclass(frozen=True, slots=True)
class Control:
    """One thing to fill in; `kind` is the input's type, or `textarea`. Some are laid out for programs to fall into."""

    name: str
    kind: str
    value: str
    autocomplete: str
    numeric: bool
    hidden_from_people: bool


@dataclass(slots=True)
class _Form:
    action: str
    controls: list[Control] = field(default_factory=list)


class _Page(HTMLParser):
    """The forms of a page, with their controls."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Forms, and what can be filled in."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(given.get("action", "")))
        elif tag in ("input", "textarea") and self.forms and given.get("name"):
            kind = "textarea" if tag == "textarea" else given.get("type", "text")
            numeric = given.get("inputmode") == "numeric"
            control = Control(
                name=given["name"],
                kind=kind,
                value=given.get("value", ""),
                autocomplete=given.get("autocomplete", ""),
                numeric=numeric,
                hidden_from_people=given.get("tabindex") == "-1",
            )
            self.forms[-1].controls.append(control)


async def fill_in(web: str, slug: str, filling: Filling, *, reading: float) -> str:
    """The ticket's number. `reading` seconds pass before it is sent: who is quicker is taken for a program.

    Raises NotTaken, aiohttp.ClientError or TimeoutError.
    """
    timeout = aiohttp.ClientTimeout(total=reading + 30)
    headers = {"Accept-Language": filling.language}
    jar = aiohttp.CookieJar(unsafe=True)  # a house on this machine has no name
    async with aiohttp.ClientSession(timeout=timeout, headers=headers, cookie_jar=jar) as session:
        async with session.get(f"{web}/s/{slug}/form/1") as answer:
            at, html = str(answer.url), await answer.text()
        for _ in range(MOST_PAGES):
            if urlsplit(at).path.endswith("/check"):
                await asyncio.sleep(reading)
            at, html = await _send(session, at, html, filling=filling)
            path = urlsplit(at).path
            if path.startswith("/done/"):
                return path.removeprefix("/done/")
        raise NotTaken(f"stopped at {urlsplit(at).path}")


async def _send(session: aiohttp.ClientSession, at: str, html: str, *, filling: Filling) -> tuple[str, str]:
    """Send the page's form; where that led, and the page there."""
    form = next((one for one in _Page(html).forms if any(control.name == "mark" for control in one.controls)), None)
    if form is None:
        raise NotTaken(f"no form at {urlsplit(at).path}")
    async with session.post(urljoin(at, form.action), data=_filled(form, filling)) as answer:
        if answer.status != 200:
            raise NotTaken(f"{answer.status} at {answer.url.path}")
        return str(answer.url), await answer.text()


def _filled(form: _Form, filling: Filling) -> dict[str, str]:
    filled: dict[str, str] = {}
    for control in form.controls:
        if control.kind != "file":
            filled.setdefault(control.name, _value(control, filling))
    return filled


def _value(control: Control, filling: Filling) -> str:
    """What is put in here; where nothing was planned, something that fits."""
    known = filling.answers.get(control.name, "")
    part = _DATE_PART.fullmatch(control.name)
    if control.kind in ("hidden", "radio"):
        return control.value
    if part:
        return str(getattr(filling.day, part[1]))
    if control.kind == "textarea":
        return filling.words
    if control.kind == "email":
        return filling.mail
    if control.kind == "tel" or control.hidden_from_people:
        return ""
    if control.numeric:
        return known if known.isdigit() else "2"
    return filling.name if control.autocomplete == "name" else (known or filling.words)[:_LONGEST]
