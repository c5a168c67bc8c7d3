"""Files and the virus scanner, from the wire to the screen and back: nothing leaves before clamd has passed it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.browser.console import keep_picture
from tests.peers.chromium import barriers
from tests.peers.clamav import NAME, Clamd, eicar
from tests.peers.smtp_sink import SmtpSink
from tests.stories.conftest import Install
from tests.stories.face import HELLO, Api, Json, Screen, inside, letter, post, token_for
from tests.stories.service import Service

FOUND = f"{NAME}.UNOFFICIAL"
ADMIN = "ada@larkhaven.example"


@pytest.mark.browser
async def test_what_the_scanner_does_not_pass_leaves_by_no_door_and_what_it_passes_does(
    install: Install, clamd: Clamd, page: Page
) -> None:
    """Also on the screens of who was looking when it happened."""
    async with SmtpSink() as sink:
        await _told(install("sqlite", ONESTOP_CLAMD=clamd.at, ONESTOP_SMTP_RELAY=sink.url), clamd, sink, page)


@dataclass(frozen=True)
class Watch:
    """An agent and an admin with their lines open, and a page of the console."""

    service: Service
    anna: Api
    ada: Api
    screen: Screen
    admins: Screen
    page: Page
    sink: SmtpSink


async def _told(service: Service, clamd: Clamd, sink: SmtpSink, page: Page) -> None:
    anna_may, ada_may = await token_for(service), await token_for(service, ADMIN)
    async with inside(service), Api.open(service, anna_may) as anna, Api.open(service, ada_may) as ada:
        async with anna.screen() as screen, ada.screen() as admins:
            watch = Watch(service, anna, ada, screen, admins, page, sink)
            blocked, bad = await _what_is_bad_is_blocked(watch)
            ticket = await _what_is_good_opens(watch)
            await _an_agents_own_file_is_looked_into_too(watch, ticket)
            await _while_the_scanner_is_away_all_waits_and_nothing_else(watch, clamd, ticket)
            await _an_admin_opens_it_all_the_same(watch, blocked, bad)
        doctor = await asyncio.to_thread(lambda: service.run("doctor"))
        assert "ClamAV 1." in doctor.stdout, doctor.stdout


async def _what_is_bad_is_blocked(watch: Watch) -> tuple[Json, Json]:
    await post(watch.service, mail("bad.txt", eicar(), subject="Bad"))
    blocked = await watch.screen.sees(lambda event: event["type"] == "file.blocked")
    assert (blocked["facts"]["check"], blocked["facts"]["found"]) == ("blocked", FOUND)
    bad = await the_file(watch.anna, blocked["ticket"])
    assert (bad["check"], bad["found"]) == ("blocked", FOUND)
    for who in (watch.anna, watch.ada):
        assert FOUND in await refused(who, f"/files/{bad['id']}")
    return blocked, bad


async def _what_is_good_opens(watch: Watch) -> str:
    await post(watch.service, mail("good.txt", b"The bin is full.", subject="Good"))
    came = await watch.screen.sees(lambda event: of(event, "message.received", subject="Good"))
    assert came["personal"]["message"]["attachments"][0]["check"] == "checking"
    await watch.screen.sees(lambda event: event["type"] == "file.checked" and event["ticket"] == came["ticket"])
    good = await the_file(watch.anna, came["ticket"])
    assert (good["check"], await download(watch.anna, good)) == (None, b"The bin is full.")
    return str(came["ticket"])


async def _an_agents_own_file_is_looked_into_too(watch: Watch, ticket: str) -> None:
    mine = await upload(watch.anna, eicar(), name="form.txt")
    assert mine["check"] == "checking"
    told = await watch.screen.sees(lambda event: of_file(event, "upload.checked", mine))
    assert told["facts"]["check"] == "blocked"
    assert FOUND in await refused_reply(watch.anna, ticket, mine)


async def _while_the_scanner_is_away_all_waits_and_nothing_else(watch: Watch, clamd: Clamd, ticket: str) -> None:
    anna, screen, admins = watch.anna, watch.screen, watch.admins
    await asyncio.to_thread(clamd.server.kill)
    await post(watch.service, mail("late.txt", b"The photo.", subject="Late"), letter("Hello", subject="Plain"))
    late = await screen.sees(lambda event: of(event, "message.received", subject="Late"))
    await screen.sees(lambda event: of(event, "message.received", subject="Plain"))
    gone = await admins.sees(lambda event: event["type"] == "scanner.moved" and event["facts"]["since"])
    await _an_admin_opens_what_nobody_looks_into(watch)
    waits = await upload(anna, b"A leaflet.", name="leaflet.txt")
    answer = await anna.post(f"/tickets/{ticket}/replies", {"text": "See the leaflet.", "files": [waits["id"]]})
    shown = await waits_for(anna, answer["id"])
    assert shown["delivery_reason"] == "a file of it is being checked for viruses"
    plain = await anna.reply(late["ticket"], "Thank you.")
    await anna.reaches(plain["id"], "sent")
    assert "being checked" in await refused(anna, f"/files/{(await the_file(anna, late['ticket']))['id']}")
    standing = await watch.ada.get("/virus-scanner")
    assert standing["since"]
    assert standing["waiting"] == 2
    assert not any(event["type"] == "scanner.moved" for event in screen.events), "it is admins' business"
    assert await metric(anna, "onestop_scanner_away") == 1
    await _admins_see_that_it_waits(watch, late)
    await asyncio.to_thread(clamd.server.start)
    await admins.sees(lambda event: event["type"] == "scanner.moved" and event["position"] > gone["position"])
    await expect(watch.page.get_by_role("link", name="late.txt")).to_be_visible()
    assert await download(anna, await the_file(anna, late["ticket"])) == b"The photo."
    await anna.reaches(answer["id"], "sent")
    [sent] = [one.parsed for one in watch.sink.mails if "leaflet" in one.parsed.as_string()]
    assert [part.get_content() for part in sent.iter_attachments()] == ["A leaflet."]


async def _an_admin_opens_what_nobody_looks_into(watch: Watch) -> None:
    """For who cannot wait until the scanner is back: by the same way, with the same line, as what is blocked."""
    page = watch.page
    await post(watch.service, mail("urgent.txt", b"The gas smells.", subject="Urgent"))
    came = await watch.screen.sees(lambda event: of(event, "message.received", subject="Urgent"))
    await page.goto((await watch.ada.post("/users/ada/links", {}))["url"])
    await page.locator("form button.primary").click()
    await expect(page.locator(".list")).to_be_visible()
    await page.goto(f"{watch.service.url}/console/t/{came['facts']['row']['number']}")
    await page.get_by_role("button", name="Open anyway").click()
    assert await barriers(page) == []
    await keep_picture(page, "checking-anyway-light-en")
    await page.get_by_role("dialog").get_by_role("button", name="Open anyway").click()
    await expect(page.get_by_role("link", name="urgent.txt")).to_be_visible()
    await expect(page.get_by_text("opened for everybody before it was checked")).to_be_visible()
    assert await download(watch.anna, await the_file(watch.anna, came["ticket"])) == b"The gas smells."


async def _admins_see_that_it_waits(watch: Watch, late: Json) -> None:
    page = watch.page
    await page.goto(f"{watch.service.url}/console/admin/inboxes")
    await expect(page.get_by_role("alert", name="Virus scanner")).to_contain_text("2 files wait")
    await page.goto(f"{watch.service.url}/console/t/{late['facts']['row']['number']}")
    await expect(page.get_by_role("feed").get_by_text("Checking")).to_be_visible()
    assert await barriers(page) == []
    await keep_picture(page, "checking-light-en")


async def _an_admin_opens_it_all_the_same(watch: Watch, blocked: Json, bad: Json) -> None:
    page = watch.page
    await page.goto(f"{watch.service.url}/console/t/{blocked['facts']['row']['number']}")
    await expect(page.get_by_role("feed").get_by_text(f"The virus scanner found {FOUND}").first).to_be_visible()
    assert await barriers(page) == []
    await keep_picture(page, "blocked-light-en")
    await page.get_by_role("button", name="Open anyway").click()
    await page.get_by_role("dialog").get_by_role("button", name="Open anyway").click()
    await expect(page.get_by_role("link", name="bad.txt")).to_be_visible()
    assert await download(watch.anna, bad) == eicar()
    early, released = [event for event in watch.screen.events if event["type"] == "file.released"]
    assert (early["facts"]["early"], released["facts"]["early"]) == (True, False)
    assert {early["actor"]["id"], released["actor"]["id"]} == {"ada"}


def mail(name: str, content: bytes, *, subject: str) -> bytes:
    """A mail with one file."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Wei Zhang <wei@example.org>", HELLO, subject
    made["Message-ID"] = make_msgid(domain="example.org")
    made.set_content("See the file.")
    made.add_attachment(content, maintype="text", subtype="plain", filename=name)
    return made.as_bytes(policy=SMTP)


