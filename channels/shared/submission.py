"""A form that somebody sent: what our own pages and the API hand to the channel of forms.

Answers carry their questions, for a channel sees no catalogue: what an agent reads is
what the citizen was asked, in the citizen's language.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what was answered. `value` is for programs, `text` as it was read."""

    key: str
    label: str
    text: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """One form as it was sent. `id` is random, made when the form was drawn: sent twice, it is one."""

    id: str
    service: str | None = None
    subject: str | None = None
    answers: tuple[Answer, ...] = ()
    text: str = ""
    name: str = ""
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    files: tuple[Upload, ...] = ()


def write(form: Submission) -> bytes:
    """The form as the body of a wire."""
    page: dict[str, Any] = {
        "submission": form.id,
        "service": form.service,
        "subject": form.subject,
        "answers": [
            {"key": one.key, "label": one.label, "text": one.text, "value": one.value or one.text}
            for one in form.answers
        ],
        "text": form.text,
        "name": form.name,
        "email": form.email,
        "phone": form.phone,
        "language": form.language,
        "files": [
            {"name": file.name, "type": file.type, "content": base64.b64encode(file.content).decode("ascii")}
            for file in form.files
        ],
    }
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()


def read(body: bytes) -> Submission:
    """The form that a wire carries. Raises ValueError where the body is none."""
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as why:
        raise ValueError(f"not JSON: {why}") from why
    if not isinstance(page, dict):
        raise ValueError("not an object")
    return Submission(
        id=_text(page, "submission"),
        service=_maybe(page, "service"),
        subject=_maybe(page, "subject"),
        answers=tuple(_answer(one) for one in _list(page, "answers")),
        text=_text(page, "text"),
        name=_text(page, "name"),
        email=_maybe(page, "email"),
        phone=_maybe(page, "phone"),
        language=_maybe(page, "language"),
        files=tuple(_upload(one) for one in _list(page, "files")),
    )


def _answer(page: Mapping[str, Any]) -> Answer:
    return Answer(_text(page, "key"), _text(page, "label"), _text(page, "text"), _text(page, "value"))


def _upload(page: Mapping[str, Any]) -> Upload:
    try:
        content = base64.b64decode(_text(page, "content"), validate=True)
    except binascii.Error as why:
        raise ValueError(f"file: {why}") from why
    return Upload(_text(page, "name"), _text(page, "type"), content)


def _text(page: Mapping[str, Any], key: str) -> str:
    value = page.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")
    # Lone surrogates pass JSON but no database and no screen.
    return value.encode("utf-8", "replace").decode().replace("\x00", "")


def _maybe(page: Mapping[str, Any], key: str) -> str | None:
    return None if page.get(key) is None else _text(page, key)


def _list(page: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = page.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValueError(f"{key} is not a list of objects")
    return value
