"""The sample city in a running house: loaded once, and the way in for its three people."""

import sys
from datetime import timedelta

from crm_core.actions.accounts import make_link
from crm_core.model.actor import Actor
from crm_core.queries import accounts, setup
from gateway.city.books import books, sample_of
from gateway.city.load import load, marked
from gateway.http.who import digest, secret
from gateway.wiring import House

OPERATOR = Actor.worker("operator")
LINKS_LAST = timedelta(hours=24)

_PEOPLE = ("admin", "supervisor", "agent")
_WAYS_ON = 10


async def ensure(house: House) -> bool:
    """Load the city into an empty record, with progress on a terminal; whether it was loaded now.

    A record in which somebody already works is left as it is.
    """
    if await marked(house.desk) is None and await _in_use(house):
        _say("The record is in use already: the sample city is not loaded.")
        return False
    samples = [sample for kind in house.types.values() if (sample := sample_of(kind)) is not None]
    key = house.keys.of("reply")[0]
    loaded = await load(house.desk, samples, now=house.clock(), key=key, progress=_progress)
    if loaded:
        await house.keeper.refresh()
    return loaded


async def links(house: House) -> list[str]:
    """A one-time way in for each of the three roles, as lines to print."""
    lines = ["Sign in, each link works once:"]
    for name in _PEOPLE:
        email = f"{name}@{books().city['domain']}"
        agent = await house.desk.ask(OPERATOR, accounts.agent_by_email, email)
        if agent is None or not agent.active:
            continue
        link = secret()
        await house.desk.do(OPERATOR, make_link, agent.id, digest=digest(link), lasts=LINKS_LAST)
        url = f"{house.settings.public_url}/console/sign-in?link={link}"
        lines.append(f"  {agent.role:<10} {agent.name:<20} {url}")
    return lines if len(lines) > 1 else []


async def _in_use(house: House) -> bool:
    found = await house.desk.ask(OPERATOR, setup.setup)
    return bool(found.services or found.queues or found.inboxes or await house.desk.ask(OPERATOR, setup.staff))


def _progress(done: int, of: int) -> None:
    if done % _WAYS_ON == 0 or done == of:
        _say(f"Sample city: {100 * done // of} %")


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()
