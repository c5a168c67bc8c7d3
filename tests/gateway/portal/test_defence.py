"""What the portal refuses, and what it says then; nothing that a person typed is lost."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from crm_core.model.errors import StoreDown
from gateway.http import uploads
from gateway.http.portal import limits
from gateway.http.portal.drafts import Draft
from gateway.http.portal.front import Front
from tests.gateway.portal.test_journey import NOTICE, SEND, WAY
from tests.gateway.portal.town import Citizen, Town, town_at, visitor

XSS = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


async def tickets(citizen: Citizen) -> int:
    return len(await citizen.town.tickets())


async def test_a_forged_mark_sends_nothing_and_keeps_the_words(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    for mark in ("", "x", "planning-comment.x.1.00", "planning-comment..99999999999999999999.00", "é.é.é.é"):
        await citizen.post({"mark": mark}, to=SEND)
        assert citizen.status == 422
        assert "open for a long time" in citizen.page
        assert "It is too high." in citizen.page
    assert await tickets(citizen) == 0


async def test_a_mark_of_another_form_sends_nothing(citizen: Citizen) -> None:
    await citizen.open("/s/general/form/1")
    [(_, other)] = citizen.hidden()
    await citizen.fill_in("planning-comment", *NOTICE)
    await citizen.post({"mark": other}, to=SEND)
    assert (citizen.status, await tickets(citizen)) == (422, 0)


async def test_a_mark_of_last_week_sends_nothing(citizen: Citizen) -> None:
    await citizen.open("/s/planning-comment/form/1")
    citizen.town.clock.pass_(days=7, minutes=1)
    await citizen.post({"notice": "26/0418"})
    assert citizen.status == 422
    assert 'value="26/0418"' in citizen.page
    await citizen.post({"notice": "26/0418"})
    assert citizen.path == "/s/planning-comment/form/2"


async def test_a_form_that_another_site_sends_is_not_read(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    fields = dict(citizen.hidden())
    elsewhere: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ]
    for headers in elsewhere:
        await citizen.post(fields, to=SEND, headers=headers)
        assert citizen.status == 403
    assert await tickets(citizen) == 0


async def test_the_trap_for_programs_sends_nothing(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    await citizen.post({"website": "https://spam.example"}, to=SEND)
    assert (citizen.status, await tickets(citizen)) == (422, 0)
    await citizen.post({"website": ""})
    assert await tickets(citizen) == 1


async def test_a_form_filled_in_at_once_is_shown_once_more(citizen: Citizen) -> None:
    await citizen.open("/s/planning-comment/form/1")
    for answers in NOTICE:
        await citizen.post(answers)
    await citizen.post()
    assert (citizen.status, await tickets(citizen)) == (422, 0)
    citizen.town.clock.pass_(seconds=4)
    await citizen.post()
    assert await tickets(citizen) == 1


async def test_a_required_answer_that_is_missing_is_asked_for(citizen: Citizen) -> None:
    await citizen.open("/s/planning-comment/form/1")
    await citizen.post({"notice": "  "})
    assert citizen.status == 422
    assert '<a href="#q-notice">Answer this question: Number of the planning notice</a>' in citizen.page
    assert 'aria-invalid="true"' in citizen.page
    assert "<title>Error: " in citizen.page


async def test_the_check_leads_to_the_first_page_that_is_not_finished(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE[:1])
    await citizen.open(SEND)
    assert citizen.path == "/s/planning-comment/form/2?again=1"
    assert "Answer this question: What is your address?" in citizen.page
    await citizen.post(to=SEND)
    assert (citizen.path, await tickets(citizen)) == ("/s/planning-comment/form/2?again=1", 0)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ({}, "Enter an email address or a phone number"),
        ({"your_email": "wei at example"}, "Enter an email address like"),
        ({"your_email": "wei@example.org\nBcc: all@example.org"}, "Enter an email address like"),
        ({"your_phone": "12"}, "Enter a phone number"),
    ],
)
async def test_nobody_who_cannot_be_answered_is_left_without_a_word(
    citizen: Citizen, way: dict[str, str], words: str
) -> None:
    await citizen.fill_in("planning-comment", *NOTICE[:4])
    await citizen.post(way)
    assert citizen.status == 422
    assert words in citizen.page


async def test_what_people_type_is_shown_as_they_typed_it(citizen: Citizen) -> None:
    hostile: tuple[dict[str, Any], ...] = (
        {"notice": XSS},
        {"address": XSS},
        {"words": f"</textarea>{XSS}{{{{ 7*7 }}}}"},
        {},
        WAY | {"your_name": XSS},
    )
    await citizen.open("/s/planning-comment/form/1")
    pages = [await citizen.post(answers) for answers in hostile]
    citizen.town.clock.pass_(seconds=30)
    pages += [await citizen.open(f"/s/planning-comment/form/{number}") for number in range(1, 6)]
    pages += [await citizen.open(f"/?q={XSS}"), await citizen.open(f"/s?lang={XSS}"), await citizen.open(SEND)]
    pages.append(await citizen.post())
    assert citizen.status == 200
    assert "{{ 7*7 }}" in pages[-2]
    for page in pages:
        assert "<img" not in page
        assert "<script>" not in page


async def test_a_file_name_is_shown_as_text(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE[:3])
    data = FormData([*citizen.hidden()], quote_fields=False)
    data.add_field("photo", b"MZ not a picture", filename="<script>alert(1)</script>.exe")
    page = await citizen.post_raw(data)
    assert citizen.status == 422
    assert "<script>" not in page
    assert "is not a photo, a PDF or a document" in page


async def test_a_page_allows_no_script_but_our_own(citizen: Citizen) -> None:
    for path in ("/", "/s", "/s/general", "/s/general/form/1", "/?q=bins", "/s/nowhere"):
        page = await citizen.open(path)
        assert "unsafe" not in citizen.headers["Content-Security-Policy"]
        assert citizen.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page


async def test_a_host_of_somebody_elses_stands_in_no_page(citizen: Citizen) -> None:
    for path in ("/", "/s/general", "/s/general/form/1", "/?q=bins"):
        page = await citizen.open(path, Host="evil.example", **{"X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in page
        assert not [name for name, value in citizen.headers.items() if "evil.example" in value]


async def test_too_many_words_are_refused_with_a_page(citizen: Citizen) -> None:
    await citizen.open("/s/general/form/1")
    await citizen.post({"words": "x" * 300_000})
    assert citizen.status == 413
    await citizen.open("/s/general/form/1")
    await citizen.post({"words": "x" * 6000})
    assert citizen.status == 422
    assert "Use at most 5000 characters" in citizen.page
    assert "x" * 6000 in citizen.page


async def test_files_are_limited_in_size_and_number(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_FILE", uploads.MEGA)
    await citizen.fill_in("planning-comment", *NOTICE[:3])
    data = FormData([*citizen.hidden()], quote_fields=False)
    data.add_field("photo", BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * (2 * uploads.MEGA)), filename="large.png")
    data.add_field("photo", b"", filename="empty.png")
    await citizen.post_raw(data)
    assert citizen.status == 422
    data = FormData([*citizen.hidden()], quote_fields=False)
    for number in range(uploads.MOST_FILES + 1):
        data.add_field("photo", b"\x89PNG\r\n\x1a\n" + bytes([number]) * 99, filename=f"{number}.png")
    page = await citizen.post_raw(data)
    assert "Send 5 files at most." in page
    assert page.count('name="remove"') == uploads.MOST_FILES


async def test_a_body_that_is_no_form_is_refused_with_a_page(citizen: Citizen) -> None:
    await citizen.open("/s/general/form/1")
    for kind, body in [
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"),
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=%FF" for _ in range(300))),
    ]:
        async with citizen.client.post("/s/general/form/1", data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status in (413, 422)
            assert answer.content_type == "text/html"


async def test_a_wrong_address_is_a_page_that_helps(citizen: Citizen) -> None:
    for path in ("/s/nowhere", "/s/nowhere/form/1", "/s/general/form/99", "/s/nowhere/check", "/done/ON-1"):
        page = await citizen.open(path)
        assert citizen.status == 404
        assert 'href="/ask"' in page


async def test_a_check_without_a_draft_says_where_to_begin(citizen: Citizen) -> None:
    await citizen.open(SEND)
    assert citizen.status == 410
    await citizen.open("/s/general/form/2")
    assert citizen.path == "/s/general/form/1"


@pytest.fixture
async def outsider(tmp_path: Path) -> AsyncIterator[Citizen]:
    """Somebody from the open internet, behind a proxy that we were told to trust."""
    async with town_at(tmp_path, ONESTOP_TRUSTED_PROXIES="127.0.0.0/8") as town, visitor(town) as citizen:
        citizen.client.session.headers["X-Forwarded-For"] = "5.6.7.8"
        yield citizen


async def test_one_mail_address_cannot_be_used_for_ever(outsider: Citizen) -> None:
    for _ in range(int(limits.ADDRESS.burst)):
        await outsider.fill_in("planning-comment", *NOTICE)
        await outsider.post()
        assert outsider.status == 200
    await outsider.fill_in("planning-comment", *NOTICE)
    await outsider.post()
    assert outsider.status == 429
    assert int(outsider.headers["Retry-After"]) > 60
    outsider.town.clock.pass_(minutes=20)
    await outsider.open(SEND)
    await outsider.post()
    assert outsider.status == 200
    assert await tickets(outsider) == limits.ADDRESS.burst + 1


async def test_one_peer_cannot_send_for_ever_whatever_the_address(
    outsider: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SENDING", limits.Pace(1e-6, 3))
    for number in range(4):
        await outsider.fill_in("planning-comment", *NOTICE[:4], {"your_email": f"a{number}@example.org"})
        await outsider.post()
    assert outsider.status == 429
    assert await tickets(outsider) == 3


async def test_a_peer_that_fills_in_pages_like_a_machine_is_slowed(
    outsider: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WRITING", limits.Pace(1e-6, 2))
    await outsider.fill_in("planning-comment", *NOTICE[:2])
    await outsider.post(NOTICE[2])
    assert outsider.status == 429


async def test_our_own_network_is_not_slowed(citizen: Citizen) -> None:
    for _ in range(12):
        await citizen.fill_in("planning-comment", *NOTICE)
        await citizen.post()
        assert citizen.status == 200
    assert await tickets(citizen) == 12


async def test_a_form_that_was_switched_off_is_not_offered(citizen: Citizen) -> None:
    citizen.town.keeper.doors = {}
    page = await citizen.open("/s/planning-comment")
    assert "not offered now" in page
    assert "/form/1" not in page
    await citizen.open("/s/planning-comment/form/1")
    assert citizen.status == 404
    assert "askbox" not in await citizen.open("/")


async def test_a_record_that_takes_nothing_keeps_the_answers(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*given: Any) -> Any:
        raise StoreDown("The database is away.")

    await citizen.fill_in("planning-comment", *NOTICE)
    with monkeypatch.context() as patch:
        patch.setattr(citizen.town.reception, "take", down)
        await citizen.post()
        assert citizen.status == 503
    await citizen.open(SEND)
    await citizen.post()
    assert await tickets(citizen) == 1


async def test_a_cookie_is_closed_to_scripts_and_to_other_sites(citizen: Citizen) -> None:
    await citizen.open("/s/general/form/1")
    async with citizen.client.post(
        "/s/general/form/1", data={**dict(citizen.hidden()), "words": "Hello"}, allow_redirects=False
    ) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


async def test_a_token_that_is_not_ours_opens_nothing(citizen: Citizen) -> None:
    for token in ("../../../etc/passwd", "x" * 43, "", "é" * 43):
        citizen.client.session.cookie_jar.clear()
        headers = {"Cookie": f"form={token}"}
        async with citizen.client.get(SEND, headers=headers) as answer:
            assert answer.status == 410


async def test_drafts_are_forgotten_after_seven_days(town: Town) -> None:
    front = Front(town)
    token = front.drafts.new_token()
    draft = Draft("general", "s" * 20, town.clock())
    front.drafts.keep(token, draft)
    assert front.drafts.draft(token, slug="general") == draft
    folder = town.settings.data_dir / "drafts"
    [path] = [path for path in folder.rglob("*") if path.is_file()]
    old = time.time() - timedelta(days=8).total_seconds()
    os.utime(path, (old, old))
    assert front.drafts.draft(token, slug="general") is None
    front.drafts._swept_at = 0.0
    front.drafts.keep(front.drafts.new_token(), draft)
    assert not path.exists()