def of(event: Json, type: str, *, subject: str) -> bool:
    return bool(event["type"] == type and event["personal"]["message"]["subject"] == subject)


def of_file(event: Json, type: str, file: Json) -> bool:
    return bool(event["type"] == type and event["facts"]["file"] == file["id"])


async def the_file(who: Api, ticket: str) -> Any:
    """The file of the ticket's first message."""
    return (await who.messages(ticket))[0]["attachments"][0]


async def download(who: Api, file: Json) -> bytes:
    async with who.http.get(f"{who.url}/api/v1/files/{file['id']}") as answer:
        assert answer.status == 200, await answer.text()
        return await answer.read()


async def refused(who: Api, path: str) -> str:
    async with who.http.get(f"{who.url}/api/v1{path}") as answer:
        assert answer.status == 409
        return str((await answer.json())["detail"])


async def refused_reply(who: Api, ticket: str, file: Json) -> str:
    body = {"text": "Here", "files": [file["id"]]}
    async with who.http.post(f"{who.url}/api/v1/tickets/{ticket}/replies", json=body) as answer:
        assert answer.status == 422
        return str((await answer.json())["detail"])


async def upload(who: Api, content: bytes, *, name: str) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", content, filename=name, content_type="text/plain")
    async with who.http.post(f"{who.url}/api/v1/files", data=form) as answer:
        assert answer.status == 201
        return await answer.json()


async def waits_for(who: Api, message: str) -> Any:
    """The message, as soon as it says why it waits."""
    async with asyncio.timeout(20):
        while not (shown := await who.get(f"/messages/{message}"))["delivery_reason"]:
            await asyncio.sleep(0.05)
    assert shown["delivery"] == "queued"
    return shown


async def metric(who: Api, name: str) -> float:
    async with who.http.get(f"{who.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])
