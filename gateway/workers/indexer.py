"""The indexer: keeps the search index a moment behind the record.

A subscriber, in the bulk lane, because finding words takes longer than writing a
message. What it reads is made into words in a thread of its own; the writer only
stores them. One indexer by lease; two at once would only waste their work.
"""

import asyncio
from time import perf_counter

from crm_core.actions import indexing
from crm_core.actions.desk import Desk
from crm_core.actions.indexing import Portion
from crm_core.model.actor import Actor
from crm_core.model.event import Stamped
from crm_core.queries import indexing as record
from crm_core.queries.indexing import News
from gateway.workers.leading import Leadership

INDEXER = Actor.worker("indexer")
LEASE_SECONDS = 6.0
LOOK_SECONDS = 1.0
GATHER_SECONDS = 0.2
"""How long news are gathered: under load one portion for many messages."""


class Indexer:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, *, holder: str) -> None:
        self._desk = desk
        self._leadership = Leadership(desk, INDEXER, holder=holder, seconds=LEASE_SECONDS)

    async def hear(self, _events: list[Stamped]) -> None:
        """There is something new; what it is stands in the record."""
        self._leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self._leadership.sought():
            await self._leadership.rounds(self._catch_up, look=LOOK_SECONDS, gather=GATHER_SECONDS)

    async def index(self) -> bool:
        """Index the next portion; whether more may wait."""
        news = await self._desk.ask(INDEXER, record.news)
        if news is None:
            return False
        portion = await asyncio.to_thread(_prepared, news)
        return await self._desk.do(INDEXER, indexing.index_some, portion) and news.more

    async def _catch_up(self) -> None:
        while self._leadership.lease is not None and await self._index_gently():
            pass

    async def _index_gently(self) -> bool:
        """One portion, and as long a rest where more waits: contacts go first."""
        began = perf_counter()
        more = await self.index()
        if more:
            await asyncio.sleep(perf_counter() - began)
        return more


def _prepared(news: News) -> Portion:
    """The portion with its words, news in the order of their ids and history against it."""
    place = {id: number for number, id in enumerate(news.order)}
    return Portion(
        name=record.CURSOR,
        since=news.since,
        to=news.to.text(),
        fresh=sorted(record.docs(news.fresh), key=lambda doc: doc.id),
        past=sorted(record.docs(news.past), key=lambda doc: place[doc.id]),
        merged=news.merged,
    )
