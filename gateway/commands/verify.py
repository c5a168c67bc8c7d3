"""`onestop verify`: walks the audit chain from the first event to the last."""

import sys
from collections.abc import AsyncIterator, Iterator

from config.settings import Settings
from crm_core.model.actor import Actor
from crm_core.queries import chain
from crm_core.rules import audit
from crm_core.rules.audit import Broken, Head, Link
from gateway.wiring import AnyDesk, open_record

OPERATOR = Actor.worker("operator")


async def verify(settings: Settings, *, anchor: str | None) -> int:
    """Print what was found; 0 where the chain holds, 1 where it does not.

    `anchor` is a head kept elsewhere, as this command printed it: `position:hash`. Only
    it shows that the end was cut off or that everything was written anew.
    2 where it is none.
    """
    head = None if anchor is None else _head(anchor)
    if anchor is not None and head is None:
        print("--anchor takes a head as `onestop verify` prints it: position:hash", file=sys.stderr)
        return 2
    async with open_record(settings) as desk:
        links = [link async for link in _all(desk)]
    found = audit.verify(_told(links), anchor=head)
    if isinstance(found, Broken):
        print(f"Broken at event {found.position}: {found.why}.")
        return 1
    print(f"{found.events} events, none changed. Head {found.head.position}:{found.head.chain_hash}")
    return 0


async def _all(desk: AnyDesk) -> AsyncIterator[Link]:
    after = 0
    while found := await desk.ask(OPERATOR, chain.links, after=after):
        for link in found:
            yield link
        after = found[-1].position


def _told(links: list[Link]) -> Iterator[Link]:
    """The links, with progress on a terminal where it takes long."""
    for done, link in enumerate(links, start=1):
        if done % 50_000 == 0 and sys.stderr.isatty():
            print(f"\r{done:,} of {len(links):,} events", end="", file=sys.stderr, flush=True)
        yield link


def _head(text: str) -> Head | None:
    position, _, digest = text.partition(":")
    return Head(int(position), digest) if position.isdigit() and len(digest) == 64 else None
