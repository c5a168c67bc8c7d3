"""The simulation stands outside: it writes, fills in forms, and answers what came back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from config.settings import Place
from gateway.city.mailbox import citizens
from gateway.city.pages import Filling, NotTaken, fill_in
from gateway.city.simulate import Town, run
from gateway.http.portal import add_portal
from tests.gateway.portal.town import Town as Portal
from tests.gateway.portal.town import town_at
from tests.peers.smtp_sink import Mail, SmtpSink

DAY = date(2026, 11, 20)


@dataclass
class Doors:
    """A town between a mail receiver, a web form and its own mailbox."""

    town: Town
    portal: Portal
    mail: SmtpSink
    mailbox: Path
    lines: list[str] = field(default_factory=list)
    forms: list[dict[str, Any]] = field(default_factory=list)

    def city_mails(self) -> list[Mail]:
        return [mail for mail in self.mail.mails if "@larkhaven.example" in mail.recipients[0]]

    def answer(self, mail: Mail, *, automatic: bool = False) -> EmailMessage:
        """What an agent of the city would have sent back."""
        asked = mail.parsed
        reply = EmailMessage()
        reply["From"] = "Anna Kowal <hello@larkhaven.example>"
        reply["Reply-To"] = "hello+token123@larkhaven.example"
        reply["To"] = mail.sender
        reply["Subject"] = f"Re: {asked['Subject']}"
        reply["Message-ID"] = "<on.answer@larkhaven.example>"
        reply["In-Reply-To"] = asked["Message-ID"]
        reply["References"] = asked["Message-ID"]
        if automatic:
            reply["Auto-Submitted"] = "auto-replied"
        reply.set_content("We have looked into it.\n\nKind regards,\nAnna")
        self.mailbox.mkdir(exist_ok=True)
        (self.mailbox / "answer.eml").write_bytes(reply.as_bytes())
        return reply


@pytest.fixture
async def doors(smtp_sink: SmtpSink, tmp_path: Path) -> AsyncIterator[Doors]:
    forms: list[dict[str, Any]] = []

    async def contacts(request: web.Request) -> web.Response:
        forms.append(await request.json())
        return web.json_response({"number": "ON-4F7K-2934"}, status=202)

    async with town_at(tmp_path) as portal:

        @web.middleware
        async def slowly(request: web.Request, handler: Any) -> Any:
            portal.clock.pass_(seconds=5)  # a page takes a while to read
            return await handler(request)

        app = web.Application(middlewares=[slowly])
        add_portal(app, portal)
        app.router.add_post("/api/v1/contacts", contacts)
        async with TestServer(app) as server:
            lines: list[str] = []
            place = Place("127.0.0.1", smtp_sink.port)
            mailbox = tmp_path / "citizens"
            address = str(server.make_url(""))
            town = Town(smtp=place, web=address, mailbox=mailbox, seed=5, say=lines.append, reading=0)
            yield Doors(town, portal, smtp_sink, mailbox, lines, forms)


async def test_citizens_write_mails_and_fill_in_forms(doors: Doors) -> None:
    while doors.town.accepted < 30 or not doors.forms:  # what they want hangs on the hour of the day
        await doors.town.write()
    filled_in = await doors.portal.tickets()
    assert doors.city_mails()
    assert filled_in
    assert doors.forms
    assert len(doors.city_mails()) + len(filled_in) + len(doors.forms) == len(doors.lines) == doors.town.accepted
    assert all(mail.sender.endswith(".example") for mail in doors.mail.mails)
    assert all(form.keys() == {"service", "name", "email", "text"} for form in doors.forms)
    assert {ticket.language for ticket in filled_in} <= {"en", "zh"}


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_form_of_the_city_can_be_filled_in(doors: Doors, language: str) -> None:
    filling = Filling({}, "It has been like this for a week.", "Wei Zhang", "wei@mailbox.example", DAY, language)
    services = [service.slug for service in doors.portal.keeper.setup.services]
    numbers = [await fill_in(str(doors.town._web), slug, filling, reading=0) for slug in services]
    tickets = await doors.portal.tickets()
    assert len(services) > 20
    assert [ticket.number for ticket in tickets] == numbers
    assert {ticket.language for ticket in tickets} == {language}


async def test_a_form_that_leads_nowhere_says_where_it_stopped(doors: Doors) -> None:
    nobody = Filling({}, "x", "Wei", "this is no address", DAY, "en")
    with pytest.raises(NotTaken, match="/form/"):
        await fill_in(str(doors.town._web), "general", nobody, reading=0)


async def test_a_citizen_answers_an_answer_in_its_thread(doors: Doors) -> None:
    mail = await first_mail(doors)
    reply = doors.answer(mail)
    before = len(doors.mail.mails)
    for _ in range(8):  # some citizens leave it at that
        await doors.town.hear()
        if len(doors.mail.mails) > before:
            break
        doors.answer(mail)
    back = doors.mail.mails[-1].parsed
    assert back["In-Reply-To"] == reply["Message-ID"]
    assert mail.parsed["Message-ID"] in back["References"]
    assert doors.mail.mails[-1].recipients == ("hello+token123@larkhaven.example",)
    assert doors.mail.mails[-1].sender == mail.sender
    assert b"> We have looked into it." in doors.mail.mails[-1].raw


async def test_an_answer_is_read_once(doors: Doors) -> None:
    doors.answer(await first_mail(doors))
    await doors.town.hear()
    sent = len(doors.mail.mails)
    await doors.town.hear()
    assert len(doors.mail.mails) == sent
    assert not list(doors.mailbox.glob("*.eml"))
    assert list((doors.mailbox / "read").glob("*.eml"))


async def test_a_machines_answer_is_not_answered(doors: Doors) -> None:
    doors.answer(await first_mail(doors), automatic=True)
    sent = len(doors.mail.mails)
    for _ in range(5):
        await doors.town.hear()
    assert len(doors.mail.mails) == sent


async def test_a_closed_door_is_told_and_the_day_goes_on(tmp_path: Path, unused_tcp_port: int) -> None:
    lines: list[str] = []
    nowhere = Place("127.0.0.1", unused_tcp_port)
    town = Town(
        smtp=nowhere, web=f"http://{nowhere}", mailbox=tmp_path / "citizens", seed=5, say=lines.append, reading=0
    )
    for _ in range(4):
        await town.write()
    assert town.accepted == 0
    assert len(lines) == 4
    assert all("NOT TAKEN" in line for line in lines)


async def test_the_pace_is_kept(doors: Doors) -> None:
    await asyncio.wait_for(run(doors.town, rate=600, minutes=0.03, seed=1), 20)
    assert 5 <= doors.town.accepted <= 60


async def test_the_citizens_mailbox_keeps_what_the_city_sends(tmp_path: Path) -> None:
    import aiosmtplib

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "hello@larkhaven.example", "wei@mailbox.example", "Re: permit"
    mail.set_content("Done.")
    async with citizens(tmp_path / "citizens") as relay:
        port = int(relay.rpartition(":")[2])
        await aiosmtplib.send(mail, hostname="127.0.0.1", port=port, start_tls=False)
    kept = list((tmp_path / "citizens").glob("*.eml"))
    assert len(kept) == 1
    assert b"Re: permit" in kept[0].read_bytes()


async def first_mail(doors: Doors) -> Mail:
    while not doors.city_mails():
        await doors.town.write()
    return doors.city_mails()[-1]
