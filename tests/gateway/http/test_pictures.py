"""Pictures from elsewhere stay away until somebody asks for them; then we fetch them once, and the browser asks nobody but us."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from channels.shared import outside
from crm_core.actions import checking, intake
from crm_core.model.actor import Actor
from crm_core.model.blob import digest
from crm_core.model.check import Judged, Verdict
from crm_core.model.message import File
from tests.gateway.http.site import Site
from tests.world import ANNA, BEN, MAIL, WINDOW, inbound

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


@dataclass
class Elsewhere:
    """A server of somebody else, and what it was asked for."""

    server: BaseTestServer
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return str(self.server.make_url(path))


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    contents = {
        "/a.png": PNG,
        "/page.png": b"<html>",
        "/drawn.svg": b"<svg onload=alert(1)>",
        "/large.png": PNG + b"x" * 6_000_000,
    }

    async def answer(request: web.Request) -> web.Response:
        there.asked.append((request.path_qs, dict(request.headers)))
        if request.path not in contents:
            raise web.HTTPNotFound
        return web.Response(body=contents[request.path], content_type="image/png", headers={"Set-Cookie": "who=me"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        there = Elsewhere(server)
        yield there


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if what stands on this machine stood anywhere in the world."""
    monkeypatch.setattr(outside, "is_near", lambda _address: False)


async def came(site: Site, html: str, *, files: tuple[File, ...] = ()) -> str:
    """A formatted message; its id."""
    contact = inbound("A page.", number=int(site.clock().timestamp()) % 100_000 + len(html), html=html, files=files)
    received = await site.desk.do(
        Actor.inbox(MAIL),
        intake.receive,
        intake.Contact(contact, tuple(site.files.keep(file.content) for file in files), None),
        inbox=site.world.house.inboxes[MAIL],
        house=site.world.house,
        reopen_window=WINDOW,
    )
    return str(received.message)


async def test_nothing_is_asked_of_anybody_until_somebody_asks(small: Site, elsewhere: Elsewhere, far: None) -> None:
    message = await came(small, f"<p>Hello <img src='{elsewhere.url('/a.png?who=anna')}'></p>")
    anna = await small.person(ANNA)
    assert (await anna.get(f"messages/{message}/pictures")).body == {"elsewhere": 1, "kept": 0}
    page = await anna.get(f"messages/{message}/html")
    assert "src=" not in page.body
    assert elsewhere.asked == []


async def test_a_picture_that_the_virus_scanner_did_not_pass_is_drawn_for_nobody(small: Site) -> None:
    came_with_it = File("a.png", "image/png", PNG + b" blocked", "a@mail")
    message = await came(small, "<p>Hello <img src='cid:a@mail'></p>", files=(came_with_it,))
    anna, found = await small.person(ANNA), Verdict(digest(came_with_it.content), Judged.BLOCKED, "Test.Signature")
    assert "data:image/png" in (await anna.get(f"messages/{message}/html")).body
    await small.desk.do(Actor.worker("examiner"), checking.keep_verdict, found, version="ClamAV")
    assert "data:image/png" not in (await anna.get(f"messages/{message}/html")).body


async def test_what_is_asked_for_is_fetched_once_without_telling_who_reads(
    site: Site, elsewhere: Elsewhere, far: None
) -> None:
    url = elsewhere.url("/a.png?who=anna&mail=1")
    message = await came(site, f"<img src='{url.replace('&', '&amp;')}'><img src='{url.replace('&', '&amp;')}'>")
    anna = await site.person(ANNA)
    for _ in range(2):
        assert (await anna.post(f"messages/{message}/pictures")).body == {"elsewhere": 1, "kept": 1}
    page = await anna.get(f"messages/{message}/html")
    assert page.body.count(f"data:image/png;base64,{b64encode(PNG).decode()}") == 2
    assert "img-src data:;" in page.headers["Content-Security-Policy"]
    [(path, headers)] = elsewhere.asked
    assert path == "/a.png?who=anna&mail=1"
    assert not {"Cookie", "Referer", "Authorization", "Accept-Language"} & set(headers)
    shown = (await anna.get(f"messages/{message}")).body
    assert shown["attachments"] == [], "it is no file that they sent"
    [ticket] = {shown["ticket"]}
    await site.settled()
    items = (await anna.get(f"tickets/{ticket}/timeline")).body["items"]
    told = [item["facts"] for item in items if item.get("event") == "pictures.fetched"]
    assert told == [{"message": message, "pictures": 1}, {"message": message, "pictures": 0}]


@pytest.mark.parametrize("path", ["/page.png", "/drawn.svg", "/large.png", "/gone.png"])
async def test_what_is_no_picture_or_too_large_or_gone_is_left_out(
    small: Site, elsewhere: Elsewhere, far: None, path: str
) -> None:
    message = await came(small, f"<img src='{elsewhere.url(path)}'>")
    anna = await small.person(ANNA)
    assert (await anna.post(f"messages/{message}/pictures")).body == {"elsewhere": 1, "kept": 0}
    assert "src=" not in (await anna.get(f"messages/{message}/html")).body


async def test_what_stands_near_us_is_never_asked(small: Site, elsewhere: Elsewhere) -> None:
    port = elsewhere.server.port
    hosts = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "127.1",
        "169.254.169.254",
        "10.0.0.1",
    ]
    message = await came(small, "".join(f"<img src='http://{host}:{port}/a.png'>" for host in hosts))
    anna = await small.person(ANNA)
    said = (await anna.post(f"messages/{message}/pictures")).body
    assert said["kept"] == 0
    assert elsewhere.asked == []


async def test_whoever_may_only_read_or_not_even_that_has_nothing_fetched(
    small: Site, elsewhere: Elsewhere, far: None
) -> None:
    message = await came(small, f"<img src='{elsewhere.url('/a.png')}'>")
    for somebody in (await small.program(ANNA, "read"), await small.person(BEN), await small.nobody()):
        assert (await somebody.post(f"messages/{message}/pictures")).status in (401, 403, 404)
    assert elsewhere.asked == []


async def test_pictures_that_came_with_a_message_stand_in_their_place(small: Site) -> None:
    files = (File("a.png", "image/png", PNG, "a@x"), File("b.svg", "image/svg+xml", b"<svg onload=alert(1)>", "b@x"))
    message = await came(small, "<img src='cid:a@x' alt='A'><img src='cid:b@x'>", files=files)
    page = await (await small.person(ANNA)).get(f"messages/{message}/html")
    assert page.body.count("src=") == 1
    assert f'src="data:image/png;base64,{b64encode(PNG).decode()}"' in page.body
