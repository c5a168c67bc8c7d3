"""A form that somebody sent: what our own pages and the API hand to the channel of forms.

Answers carry their questions, for a channel sees no catalogue: what an agent reads is
what the citizen was asked, in the citizen's language.
"""

from dataclasses import dataclass

from channels.shared import json_body
from channels.shared.json_body import Page, Upload, maybe, rows, text


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what was answered. `value` is for programs, `text` as it was read."""

    key: str
    label: str
    text: str
    value: str = ""


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
    page = {
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
    }
    return json_body.write(page, files=form.files)


def read(body: bytes) -> Submission:
    """The form that a wire carries. Raises ValueError where the body is none."""
    page = json_body.read(body)
    return Submission(
        id=text(page, "submission"),
        service=maybe(page, "service"),
        subject=maybe(page, "subject"),
        answers=tuple(_answer(one) for one in rows(page, "answers")),
        text=text(page, "text"),
        name=text(page, "name"),
        email=maybe(page, "email"),
        phone=maybe(page, "phone"),
        language=maybe(page, "language"),
        files=json_body.files(page),
    )


def _answer(page: Page) -> Answer:
    return Answer(text(page, "key"), text(page, "label"), text(page, "text"), text(page, "value"))
