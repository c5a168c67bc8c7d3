"""When a channel drifts from its promise, and when that is over: two levels, so that no alert flickers."""

from collections.abc import Iterable

from crm_core.model.drift import Share
from crm_core.model.ids import ServiceId
from crm_core.model.parity import Matter
from crm_core.rules import ranks
from crm_core.rules.parity import FEWEST, KEPT_AT_LEAST


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
