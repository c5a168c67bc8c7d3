"""Mails to staff: what happened while no screen of theirs was open, once, to an address that they proved, over real SMTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels import registry
from config import settings as configuration
from crm_core.actions import assign, digests, duty, reply
from crm_core.model.actor import Actor
from crm_core.model.ids import TicketId
from crm_core.model.wishes import Hours, News, Wishes
from gateway.house import HouseKeeper
from gateway.keys import Keys
from gateway.workers.herald import Herald
from tests.peers.smtp_sink import Die, Refuse, SmtpSink, Step
from tests.world import ANNA, BEN, SUE, World

MENTION = "@Anna Kowal, the permit of Wei Zhang is yours."
ALL = Wishes(mail=frozenset(News), hours=Hours.ALWAYS)


@dataclass
class Post:
    """A herald at work on the small house, and the far end of its mail."""

    world: World
    herald: Herald
    keeper: HouseKeeper
    sink: SmtpSink

    async def works(self, *, minutes: float = 0) -> list[str]:
        """Time passes, then it works; the texts that came of it."""
        before = len(self.sink.mails)
        await self.world.number()
        await self.herald.work()
        self.world.clock.pass_(minutes=minutes)
        await self.herald.work()
        return [str(mail.parsed.get_content()) for mail in self.sink.mails[before:]]

    async def proves(self) -> None:
        """Anna wants mails of everything, and shows that she reads there."""
        await self.world.do(ANNA, digests.choose, ALL)
        await self.world.do(ANNA, digests.ask_code, house=self.keeper.house)
        [text] = await self.works()
        found = re.search(r"\b\d{6}\b", text)
        assert found
        assert await self.world.do(ANNA, digests.answer_code, found[0], house=self.keeper.house)

    async def names_anna(self, ticket: TicketId | None = None) -> TicketId:
        ticket = ticket or (await self.world.mail()).ticket
        await self.world.do(SUE, reply.note, ticket, MENTION, mentions=frozenset({ANNA}))
        return ticket


@pytest.fixture
async def post(world: World, smtp_sink: SmtpSink, tmp_path: Path) -> AsyncIterator[Post]:
    made = await herald(world, smtp_sink, tmp_path, holder="one")
    await made.herald.leadership.renew()
    yield made
    for door in made.keeper.doors.values():
        if close := getattr(door.channel, "close", None):
            await close()


async def herald(world: World, sink: SmtpSink, folder: Path, *, holder: str) -> Post:
    settings = configuration.load({"ONESTOP_DATA_DIR": str(folder), "ONESTOP_SMTP": ""})
    keeper = HouseKeeper(
        world.desk, types=registry.find(), keys=Keys((b"a secret for tests",)), settings=settings, relay=sink.url
    )
    await keeper.refresh()
    return Post(world, Herald(world.desk, keeper, holder=holder, now=world.clock), keeper, sink)


async def test_whoever_is_named_or_answered_while_away_hears_of_it_in_one_mail_without_a_citizens_word(
    post: Post,
) -> None:
    await post.proves()
    ticket = await post.names_anna()
    await post.world.do(SUE, assign.assign, ticket, to=ANNA, house=post.world.house)
    row = await post.world.ticket(ticket)
    assert await post.works(minutes=1) == [], "news wait a little for more"
    await post.names_anna(ticket)
    [text] = await post.works(minutes=5)
    assert text.count(row.number) == 2, "once, with its address"
    assert "Notes that name you" in text
    assert f"/console/t/{row.number}" in text
    assert MENTION not in text
    assert row.subject not in text
    assert row.customer_name not in text
    [*_, mail] = post.sink.mails
    assert mail.recipients == ("anna@larkhaven.example",)
    assert mail.sender == "", "nobody's machine answers it"
    assert await post.works(minutes=120) == [], "what was told is told"


async def test_names_and_subjects_stand_in_it_where_they_are_wanted(post: Post) -> None:
    await post.proves()
    await post.world.do(ANNA, digests.choose, Wishes(mail=frozenset(News), words=True, hours=Hours.ALWAYS))
    row = await post.world.ticket(await post.names_anna())
    [text] = await post.works(minutes=6)
    assert f"{row.customer_name}: {row.subject}" in text
    assert MENTION not in text


async def test_between_two_mails_lies_the_interval(post: Post) -> None:
    await post.proves()
    await post.names_anna()
    assert len(await post.works(minutes=6)) == 1
    await post.names_anna()
    await post.names_anna()
    assert await post.works(minutes=30) == []
    [text] = await post.works(minutes=31)
    assert text.count("/console/t/") == 2


async def test_nothing_comes_to_an_address_that_nobody_proved_or_of_what_was_not_wished_for(post: Post) -> None:
    await post.world.do(ANNA, digests.choose, ALL)
    await post.names_anna()
    assert await post.works(minutes=600) == []
    await post.proves()
    await post.world.do(ANNA, digests.choose, Wishes(mail=frozenset({News.LATE}), hours=Hours.ALWAYS))
    await post.names_anna()
    assert await post.works(minutes=600) == []


async def test_a_wrong_code_proves_nothing(post: Post) -> None:
    await post.world.do(ANNA, digests.choose, ALL)
    await post.world.do(ANNA, digests.ask_code, house=post.keeper.house)
    assert len(await post.works()) == 1
    for guess in ("000000", "000001"):
        assert not await post.world.do(ANNA, digests.answer_code, guess, house=post.keeper.house)
    assert not await post.world.do(BEN, digests.answer_code, "000000", house=post.keeper.house)


async def test_whoever_is_at_a_screen_or_comes_back_to_one_gets_no_mail_of_it(post: Post) -> None:
    await post.proves()
    gateway = Actor.worker("gateway")
    await post.world.desk.do(gateway, duty.attend, frozenset({ANNA}))
    await post.names_anna()
    assert await post.works(minutes=10) == [], "she was at a screen"
    await post.names_anna()
    assert await post.works(minutes=1) == []
    await post.world.desk.do(gateway, duty.attend, frozenset({ANNA}))
    assert await post.works(minutes=10) == [], "she came back before the mail left"


async def test_a_mail_waits_for_their_queues_to_open(post: Post) -> None:
    await post.proves()
    await post.world.do(ANNA, digests.choose, Wishes(mail=frozenset(News)))
    post.world.clock.pass_(hours=12)  # it is night
    await post.names_anna()
    assert await post.works(minutes=30) == []
    assert len(await post.works(minutes=14 * 60)) == 1


async def test_what_cannot_leave_comes_later_and_what_may_have_left_is_not_sent_again(post: Post) -> None:
    await post.proves()
    await post.names_anna()
    post.sink.fail(Step.MAIL, Refuse(), times=1)
    assert await post.works(minutes=6) == []
    assert len(await post.works(minutes=6)) == 1
    post.world.clock.pass_(hours=2)
    await post.names_anna()
    post.sink.fail(Step.DOT, Die(), times=1)
    assert len(await post.works(minutes=6)) == 1, "it has it, and we cannot know"
    assert await post.works(minutes=600) == []


async def test_an_address_that_takes_none_is_to_be_proven_anew(post: Post) -> None:
    await post.proves()
    await post.names_anna()
    post.sink.fail(Step.RCPT, Refuse(550, "5.1.1 No such user"), times=1)
    assert await post.works(minutes=6) == []
    await post.names_anna()
    assert await post.works(minutes=600) == []


async def test_of_two_heralds_one_sends_and_a_new_one_goes_on_behind_the_other(
    post: Post, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    await post.proves()
    await post.names_anna()
    await post.works()
    other = await herald(post.world, smtp_sink, tmp_path, holder="two")
    await other.herald.leadership.renew()
    assert other.herald.leadership.lease is None
    lease = post.herald.leadership.lease
    assert lease
    post.world.clock.pass_(minutes=6)
    [letter] = await post.world.desk.do(Actor.worker("herald"), digests.claim, lease=lease, house=post.keeper.house)
    await other.herald.leadership.renew()  # the first one is gone with the mail in its hands
    await other.names_anna()
    [text] = await other.works(minutes=120)
    assert text.count("/console/t/") == 1, "only what came since"
    assert letter.to.value == "anna@larkhaven.example"
