"""What a visitor said on a page of ours: what the gateway hands to a channel whose visitors talk to us live.

A visitor is known by the digest of a secret that only their browser has. Whoever writes a
wire has seen that secret, so the sender is proven; the secret itself is in no wire.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.shared.submission import Upload

SECRET_LENGTH = 43
"""Characters of a visitor's secret: 256 bits in base 64 without its padding."""

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
    return hashlib.sha256(b"visitor\0" + secret.encode()).hexdigest()[:40]


def write(said: Spoken) -> bytes:
    """The utterance as the body of a wire."""
    page: dict[str, Any] = {
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
        "files": [
            {"name": file.name, "type": file.type, "content": base64.b64encode(file.content).decode("ascii")}
            for file in said.files
        ],
    }
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()


def read(body: bytes) -> Spoken:
    """The utterance that a wire carries. Raises ValueError where the body is none."""
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as why:
        raise ValueError("not JSON") from why
    if not isinstance(page, dict):
        raise ValueError("not an object")
    answers = page.get("answers")
    return Spoken(
        id=_text(page.get("id")),
        visitor=_text(page.get("visitor")),
        text=_text(page.get("text")),
        name=_text(page.get("name")),
        language=_maybe(page, "language"),
        service=_maybe(page, "service"),
        answers=None if answers is None else {_text(key): _text(value) for key, value in _object(answers).items()},
        email=_maybe(page, "email"),
        phone=_maybe(page, "phone"),
        files=tuple(_upload(one) for one in _list(page.get("files"))),
        later=page.get("later") is True,
    )


def _upload(page: Mapping[str, Any]) -> Upload:
    try:
        content = base64.b64decode(_text(page.get("content")), validate=True)
    except binascii.Error as why:
        raise ValueError("a file is not whole") from why
    return Upload(_text(page.get("name")), _text(page.get("type")), content)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("not a text")
    # Lone surrogates pass JSON but no database and no screen.
    return value.encode("utf-8", "replace").decode().replace("\x00", "")


def _maybe(page: Mapping[str, Any], key: str) -> str | None:
    return _text(page.get(key)) or None


def _object(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _list(value: Any) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValueError("not a list of objects")
    return value
