"""When a channel drifts from its promise, and when that is over: two levels, so that no alert flickers."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import timedelta

from crm_core.model.drift import Share
from crm_core.model.ids import ServiceId
from crm_core.model.parity import Matter
from crm_core.rules import ranks
from crm_core.rules.parity import FEWEST, KEPT_AT_LEAST

HEAD_START = timedelta(minutes=10)
"""So much longer an answer counts as having waited where its channel drifts: a matter of minutes among hours."""

HEAD_START_LIVE = timedelta(seconds=10)
"""And somebody on the line, whose waiting is counted in seconds."""


def shares(matters: Iterable[Matter]) -> list[Share]:
    """How the promise of a first answer was kept, by service and channel; only of what was due."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for matter in matters:
        if matter.kept is not None:
            kept, of = counts.get((matter.service, matter.channel), (0, 0))
            counts[matter.service, matter.channel] = (kept + matter.kept, of + 1)
    return [Share(ServiceId(service), channel, *found) for (service, channel), found in sorted(counts.items())]


def begins(share: Share) -> bool:
    """Clearly fewer are kept than a door owes, and enough were due to tell."""
    return share.of >= FEWEST and ranks.share(share.kept, of=share.of)[1] < KEPT_AT_LEAST


def ends(share: Share | None) -> bool:
    """As many are kept as a door owes, or nothing came by it lately."""
    return share is None or share.kept >= KEPT_AT_LEAST * share.of


def head_start(door: tuple[ServiceId, str], *, live: bool, drifting: AbstractSet[tuple[ServiceId, str]]) -> timedelta:
    """How much sooner work is offered, for its service and channel; nothing once the drift is over."""
    if door not in drifting:
        return timedelta()
    return HEAD_START_LIVE if live else HEAD_START
