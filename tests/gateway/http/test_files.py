"""Files: who gets them, and that no browser runs what a stranger sent."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.actions import uploads
from gateway.http import files
from gateway.http.files import disposition, safe_name
from tests.gateway.http import things
from tests.gateway.http.site import Person, Said, Site
from tests.world import ANNA, BEN, SUE


async def upload(person: Person, content: bytes, *, name: str, type: str = "text/plain") -> Said:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", content, filename=name, content_type=type)
    return await person.ask("POST", "files", data=form)


@pytest.mark.parametrize("size", [0, 5, 300_000])
async def test_what_is_uploaded_comes_back_as_a_download(site: Site, size: int) -> None:
    anna = await site.person(ANNA)
    made = await upload(anna, b"x" * size, name="notes.txt")
    assert made.status == 201, made.body
    said = await anna.get(f"files/{made.body['id']}")
    assert said.raw == b"x" * size
    assert said.headers["Content-Disposition"].startswith("attachment")
    assert said.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in said.headers["Content-Security-Policy"]


async def test_an_upload_sent_again_with_its_key_is_one_file_and_another_file_needs_another_key(site: Site) -> None:
    anna = await site.person(ANNA)
    anna.headers["Idempotency-Key"] = "my scan"
    first, again = [await upload(anna, b"scan", name="scan.txt") for _ in range(2)]
    assert (first.status, again.body) == (201, first.body)
    for content, name in ((b"another", "scan.txt"), (b"scan", "other.txt")):
        other = await upload(anna, content, name=name)
        assert (other.status, other.body["errors"][0]["field"]) == (422, "Idempotency-Key")
    ben = await site.person(BEN)
    ben.headers["Idempotency-Key"] = "my scan"
    assert (await upload(ben, b"scan", name="scan.txt")).body["id"] != first.body["id"]


@pytest.mark.parametrize(
    ("type", "content", "served"),
    [
        ("text/html", b"<script>alert(1)</script>", "application/octet-stream"),
        ("image/svg+xml", b"<svg onload=alert(1)>", "application/octet-stream"),
        ("text/xml", b"<x/>", "application/octet-stream"),
        ("image/png", b"<script>alert(1)</script>", "application/octet-stream"),
        ("image/gif", b"GIF89a/*<script>*/", "image/gif"),
        ("image/gif", b"GIF89a;PK\x03\x04 an archive in a picture", "image/gif"),
        ("application/java-archive", b"GIF89a;PK\x03\x04", "application/octet-stream"),
        (
            "application/xml",
            b"<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'/>",
            "application/octet-stream",
        ),
        ("application/xhtml+xml", b"<html/>", "application/octet-stream"),
        ("application/x-httpd-php", b"<?php", "application/octet-stream"),
        ("application/x-ms-shortcut", b"L\0\0\0", "application/octet-stream"),
        ("application/x-shockwave-flash", b"FWS", "application/octet-stream"),
        ("multipart/x-mixed-replace", b"--x", "application/octet-stream"),
        ("text/css", b"a{}", "application/octet-stream"),
        ("", b"<html><script>alert(1)</script>", "application/octet-stream"),
        ("application/pdf", b"%PDF-1.7", "application/pdf"),
        ("text/plain", b"<script>alert(1)</script>", "text/plain"),
        ("application/javascript", b"alert(1)", "application/octet-stream"),
        ("x/y\r\nSet-Cookie: a=b", b"x", "application/octet-stream"),
    ],
)
async def test_a_type_is_passed_on_only_where_no_browser_would_run_it(
    small: Site, type: str, content: bytes, served: str
) -> None:
    anna = await small.person(ANNA)
    made = await things_upload(small, content, type=type)
    said = await anna.get(f"files/{made}?inline=true")
    assert said.headers["Content-Type"].partition(";")[0] == served
    inline = served.startswith("image/")
    assert said.headers["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert said.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in said.headers["Content-Security-Policy"]
    plain = await anna.get(f"files/{made}")
    assert plain.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name",
    [
        "page.html",
        "picture.svg",
        "feed.xml",
        ".htaccess",
        "page.pht",
        "link.lnk",
        "a\r\nSet-Cookie: b=c\r\n\r\n<script>.txt",
        "invoice\u202ecod.exe",
        "in\u200bvoice\u2060.pdf",
        "../../../etc/passwd",
        "..\\..\\boot.ini",
        "cut\0here.png",
        "名" * 100,
        "x" * 300,
        "a." + "x" * 199,
        'a"; filename="b.exe',
        "half \udce4 a letter",
        " ",
    ],
)
async def test_whatever_a_file_is_called_it_is_saved_and_never_shown(small: Site, name: str) -> None:
    """As the mail brought it: the name was not made safe before it was kept."""
    anna = await small.person(ANNA)
    kept = name.encode("utf-8", "replace").decode().replace("\0", "")  # what a record can hold
    made = await things_upload(small, b"<script>alert(1)</script>", type="text/html", name=kept)
    said = await anna.get(f"files/{made}")
    header = said.headers["Content-Disposition"]
    assert said.headers["Content-Type"] == "application/octet-stream"
    assert "Set-Cookie" not in said.headers
    _names_one_plain_file(header)


@given(st.text(max_size=400) | st.text(st.sampled_from("a./\\\"; \r\n\0\u202e\u200b%'名"), max_size=400))
def test_any_name_makes_one_plain_header(name: str) -> None:
    _names_one_plain_file(disposition(name))


def _names_one_plain_file(header: str) -> None:
    found = re.fullmatch(r"attachment; filename=\"([^\"]+)\"; filename\*=UTF-8''([A-Za-z0-9_.~%-]+)", header)
    assert found, header
    for saved in (found[1], unquote(found[2])):
        assert saved.isprintable()
        assert not set(saved) & set('/\\<>:"|?*')
        assert not saved.startswith((".", " "))
        assert len(saved) <= 200


async def things_upload(site: Site, content: bytes, *, type: str, name: str = "a") -> str:
    blob = site.files.keep(content)
    return str((await site.world.do(ANNA, uploads.upload, blob, name=name, type=type)).id)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie x.txt"),
        ("cod\u202egpj.exe", "codgpj.exe"),
        ("a\u200b.txt", "a.txt"),
        ("a\0.txt", "a.txt"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("报告.pdf", "报告.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_name_in_any_script_is_kept_for_those_who_read_it() -> None:
    assert (
        disposition('报告 "1".pdf') == "attachment; filename=\"__ 1.pdf\"; filename*=UTF-8''%E6%8A%A5%E5%91%8A%201.pdf"
    )


async def test_an_upload_belongs_to_its_owner_until_it_is_sent_and_to_the_tickets_people_then(site: Site) -> None:
    ticket = await things.make(site, "ticket")
    anna, ben, sue = await site.person(ANNA), await site.person(BEN), await site.person(SUE)
    file = (await upload(anna, b"%PDF-1.7", name="answer.pdf", type="application/pdf")).body["id"]
    assert [(await one.get(f"files/{file}")).status for one in (anna, ben, sue)] == [200, 404, 404]
    said = await anna.post(f"tickets/{ticket}/replies", {"text": "Here it is.", "files": [file]})
    assert said.body["attachments"][0]["id"] == file
    assert [(await one.get(f"files/{file}")).status for one in (anna, ben, sue)] == [200, 404, 200]
    again = await anna.post(f"tickets/{ticket}/replies", {"text": "Once more.", "files": [file]})
    assert again.status == 422


async def test_an_upload_that_is_too_large_or_no_upload_is_refused(
    small: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 1000)
    anna = await small.person(ANNA)
    assert (await upload(anna, b"x" * 5000, name="big.bin")).status == 413
    assert (await anna.ask("POST", "files", data=b"hello")).status == 415
    odd: dict[str, Any] = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await anna.ask("POST", "files", data=b"--y nonsense", headers=odd)).status == 422
    assert (await anna.ask("POST", "files", data=b"", headers={"Content-Type": "multipart/form-data"})).status == 422


async def test_the_formatted_body_of_a_mail_stands_in_a_frame_that_runs_nothing(site: Site) -> None:
    received = await site.world.mail(
        "x", html='<p onclick="x()">Hi</p><script>x()</script><img src="http://evil.example/p.png">'
    )
    said = await (await site.person(ANNA)).get(f"messages/{received.message}/html")
    assert said.status == 200
    assert "<p>Hi</p>" in said.body
    for bad in ("script", "onclick", "evil.example"):
        assert bad not in said.body
    assert said.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "https:" not in said.headers["Content-Security-Policy"]
    asked = await (await site.person(ANNA)).get(f"messages/{received.message}/html?remote=true")
    assert asked.status == 422, "nobody can ask for a picture straight from its sender"
