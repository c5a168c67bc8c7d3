"""What every answer carries, how refusals read, and that asking twice is asking once."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import replace
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import make_mocked_request

from crm_core.model import errors as model
from crm_core.model.errors import BadInput, Busy, Problem, Refusal, Stale, StoreDown, StoreFull
from gateway.http import errors, peers
from gateway.http.headers import harden
from gateway.http.parts import PARTS
from tests.gateway.http import things
from tests.gateway.http.site import Site, site_on
from tests.world import ADA, ANNA, SUE, World


@pytest.mark.parametrize("path", ["session", "/console", "/api/docs", "/nothing/here", "tickets/x", "/healthz"])
async def test_every_answer_tells_the_browser_to_be_careful(small: Site, path: str) -> None:
    said = await (await small.nobody()).get(path)
    policy = said.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert said.headers["X-Content-Type-Options"] == "nosniff"
    assert said.headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in said.headers
    assert "aiohttp" not in said.headers["Server"].lower()
    if path != "/console":
        assert said.headers["Cache-Control"] == "no-store"


async def test_where_we_are_reached_by_https_browsers_remember_it(small: Site) -> None:
    class Secure:
        settings = replace(small.settings, public_url="https://help.larkhaven.example")

    answer = web.Response()
    harden(answer, house=Secure())  # type: ignore[arg-type]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize("kind", Refusal.__subclasses__(), ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_status(kind: type[Refusal]) -> None:
    assert kind in errors.STATUS


def said(answer: web.Response) -> bytes:
    assert isinstance(answer.body, bytes)
    return answer.body


def test_a_refusal_says_what_happened_and_what_to_do() -> None:
    stale = errors.refused(Stale("It changed.", version=7))
    assert (stale.status, stale.content_type) == (409, "application/problem+json")
    assert b'"version": 7' in said(stale)
    bad = errors.refused(BadInput(Problem("text", "Write something.")))
    assert b'{"field": "text", "why": "Write something."}' in said(bad)
    for refusal in (Busy(retry_after=3), StoreDown("away"), StoreFull("full")):
        assert int(errors.refused(refusal).headers["Retry-After"]) > 0
    assert errors.refused(StoreFull("full")).status == 507
    assert errors.refused(model.Unauthenticated("who?")).headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nothing", 404), ("POST", "/api/v1/bootstrap", 405), ("TRACE", "/api/v1/tickets", 405)],
)
async def test_what_is_not_there_is_refused_in_the_same_form(small: Site, method: str, path: str, status: int) -> None:
    said = await (await small.person(ADA)).ask(method, path)
    assert (said.status, said.headers["Content-Type"].partition(";")[0]) == (status, errors.TYPE)
    assert said.body["detail"]


async def test_a_fault_of_ours_says_nothing_about_itself(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret of the house")

    ada = await small.person(ADA)
    monkeypatch.setattr(small.desk, "ask", broken)
    said = await ada.get("tickets")
    assert said.status == 500
    assert b"secret" not in said.raw


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 422),
        (b"\xff\xfe", {"Content-Type": "application/json"}, 422),
        (b'{"text": "a\\u0000b"}', {"Content-Type": "application/json"}, 422),
        (b'{"text": "\\ud800"}', {"Content-Type": "application/json"}, 422),
        (b'{"text": 1}', {"Content-Type": "application/json"}, 422),
        (b'{"text": "x", "status": "NEW"}', {"Content-Type": "application/json"}, 422),
        (b"[]", {"Content-Type": "application/json"}, 422),
        (b"[" * 100_000, {"Content-Type": "application/json"}, 422),
        (b"text=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"x" * 2_000_000, {"Content-Type": "application/json"}, 413),
        (gzip.compress(b"0" * 200_000_000), {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 413),
    ],
)
async def test_odd_bodies_are_refused(small: Site, body: bytes, headers: dict[str, str], status: int) -> None:
    ticket = await things.make(small, "ticket")
    sent = BytesIO(body)
    said = await (await small.person(ANNA)).ask("POST", f"tickets/{ticket}/replies", data=sent, headers=headers)
    assert said.status == status, said.body


@pytest.mark.parametrize("id", ["%00", "%0a", "%ff", "x" * 500, "..%2f..%2fetc", "'%20OR%201=1--", "%F0%9F%98%80"])
async def test_odd_ids_are_not_there(small: Site, id: str) -> None:
    ada = await small.person(ADA)
    for path in (f"tickets/{id}", f"customers/{id}", f"files/{id}", f"messages/{id}", f"tickets/{id}/timeline"):
        assert (await ada.get(path)).status == 404


async def test_the_same_key_is_the_same_change_and_the_same_answer(site: Site) -> None:
    ticket, anna = await things.make(site, "ticket"), await site.person(ANNA)
    key = {"Idempotency-Key": "one-change"}
    first = await anna.post(f"tickets/{ticket}/replies", {"text": "Hello"}, headers=key)
    again = await anna.post(f"tickets/{ticket}/replies", {"text": "Hello"}, headers=key)
    assert (first.status, first.body) == (again.status, again.body) == (201, first.body)
    other = await anna.post(f"tickets/{ticket}/replies", {"text": "Other"}, headers=key)
    assert (other.status, other.body["errors"][0]["field"]) == (422, "Idempotency-Key")
    sue = await site.person(SUE)
    assert (await sue.post(f"tickets/{ticket}/replies", {"text": "Hello"}, headers=key)).body["id"] != first.body["id"]


async def test_the_same_key_at_the_same_moment_is_one_change(site: Site) -> None:
    ticket, anna = await things.make(site, "ticket"), await site.person(ANNA)
    key = {"Idempotency-Key": "at once"}
    answers = await asyncio.gather(
        *(anna.post(f"tickets/{ticket}/notes", {"text": "Hello"}, headers=key) for _ in range(6))
    )
    done = [answer for answer in answers if answer.status == 201]
    assert done
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.body["id"] for answer in done}) == 1
    items = (await anna.get(f"tickets/{ticket}/timeline")).body["items"]
    assert len([item for item in items if item["type"] == "message" and item["direction"] == "note"]) == 1


async def test_a_refused_change_may_be_tried_again_with_its_key(small: Site) -> None:
    ticket, anna = await things.make(small, "ticket"), await small.person(ANNA)
    key = {"Idempotency-Key": "again"}
    assert (await anna.post(f"tickets/{ticket}/reopenings", {}, headers=key)).status == 409
    await anna.post(f"tickets/{ticket}/closures", {})
    assert (await anna.post(f"tickets/{ticket}/reopenings", {}, headers=key)).status == 200


@pytest.mark.parametrize("key", ["", "x" * 201, "ü"])
async def test_an_odd_key_is_refused(small: Site, key: str) -> None:
    ticket, anna = await things.make(small, "ticket"), await small.person(ANNA)
    said = await anna.post(f"tickets/{ticket}/notes", {"text": "x"}, headers={"Idempotency-Key": key})
    assert said.status in (400, 422)


async def test_a_stale_screen_is_told_the_version(site: Site) -> None:
    ticket, anna = await things.make(site, "ticket"), await site.person(ANNA)
    row = (await anna.get(f"tickets/{ticket}")).body
    await anna.post(f"tickets/{ticket}/priorities", {"priority": "high"})
    said = await anna.post(f"tickets/{ticket}/replies", {"text": "x", "seen_version": row["version"]})
    assert (said.status, said.body["version"]) == (409, row["version"] + 1)


def test_only_trusted_proxies_say_who_asks() -> None:
    def client(peer: str, forwarded: str, *trusted: str) -> str:
        request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": forwarded})
        request.transport.get_extra_info = lambda _name: (peer, 1)  # type: ignore[union-attr,method-assign]
        return str(peers.peer(request, trusted=tuple(ip_network(network) for network in trusted)))

    assert client("203.0.113.9", "10.0.0.1") == "203.0.113.9"
    assert client("127.0.0.1", "203.0.113.9") == "127.0.0.1"
    assert client("127.0.0.1", "203.0.113.9", "127.0.0.0/8") == "203.0.113.9"
    assert client("127.0.0.1", "10.9.9.9, 203.0.113.9", "127.0.0.0/8") == "203.0.113.9"
    assert client("127.0.0.1", "203.0.113.9, 10.0.0.2", "127.0.0.0/8", "10.0.0.0/8") == "203.0.113.9"
    assert client("127.0.0.1", "nonsense", "127.0.0.0/8") == "127.0.0.1"
    assert client("::ffff:203.0.113.9", "10.0.0.1", "127.0.0.0/8") == "203.0.113.9"


async def test_an_outside_address_is_slowed_and_our_own_network_is_not(small: Site, tmp_path: Path) -> None:
    trusting = (ip_network("127.0.0.0/8"),)
    async with site_on(small.world, tmp_path / "other", trusted_proxies=trusting, requests_per_second=5) as other:
        browser = await other.nobody()
        other.server.app[PARTS].limiter._clock = lambda: 0.0
        outside = {"X-Forwarded-For": "9.9.9.9"}
        statuses = [(await browser.get("/healthz", headers=outside)).status for _ in range(20)]
        assert statuses[:15] == [200] * 15
        assert 429 in statuses
        assert {(await browser.get("/healthz")).status for _ in range(40)} == {200}
        again = await browser.get("/healthz", headers=outside)
        assert int(again.headers["Retry-After"]) >= 1
        assert (await browser.get("/metrics", headers=outside)).status in (404, 429)


async def test_contacts_come_in_by_json_and_a_repeat_is_one_ticket(site: Site) -> None:
    browser = await site.nobody()
    body = {"service": "permit", "name": "Wei", "email": "wei@example.org", "text": "My permit ran out."}
    key = {"Idempotency-Key": "my contact"}
    first = await browser.post("contacts", body, headers=key)
    again = await browser.post("contacts", body, headers=key)
    assert (first.status, again.status) == (202, 202)
    assert first.body["number"] == again.body["number"]
    other = await browser.post("contacts", {**body, "text": "Another matter."}, headers=key)
    assert other.body["number"] != first.body["number"]
    row = (await (await site.person(ANNA)).get(f"tickets/{first.body['number']}")).body
    assert (row["service"], row["customer_name"]) == ("s-permit", "Wei")


async def test_a_programs_form_is_checked_like_our_own_and_its_files_come_with_it(site: Site) -> None:
    kind = {"key": "kind", "kind": "choice", "label": {"en": "New or renewal?"}, "required": True}
    bill = {"key": "bill", "kind": "file", "label": {"en": "A bill"}, "required": True}
    fields = [{**kind, "choices": [{"en": "New"}, {"en": "Renewal"}]}, bill]
    ada, browser = await site.person(ADA), await site.nobody()
    permit = {"name": {"en": "Permit"}, "queue": "q-parking", "policy": "usual", "fields": fields}
    assert (await ada.ask("PUT", "catalogue/s-permit/draft", json=permit)).status == 200
    assert (await ada.post("catalogue/s-permit/publications", {})).status == 200
    await site.keeper.refresh()
    body = {"service": "permit", "name": "Wei", "email": "wei@example.org", "fields": {"kind": "renewal", "plate": "1"}}
    wrong = await browser.post("contacts", body)
    assert {one["field"] for one in wrong.body["errors"]} == {"fields.kind", "fields.plate", "fields.bill"}
    form = FormData()
    form.add_field("contact", json.dumps({**body, "fields": {"kind": "Renewal"}}))
    form.add_field("bill", b"%PDF-1.7 bill", filename="bill.pdf", content_type="text/html")
    taken = await browser.ask("POST", "contacts", data=form)
    assert taken.status == 202, taken.body
    anna = await site.person(ANNA)
    ticket = (await anna.get(f"tickets/{taken.body['number']}")).body
    [said] = [
        one for one in (await anna.get(f"tickets/{ticket['id']}/timeline")).body["items"] if one["type"] == "message"
    ]
    assert said["text"] == "New or renewal?\nRenewal"
    assert [(one["name"], one["type"]) for one in said["attachments"]] == [("bill.pdf", "application/pdf")]
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await browser.ask("POST", "contacts", data=b"--x\r\n\0: \r\n\r\n", headers=broken)).status == 413
    program = FormData()
    program.add_field("contact", json.dumps({**body, "text": "Hello", "fields": None}))
    program.add_field("file", b"MZ\x90", filename="run.exe")
    refused = await browser.ask("POST", "contacts", data=program)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "files.run.exe")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"service": "nothing"}, "service"),
        ({"email": "nobody"}, "email"),
        ({"email": None, "phone": "12"}, "phone"),
        ({"email": None}, "body"),
        ({"text": "  "}, "text"),
        ({"urgent": True}, "urgent"),
    ],
)
async def test_a_contact_we_could_not_answer_is_refused_by_field(
    small: Site, changes: dict[str, Any], field: str
) -> None:
    body = {"service": "permit", "name": "Wei", "email": "wei@example.org", "text": "Hello", **changes}
    said = await (await small.nobody()).post("contacts", body)
    assert (said.status, said.body["errors"][0]["field"]) == (422, field), said.body


async def test_a_number_without_a_country_code_belongs_where_the_house_stands(world: World, tmp_path: Path) -> None:
    async with site_on(world, tmp_path / "data", country="DE") as berlin:
        body = {"service": "permit", "name": "Wei", "phone": "030 901820", "text": "My permit ran out."}
        said = await (await berlin.nobody()).post("contacts", body)
        assert said.status == 202, said.body
        row = (await (await berlin.person(ANNA)).get(f"tickets/{said.body['number']}")).body
        known = (await (await berlin.person(ANNA)).get(f"customers/{row['customer']}")).body
        assert "+4930901820" in json.dumps(known)
        channels = (await (await berlin.person(ADA)).get("channels")).body["items"]
        asked = [field for one in channels for group in one["groups"] for field in group["fields"]]
        assert {field["default"] for field in asked if field["name"] == "country"} <= {"DE"}


async def test_a_hook_is_read_by_its_channel_and_a_forged_one_leaves_nothing(site: Site) -> None:
    hook, provider = await things.make(site, "hook"), await site.nobody()
    events = len(await site.world.events())
    assert (await provider.ask("POST", f"/hooks/post/{hook}", data=b"bad|x@example.org|hello")).status == 403
    assert len(await site.world.events()) == events
    said = await provider.ask("POST", f"/hooks/post/{hook}?a=1&a=2", data=b"good|x@example.org|hello")
    assert (said.status, said.body.startswith("['ON-")) == (200, True)
    assert (await provider.ask("POST", f"/hooks/email/{hook}", data=b"good|x@example.org|hello")).status == 404
    unreadable = await provider.ask("POST", f"/hooks/post/{hook}", data=b"good|nothing")
    assert unreadable.status == 200
    ada = await site.person(ADA)
    items = (await ada.get("quarantine")).body["items"]
    assert [item["why"] for item in items] == ["no words"]
    raw = await ada.get(f"quarantine/{items[0]['id']}/raw")
    assert raw.raw == b"good|nothing"
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert (await ada.post(f"quarantine/{items[0]['id']}/readings")).status == 409


async def test_an_inbox_keeps_its_secrets_to_itself(site: Site) -> None:
    ada = await site.person(ADA)
    body = {"channel": "post", "name": "Post", "settings": {"number": "+15550100", "key": "very secret", "loud": True}}
    made = await ada.post("inboxes", body)
    assert made.status == 201, made.body
    assert made.body["hook_url"] == f"{site.settings.public_url}/hooks/post/{made.body['id']}"
    assert made.body["address"] == "+15550100"
    assert made.body["secrets"] == ["key"]
    await site.settled()
    everything = (
        made.raw + (await ada.get("inboxes")).raw + (await ada.get("audit")).raw + (await ada.get("bootstrap")).raw
    )
    assert b"very secret" not in everything
    async with asyncio.timeout(5):
        while site.keeper.doors.get(made.body["id"]) is None:
            await asyncio.sleep(0.01)
    assert site.keeper.doors[made.body["id"]].channel.opening.settings.key == "very secret"  # type: ignore[attr-defined]
    changed = await ada.ask("PATCH", f"inboxes/{made.body['id']}", {"settings": {"loud": False}})
    assert (changed.body["settings"], changed.body["secrets"]) == ({"number": "+15550100", "loud": False}, ["key"])


@pytest.mark.parametrize(
    ("settings", "field"),
    [({"colour": "red"}, "settings.colour"), ({"loud": "yes"}, "settings.loud"), ({"number": 7}, "settings.number")],
)
async def test_a_setting_the_channel_does_not_know_is_refused(
    small: Site, settings: dict[str, Any], field: str
) -> None:
    said = await (await small.person(ADA)).post("inboxes", {"channel": "post", "name": "x", "settings": settings})
    assert (said.status, said.body["errors"][0]["field"]) == (422, field)


async def test_the_audit_log_names_who_did_what_and_no_words(site: Site) -> None:
    ticket, anna, ada = await things.make(site, "ticket"), await site.person(ANNA), await site.person(ADA)
    await anna.post(f"tickets/{ticket}/notes", {"text": "very private words"})
    await site.settled()
    said = await ada.get(f"audit?ticket={ticket}")
    assert said.body["items"][0]["event"] == "note.added"
    assert said.body["items"][0]["actor"] == {"kind": "agent", "id": ANNA}
    assert b"private" not in said.raw
    assert b"ran out" not in said.raw


async def test_figures_for_the_operator_name_no_people(small: Site) -> None:
    ticket, anna = await things.make(small, "ticket"), await small.person(ANNA)
    await anna.post(f"tickets/{ticket}/notes", {"text": "hello"})
    said = await anna.get("/metrics")
    text = said.raw.decode()
    assert 'onestop_contacts_total{channel="email"} 1.0' in text
    assert 'route="/api/v1/tickets/{id}/notes"' in text
    assert 'onestop_work_waiting{queue="parking"} 1.0' in text
    assert "onestop_relay_lag 0.0" in text
    assert ticket not in text
    assert "anna" not in text


async def test_ready_says_what_is_waited_for(small: Site) -> None:
    browser = await small.nobody()
    assert (await browser.get("/readyz")).status == 200
    small.waiting_for.add("smtp")
    said = await browser.get("/readyz")
    assert (said.status, said.body["waiting_for"]) == (503, ["smtp"])
