"""What a visitor said on a page of ours: what the gateway hands to a channel whose visitors talk to us live.

A visitor is known by the digest of a secret that only their browser has. Whoever writes a
wire has seen that secret, so the sender is proven; the secret itself is in no wire.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from channels.shared import json_body
from channels.shared.charset import storable
from channels.shared.json_body import Page, Upload, maybe, text

SECRET_LENGTH = 43
"""Characters of a visitor's secret: 256 bits in base 64 without its padding."""

VISITOR_LENGTH = 40
"""Hexadecimal digits of what a visitor is known by."""

SHORTEST_ID, LONGEST_ID = 16, 64
"""Characters of an utterance's id: fewer could be guessed, and a guessed one would hide somebody's words."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance. `id` is made by the page, so that sending it again is harmless.

    `answers` are those to the questions of `service`, unchecked; None where none were asked.
    `email` and `phone` are claimed. `later`: they were told that nobody is here now.
    """

    id: str
    visitor: str
    text: str = ""
    name: str = ""
    language: str | None = None
    service: str | None = None
    answers: Mapping[str, str] | None = None
    email: str | None = None
    phone: str | None = None
    files: tuple[Upload, ...] = ()
    later: bool = False


def visitor_of(secret: str) -> str:
    """By what a visitor is known to everybody but themselves. Raises ValueError for what is no secret of ours."""
    if len(secret) != SECRET_LENGTH or not secret.isascii() or not secret.replace("-", "").replace("_", "").isalnum():
        raise ValueError("not a visitor's secret")
    return hashlib.sha256(b"visitor\0" + secret.encode()).hexdigest()[:VISITOR_LENGTH]


def write(said: Spoken) -> bytes:
    """The utterance as the body of a wire."""
    page = {
        "id": said.id,
        "visitor": said.visitor,
        "text": said.text,
        "name": said.name,
        "language": said.language,
        "service": said.service,
        "answers": None if said.answers is None else dict(said.answers),
        "email": said.email,
        "phone": said.phone,
        "later": said.later,
    }
    return json_body.write(page, files=said.files)


def read(body: bytes) -> Spoken:
    """The utterance that a wire carries. Raises ValueError where the body is none."""
    page = json_body.read(body)
    return Spoken(
        id=text(page, "id"),
        visitor=text(page, "visitor"),
        text=text(page, "text"),
        name=text(page, "name"),
        language=maybe(page, "language"),
        service=maybe(page, "service"),
        answers=_answers(page),
        email=maybe(page, "email"),
        phone=maybe(page, "phone"),
        files=json_body.files(page),
        later=page.get("later") is True,
    )


def _answers(page: Page) -> Mapping[str, str] | None:
    answers = page.get("answers")
    if answers is None:
        return None
    if not isinstance(answers, dict):
        raise ValueError("answers is not an object")
    return {storable(key): text(answers, key) for key in answers}
