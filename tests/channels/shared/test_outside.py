"""What we fetch from outside: never from where only we can reach, however it is spelt or passed on."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from functools import partial

import pytest
from aiohttp import web

from channels.contract import Unavailable, Undeliverable
from channels.shared.outside import Found, fetch


class Sink:
    """A server near us, and what reached it."""

    url: str
    seen: list[tuple[str, str]]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    found = Sink()
    found.seen = []

    async def answer(request: web.Request) -> web.Response:
        found.seen.append((request.host, request.headers.get("Authorization", "")))
        if request.path == "/away":
            raise web.HTTPFound(request.query["to"])
        if request.path == "/busy":
            return web.Response(status=503)
        if request.path == "/gone":
            return web.Response(status=404)
        return web.Response(body=b"x" * int(request.query.get("size", "3")))

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "0.0.0.0",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "224.0.0.1",
    ],
)
async def test_nothing_near_is_asked_however_it_is_spelt(sink: Sink, host: str) -> None:
    port = sink.url.rpartition(":")[2]
    with pytest.raises((Undeliverable, Unavailable)):
        await fetch(f"http://{host}:{port}/", most=100)
    assert sink.seen == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "http://", "", "gopher://x/"])
async def test_only_addresses_of_the_web_are_fetched(url: str) -> None:
    with pytest.raises(Undeliverable):
        await fetch(url, most=100)


async def test_a_name_that_changes_its_mind_between_two_looks_leads_nowhere(sink: Sink) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])

    async def rebinding(_host: str) -> Found:
        return [(socket.AF_INET, next(answers))]

    with pytest.raises(Undeliverable):
        await fetch(f"http://evil.example:{sink.url.rpartition(':')[2]}/", most=100, resolve=rebinding)
    assert sink.seen == []


async def test_the_host_that_an_admin_named_may_be_near_but_leads_to_no_other_and_keeps_the_credentials(
    sink: Sink,
) -> None:
    fetch_there = partial(fetch, most=100, near="127.0.0.1", headers={"Authorization": "Basic c2VjcmV0"})
    assert await fetch_there(f"{sink.url}/a") == b"xxx"
    assert sink.seen.pop()[1] == "Basic c2VjcmV0"
    other = f"http://localhost:{sink.url.rpartition(':')[2]}/b"
    with pytest.raises(Undeliverable):
        await fetch_there(f"{sink.url}/away?to={other}")
    assert len(sink.seen) == 1, "the redirect to another near host was not followed"


async def test_a_redirect_to_another_host_goes_without_credentials(sink: Sink) -> None:
    port = sink.url.rpartition(":")[2]

    async def both_far(_host: str) -> Found:
        return [(socket.AF_INET, "127.0.0.1")]

    to = f"{sink.url}/b"
    with pytest.raises(Undeliverable):
        await fetch(f"http://a.example:{port}/away?to={to}", most=100, near="a.example", resolve=both_far)
    assert [auth for _, auth in sink.seen] == [""]


async def test_what_is_too_large_or_gone_is_never_to_be_had_and_what_is_busy_may_be_later(sink: Sink) -> None:
    near = "127.0.0.1"
    with pytest.raises(Undeliverable, match="larger"):
        await fetch(f"{sink.url}/?size=101", most=100, near=near)
    assert len(await fetch(f"{sink.url}/?size=100", most=100, near=near)) == 100
    with pytest.raises(Undeliverable):
        await fetch(f"{sink.url}/gone", most=100, near=near)
    with pytest.raises(Unavailable):
        await fetch(f"{sink.url}/busy", most=100, near=near)
    with pytest.raises(Undeliverable, match="again and again"):
        await fetch(f"{sink.url}/away?to=/away?to=/away?to=/away?to=/away?to=/x", most=100, near=near)
