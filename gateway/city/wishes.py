"""Who of the city asked for no more messages by a door, or for them again: lines of the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from crm_core.model.agent import Agent
from crm_core.model.consent import Consent, Wish
from crm_core.model.ids import ConsentId
from crm_core.model.inbox import Inbox
from gateway.city.books import ChannelSample, Page
from gateway.city.citizens import Citizen
from gateway.city.dice import Dice


def draw_wishes(
    pages: Sequence[Page],
    citizens: Sequence[Citizen],
    samples: Sequence[ChannelSample],
    *,
    inboxes: Sequence[Inbox],
    agents: Mapping[str, Agent],
    now: datetime,
    seed: int,
) -> tuple[Consent, ...]:
    """Those of the pages whose door the house has; each is of the address that its citizen has there."""
    dice = Dice(seed, "wishes")
    people = {one.key: one for one in citizens}
    doors = {inbox.channel: inbox for inbox in reversed(inboxes)}
    schemes = {sample.name: sample.writes_from for sample in samples}
    drawn = []
    for number, page in enumerate(pages, start=1):
        inbox = doors.get(page["channel"])
        address = None if inbox is None else people[page["of"]].at(schemes[page["channel"]])
        if inbox is None or address is None:
            continue
        at = now - timedelta(days=page["days"])
        by = next((one.id for email, one in agents.items() if email.partition("@")[0] == page.get("by")), None)
        drawn.append(
            Consent(
                dice.id(ConsentId, at=at),
                address,
                inbox.id,
                Wish(page["wish"]),
                f"larkhaven:{number}",
                at,
                by=by,
                reason=page.get("reason", ""),
            )
        )
    return tuple(drawn)
