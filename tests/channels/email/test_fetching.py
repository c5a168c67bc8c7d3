"""Mail is fetched out of a real mailbox: all of it, in order, each once, from where the last commit ended."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from channels.contract import Bearings, Cursor, Listener, Opening, Response, Secret, Unavailable, Wire
from channels.email import fetching, imap
from channels.email.channel import CHANNEL
from channels.email.settings import EmailSettings
from channels.email.tokens import Tokens
from crm_core.model.ids import InboxId
from gateway.examining import anything
from tests.peers.dovecot import MailStore

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass
class Desk:
    """Takes mail as the house does: what it took is committed with its cursor."""

    bodies: list[bytes] = field(default_factory=list)
    cursor: Cursor | None = None
    heard: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)
    before: Callable[[Wire], None] = lambda _: None

    async def take(self, wire: Wire) -> Response:
        self.before(wire)
        self.bodies.append(wire.body)
        self.cursor = wire.cursor
        self.came.set()
        return Response()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.bodies) < count:
                self.came.clear()
                await self.came.wait()

    def note(self) -> None:
        self.heard += 1

    @property
    def subjects(self) -> list[str]:
        return [body.partition(b"Subject: ")[2].splitlines()[0].decode() for body in self.bodies]


def mail(subject: str, *, size: int = 0) -> bytes:
    filling = b"x" * 70 + b"\r\n"
    body = b"Hello.\r\n" + filling * (size // 72)
    return f"From: Anna <anna@mail.example>\r\nSubject: {subject}\r\n\r\n".encode() + body


def fetcher(url: str, desk: Desk, **settings: str) -> Listener:
    opening = Opening(
        inbox=InboxId("mail"),
        address="town@larkhaven.example",
        name="Town",
        settings=EmailSettings(mailbox=Secret(url), **settings),  # type: ignore[arg-type]
        public_url="http://localhost",
        relay=None,
    )
    assert CHANNEL.listener is not None
    made = CHANNEL.listener(opening, Bearings(clock=lambda: NOW, heard=desk.note, troubled=print, readable=anything))
    assert made is not None
    return made


@asynccontextmanager
async def listening(url: str, desk: Desk, **settings: str) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(fetcher(url, desk, **settings).listen(desk.take, since=desk.cursor))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def url_of(store: MailStore, user: str) -> str:
    return f"imap://{user}:{store.password}@127.0.0.1:{store.imap_port}"


async def test_what_waits_comes_in_and_what_arrives_comes_in_at_once_each_as_it_was_sent(mailstore: MailStore) -> None:
    desk, user = Desk(), "first"
    for number in range(3):
        await asyncio.to_thread(mailstore.deliver, mail(f"Number {number}"), to=user)
    async with listening(url_of(mailstore, user), desk):
        await desk.until(3)
        await asyncio.to_thread(mailstore.deliver, mail("While it listens"), to=user)
        await desk.until(4)
    assert desk.subjects == ["Number 0", "Number 1", "Number 2", "While it listens"]
    assert desk.bodies[3].endswith(mail("While it listens"))
    assert desk.heard >= 4


@pytest.mark.parametrize("moment", ["while another is taken in", "before it is listened for"])
async def test_what_arrives_in_the_moment_before_the_listening_comes_in_at_once(
    mailstore: MailStore, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The server tells of it with the answer to another question, or in one breath with "I am listening"."""
    late, user = [mail("In between")], moment.replace(" ", "-")

    def deliver() -> None:
        if late:
            mailstore.deliver(late.pop(), to=user)

    wait = imap.Mailbox.wait

    async def delivered_first(box: imap.Mailbox) -> None:
        if moment.startswith("before"):
            deliver()
        await wait(box)

    monkeypatch.setattr(imap.Mailbox, "wait", delivered_first)
    desk = Desk(before=lambda _: deliver() if moment.startswith("while") else None)
    await asyncio.to_thread(mailstore.deliver, mail("First"), to=user)
    async with listening(url_of(mailstore, user), desk):
        await desk.until(2)
    assert desk.subjects == ["First", "In between"]


