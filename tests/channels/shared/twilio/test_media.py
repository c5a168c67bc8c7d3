"""Pictures are fetched with the account's token from the account's own host, and from nowhere near; what cannot be had is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from channels.contract import Undeliverable
from channels.shared.twilio import media
from channels.shared.twilio.account import Account
from channels.shared.twilio.media import fetch, media_of
from channels.shared.twilio.signature import Form
from channels.shared.twilio.simulator.carrier import Picture
from crm_core.model.message import Elsewhere
from tests.channels.shared.twilio.provider import ACCOUNT, TEXT, TOKEN, WEI, provider

PICTURE = Picture("ME" + "0" * 32, "image/jpeg", b"\xff\xd8 a bin", None)  # type: ignore[arg-type]  # nobody asks when


def test_each_file_has_a_name_made_of_its_type_and_place() -> None:
    form = Form(MediaUrl0="https://a", MediaContentType0="image/jpeg", MediaUrl1="https://b", MediaUrl11="https://no")
    assert [(one.name, one.type, one.at) for one in media_of(form)] == [
        ("image-1.jpg", "image/jpeg", "https://a"),
        ("application-2.bin", "application/octet-stream", "https://b"),
    ]


async def test_a_picture_is_fetched_with_the_accounts_token() -> None:
    async with provider() as simulator:
        text = simulator.carrier.incoming(sender=WEI, to=TEXT, body="", at=simulator.now(), media=[PICTURE])
        at = simulator.fields(text)["MediaUrl0"]
        file = await fetch(Elsewhere("image-1.jpg", "image/jpeg", at), account=Account(ACCOUNT, TOKEN, simulator.url))
        assert (file.name, file.type, file.content) == ("image-1.jpg", "image/jpeg", b"\xff\xd8 a bin")
        with pytest.raises(Undeliverable, match="not there"):
            await fetch(Elsewhere("x", "y", at), account=Account(ACCOUNT, "wrong", simulator.url))


@asynccontextmanager
async def server(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    "at",
    [
        "http://127.0.0.1:{port}/x",
        "http://localhost:{port}/x",
        "http://[::ffff:127.0.0.1]:{port}/x",
        "http://2130706433:{port}/x",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "//",
    ],
)
async def test_nothing_near_is_asked_by_an_inbox_of_twilios_own_and_no_token_leaves(at: str) -> None:
    asked: list[str] = []

    async def note(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"secret")

    async with server(note) as url:
        where = at.format(port=url.rpartition(":")[2])
        with pytest.raises(Undeliverable):
            await fetch(Elsewhere("x", "y", where), account=Account(ACCOUNT, TOKEN))
    assert asked == []


async def test_the_token_does_not_go_along_to_where_a_picture_is_passed_on() -> None:
    seen: list[str | None] = []

    async def there(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(body=b"picture")

    async with server(there) as far:

        async def here(request: web.Request) -> web.Response:
            seen.append(request.headers.get("Authorization"))
            raise web.HTTPTemporaryRedirect(f"{far}/cdn")

        async with server(here) as own:
            account = Account(ACCOUNT, TOKEN, own)
            file = await fetch(Elsewhere("x", "y", f"{own}/x"), account=account)
    assert file.content == b"picture"
    assert seen == [account.headers["Authorization"], None]


async def test_what_is_too_large_or_too_slow_is_not_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "SECONDS", 0.3)
    monkeypatch.setattr(media, "LARGEST", 1000)

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/slow":
            await asyncio.sleep(5)
        return web.Response(body=b"x" * 2000)

    async with server(answer) as url:
        account = Account(ACCOUNT, TOKEN, url)
        with pytest.raises(Undeliverable, match="larger"):
            await fetch(Elsewhere("x", "y", f"{url}/large"), account=account)
        with pytest.raises(Undeliverable, match="could not be fetched"):
            await fetch(Elsewhere("x", "y", f"{url}/slow"), account=account)
