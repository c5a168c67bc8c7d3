"""Nothing that a person said, wrote or is called stands in what the process prints, whatever fails."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import aiohttp
import pytest

from tests.peers.smtp_sink import Refuse, SmtpSink, Step
from tests.stories.conftest import Install
from tests.stories.face import HELLO, Api, Json, token_for, until
from tests.stories.service import Service

FAULTS = (
    "mail not taken",
    "the dialogue failed",
    "request failed",
    "send failed",
    "listener failed",
    "Task exception was never retrieved",
    "quarantined",
)
"""Each stands in the log, or the fault that was to be logged did not happen."""


@dataclass
class Canaries:
    """Words that nobody else would write, each in its own place."""

    planted: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, place: str) -> str:
        return self.planted.setdefault(place, f"canary{secrets.token_hex(6)}")

    def phone(self, place: str) -> str:
        """A number that occurs nowhere else."""
        return self.planted.setdefault(place, f"+1202555{secrets.randbelow(9000) + 1000}")

    def found_in(self, text: str) -> dict[str, str]:
        """Those that got into a text, with a line that holds each."""
        folded = text.casefold()
        return {
            place: next(line for line in text.splitlines() if word.casefold() in line.casefold())[:300]
            for place, word in self.planted.items()
            if word.casefold() in folded
        }


@pytest.mark.parametrize(
    ("base", "form"), [("sqlite", "text"), pytest.param("postgres", "json", marks=pytest.mark.postgres)]
)
async def test_the_log_holds_no_word_of_anybody_whatever_fails(
    base: str, form: str, install: Install, smtp_sink: SmtpSink
) -> None:
    service = install(base, ONESTOP_SMTP_RELAY=smtp_sink.url, ONESTOP_LOG_FORMAT=form)
    service.program = "tests.stories.broken.clumsy"
    token = await token_for(service, "ada@larkhaven.example")
    birds = Canaries()
    await asyncio.to_thread(service.start)
    async with Api.open(service, token) as ada:
        for what in ("well", "Unreadable", "Untakeable"):
            await asyncio.to_thread(_mail, service, birds, what)
        await asyncio.to_thread(_odd_dialogue, service, birds)
        await _forms(ada, birds)
        await _answers(ada, birds, smtp_sink)
        await _strange_requests(service, birds)
        await until(lambda: all(fault in service.log() for fault in FAULTS), why=f"not all of {FAULTS} were logged")
    await asyncio.to_thread(service.stop)
    assert len(birds.planted) >= 30
    assert birds.found_in(service.log()) == {}


def test_the_search_itself_finds_a_canary() -> None:
    birds = Canaries()
    assert list(birds.found_in(f"a line\nwith {birds['name'].upper()} in it")) == ["name"]


def _mail(service: Service, birds: Canaries, what: str) -> None:
    mail = EmailMessage()
    mail["From"] = f"{birds[f'{what} name']} <{birds[f'{what} sender']}@example.org>"
    mail["To"] = f"{birds[f'{what} to name']} <{HELLO}>"
    mail["Cc"] = f"{birds[f'{what} cc']}@example.org"
    mail["Reply-To"] = f"{birds[f'{what} reply to']}@example.org"
    mail["Subject"] = f"{what} {birds[f'{what} subject']}"
    mail["Message-ID"] = f"<{birds[f'{what} id']}@example.org>"
    mail.set_content(f"{birds[f'{what} text']} call me: {birds.phone(f'{what} phone')}")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=f"{birds[f'{what} file']}.pdf")
    with _smtp(service) as smtp, contextlib.suppress(smtplib.SMTPException):
        smtp.send_message(mail, f"{birds[f'{what} envelope']}@example.org", [HELLO])


def _odd_dialogue(service: Service, birds: Canaries) -> None:
    with _smtp(service) as smtp:
        smtp.docmd(f"HELO {birds['helo']}")
        smtp.docmd(f"{birds['command']} nonsense")
        smtp.docmd(f"MAIL FROM:<{birds['mail from']}@example.org>")
        smtp.docmd(f"RCPT TO:<{birds['unknown recipient']}@elsewhere.example>")
        smtp.docmd(f"RCPT TO:<unspeakable-{birds['recipient']}@larkhaven.example>")


@contextlib.contextmanager
def _smtp(service: Service) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", service.smtp_port, local_hostname="tests.example", timeout=30) as smtp:
        yield smtp


async def _forms(ada: Api, birds: Canaries) -> None:
    for what, status in (("form", 202), ("Untakeable form", 500)):
        body = {
            "service": "permit",
            "name": birds[f"{what} name"],
            "email": f"{birds[f'{what} email']}@example.org",
            "text": f"{what} {birds[f'{what} text']}",
        }
        async with ada.http.post(f"{ada.url}/api/v1/contacts", json=body) as answer:
            assert answer.status == status
    body = {"service": birds["no service"], "name": birds["no name"], "phone": birds["no phone"], "text": "x"}
    async with ada.http.post(f"{ada.url}/api/v1/contacts", json=body) as answer:
        assert answer.status == 422


async def _answers(ada: Api, birds: Canaries, sink: SmtpSink) -> None:
    ticket = next(one for one in await ada.tickets() if birds["well subject"] in one["subject"])
    await ada.post(f"/tickets/{ticket['id']}/notes", {"text": birds["note"]})
    sink.fail(Step.RCPT, Refuse(550, f"5.1.1 {birds['relay says']} does not live here"), times=1)
    await _reply(ada, ticket, f"refused {birds['refused reply']}", state="failed")
    await _reply(ada, ticket, f"Unsendable {birds['unsendable reply']}", state="unknown")
    await _reply(ada, ticket, f"well {birds['reply']}", state="sent")
    async with ada.http.get(f"{ada.url}/api/v1/search", params={"q": birds["search"]}) as answer:
        assert answer.status == 200


async def _reply(ada: Api, ticket: Json, text: str, *, state: str) -> None:
    made = await ada.reply(ticket["id"], text)
    await ada.reaches(made["id"], state)


async def _strange_requests(service: Service, birds: Canaries) -> None:
    async with aiohttp.ClientSession() as http:
        sign_in: dict[str, Any] = {"email": f"{birds['sign in']}@larkhaven.example", "password": birds["password"]}
        async with http.post(f"{service.url}/api/v1/session", json=sign_in) as answer:
            assert answer.status in (401, 422), await answer.text()
        for path in (f"/{birds['path']}", f"/track?number={birds['query']}", f"/hooks/sms/{birds['hook']}"):
            async with http.get(service.url + path) as answer:
                assert answer.status < 500
        headers = {"Authorization": f"Bearer {birds['token']}", "Cookie": f"session={birds['cookie']}"}
        async with http.get(f"{service.url}/api/v1/tickets", headers=headers) as answer:
            assert answer.status == 401
    reader, writer = await asyncio.open_connection("127.0.0.1", service.http_port)
    writer.write(f"{birds['broken request']} \x00 nonsense\r\n\r\n".encode())
    await reader.read()
    writer.close()