async def test_mail_that_somebody_leaves_unread_is_told_to_the_admin_and_not_taken_again(
    mailstore: MailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look is an hour after the one before; what is marked as unread anew lies there from then on."""
    desk, user, told, looks = Desk(), "unread", list[Mapping[str, str]](), itertools.count()
    monkeypatch.setattr(imap, "RENEWED", 0.2)
    await asyncio.to_thread(mailstore.deliver, mail("Read me"), to=user)
    made = fetcher(url_of(mailstore, user), desk)
    assert isinstance(made, fetching.Fetcher)
    made.bearings = Bearings(lambda: NOW + timedelta(hours=next(looks)), desk.note, told.append, anything)
    task = asyncio.create_task(made.listen(desk.take, since=None))
    await desk.until(1)
    await asyncio.sleep(0.5)
    assert told == [], "what was taken is marked as read"
    async with imap.opened(imap.Place.parse(url_of(mailstore, user))) as box:
        await asyncio.to_thread(box.client.remove_flags, [1], [rb"\Seen"])
    async with asyncio.timeout(20):
        while not told:
            await asyncio.sleep(0.05)
    task.cancel()
    assert told[0]["en"].startswith("Unread in the mailbox: 1,")
    assert desk.subjects == ["Read me"]


async def test_it_goes_on_where_the_last_commit_ended_and_nothing_comes_twice(mailstore: MailStore) -> None:
    desk, user = Desk(), "on"
    for number in range(8):
        await asyncio.to_thread(mailstore.deliver, mail(f"Number {number}"), to=user)

    def fails_at_the_fifth(_: Wire) -> None:
        if len(desk.bodies) == 4:
            raise RuntimeError("the commit failed")

    desk.before = fails_at_the_fifth
    with pytest.raises(RuntimeError):
        await fetcher(url_of(mailstore, user), desk).listen(desk.take, since=None)
    assert len(desk.bodies) == 4
    desk.before = lambda _: None
    async with listening(url_of(mailstore, user), desk):
        await desk.until(8)
        await asyncio.sleep(0.1)
    assert desk.subjects == [f"Number {number}" for number in range(8)]


async def test_the_first_time_what_somebody_has_read_stays_and_afterwards_everything_comes(
    mailstore: MailStore,
) -> None:
    desk, user = Desk(), "partly-read"
    for subject in ("Read long ago", "Unread"):
        await asyncio.to_thread(mailstore.deliver, mail(subject), to=user)
    async with imap.opened(imap.Place.parse(url_of(mailstore, user))) as box:
        await box.mark_seen([1])
    async with listening(url_of(mailstore, user), desk):
        await desk.until(1)
        async with asyncio.timeout(20), imap.opened(imap.Place.parse(url_of(mailstore, user))) as box:
            while await box.uids(["SEEN"]) != [1, 2]:  # what was taken is marked
                await asyncio.sleep(0.02)
    await asyncio.to_thread(mailstore.deliver, mail("Read on a telephone"), to=user)
    async with imap.opened(imap.Place.parse(url_of(mailstore, user))) as box:
        await box.mark_seen([3])
    async with listening(url_of(mailstore, user), desk):
        await desk.until(2)
    assert desk.subjects == ["Unread", "Read on a telephone"]


async def test_a_mailbox_that_is_numbered_anew_is_read_from_its_beginning(mailstore: MailStore) -> None:
    """What came before comes again, and the house knows it: a repeat of the same mail is the same mail."""
    desk, user = Desk(), "anew"
    for number in range(3):
        await asyncio.to_thread(mailstore.deliver, mail(f"Number {number}"), to=user)
    async with listening(url_of(mailstore, user), desk):
        await desk.until(3)
    assert desk.cursor is not None
    validity, uid, _ = desk.cursor.text.split(":")
    desk.cursor = Cursor(f"{int(validity) - 1}:{uid}:0")
    async with listening(url_of(mailstore, user), desk):
        await desk.until(6)
    assert desk.subjects[3:] == [f"Number {number}" for number in range(3)]


async def test_a_server_that_dies_is_said_to_be_away_and_when_it_is_back_all_comes_in(mailstore: MailStore) -> None:
    desk, user = Desk(), "dies"
    await asyncio.to_thread(mailstore.deliver, mail("Before"), to=user)
    listener = asyncio.create_task(fetcher(url_of(mailstore, user), desk).listen(desk.take, since=None))
    await desk.until(1)
    await asyncio.to_thread(mailstore.server.kill)
    with pytest.raises(Unavailable, match="cannot be used"):
        await asyncio.wait_for(listener, 20)
    await asyncio.to_thread(mailstore.server.start)
    await asyncio.to_thread(mailstore.deliver, mail("After"), to=user)
    async with listening(url_of(mailstore, user), desk):
        await desk.until(2)
    assert desk.subjects == ["Before", "After"]


async def test_of_a_very_large_mail_come_who_wrote_and_about_what(
    mailstore: MailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 1_500_000)
    monkeypatch.setattr(fetching, "BYTES_AT_ONCE", 1_000_000)
    desk, user = Desk(), "large"
    for subject, size in (("Large", 3_000_000), ("Small", 0)):
        await asyncio.to_thread(mailstore.deliver, mail(subject, size=size), to=user)
    async with listening(url_of(mailstore, user), desk):
        await desk.until(2)
    assert desk.subjects == ["Large", "Small"]
    assert b"anna@mail.example" in desk.bodies[0]
    assert desk.bodies[0].endswith(b"It lies in the mailbox.\r\n")
    assert len(desk.bodies[0]) < 2_000


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("imap://nobody:s3cret@127.0.0.1:{port}", "cannot be used"),
        ("imap://on:pw@127.0.0.1:{port}/No%20such%20folder", "cannot be used"),
        ("imaps://on:pw@127.0.0.1:{port}", "cannot be used"),
        ("imap://on:pw@127.0.0.1:1", "cannot be used"),
        ("imap://on:pw@169.254.169.254", "no mail server can be"),
        ("pop3://on:pw@mail.example", "must look like"),
        ("imap://mail.example", "must look like"),
        ("imap://on:pw@mail.example:port", "cannot be read"),
    ],
)
async def test_what_cannot_be_opened_says_why_without_the_password(mailstore: MailStore, url: str, why: str) -> None:
    with pytest.raises(Unavailable, match=why) as told:
        await fetcher(url.format(port=mailstore.imap_port), Desk()).listen(Desk().take, since=None)
    assert "pw" not in str(told.value)
    assert "s3cret" not in str(told.value)


async def test_without_a_mailbox_nothing_is_fetched() -> None:
    assert CHANNEL.listener is not None
    opening = Opening(InboxId("m"), "a@b.example", "Town", EmailSettings(), "http://localhost", None)
    assert (
        CHANNEL.listener(opening, Bearings(clock=lambda: NOW, heard=print, troubled=print, readable=anything)) is None
    )


async def test_stopping_it_does_not_wait_for_the_server(mailstore: MailStore) -> None:
    desk, user = Desk(), "stopped"
    await asyncio.to_thread(mailstore.deliver, mail("One"), to=user)
    async with listening(url_of(mailstore, user), desk) as task:
        await desk.until(1)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=10)
    assert done == {task}, "it waited for the server"


@asynccontextmanager
async def provider(
    answers: list[tuple[int, object]], *, port: int = 0
) -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """Gives out tokens as a mail provider does, and tells a mail server whose a good one is; what it was asked for."""
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append({key: str(value) for key, value in (await request.post()).items()})
        status, body = answers[min(len(asked), len(answers)) - 1]
        return web.json_response(body, status=status)

    async def judged(request: web.Request) -> web.Response:
        good = request.query["good"] == "good"
        return web.json_response({"user": "town"} if good else {}, status=200 if good else 400)

    app = web.Application()
    app.add_routes([web.post("/token", answer), web.get("/token", judged)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/token", asked
    finally:
        await runner.cleanup()


async def test_a_token_is_kept_until_it_is_about_to_end_and_asked_for_as_the_settings_say() -> None:
    good = (200, {"access_token": "t-1", "expires_in": 3600}), (200, {"access_token": "t-2", "expires_in": 30})
    async with provider(list(good)) as (url, asked):
        settings = EmailSettings(
            token_url=url, client="onestop", client_secret=Secret("s"), refresh_token=Secret("r"), token_scope="mail"
        )
        tokens = Tokens.of(settings)
        assert tokens is not None
        assert [await tokens.current() for _ in range(3)] == ["t-1"] * 3
        assert asked == [
            {
                "grant_type": "refresh_token",
                "refresh_token": "r",
                "client_id": "onestop",
                "client_secret": "s",
                "scope": "mail",
            }
        ]
        ours = Tokens.of(replace(settings, refresh_token=Secret("")))
        assert ours is not None
        assert [await ours.current() for _ in range(2)] == ["t-2"] * 2
        assert [one["grant_type"] for one in asked[1:]] == ["client_credentials"] * 2, (
            "one that ends at once is asked anew"
        )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://provider.example/token", "must begin with https"),
        ("https://169.254.169.254/token", "no provider can be"),
        ("https://name.invalid/token", "cannot be found"),
    ],
)
async def test_no_secret_goes_where_no_provider_can_be(url: str, why: str) -> None:
    with pytest.raises(Unavailable, match=why):
        await Tokens(url, "onestop", "secret", "").current()


async def test_a_provider_that_refuses_is_told_in_its_own_word_and_without_secrets() -> None:
    async with provider([(400, {"error": "invalid_grant", "error_description": "token s3cret was revoked"})]) as (
        url,
        _,
    ):
        with pytest.raises(Unavailable, match="invalid_grant") as told:
            await Tokens(url, "onestop", "s3cret", "r").current()
    assert "s3cret" not in str(told.value)


async def test_a_mailbox_is_opened_by_a_token_and_not_by_a_wrong_one(mailstore: MailStore) -> None:
    await asyncio.to_thread(mailstore.deliver, mail("Without a password"), to="town")
    told: list[tuple[int, object]] = [(200, {"access_token": "forged"}), (200, {"access_token": "good"})]
    async with provider(told, port=mailstore.token_port) as (url, asked):
        desk, place = Desk(), f"imap://town@127.0.0.1:{mailstore.imap_port}"
        with pytest.raises(Unavailable, match="cannot be used"):
            await fetcher(place, desk, token_url=url, client="onestop").listen(desk.take, since=None)
        async with listening(place, desk, token_url=url, client="onestop"):
            await desk.until(1)
        assert len(asked) == 2
    assert desk.subjects == ["Without a password"]
