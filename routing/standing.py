"""How work stands while it waits: what it asks after so long, what it counts as, and when to look again."""

from datetime import datetime, timedelta

from crm_core.model import turn
from crm_core.model.queue import Profile
from crm_core.model.work import Work
from routing.decision import Timing
from routing.item import Item
from routing.match import Need

LONGEST_HOLD = timedelta(seconds=30)
"""Nobody waits longer for one agent only."""


def asks(item: Item, *, profile: Profile, now: datetime) -> Need:
    """What it asks now: less with each ring of its queue that it outlasted, never more again."""
    need = Need.of(item.work)
    if profile.rings:
        waited = item.waited(at=now)
        item.rung = max(item.rung, sum(ring.after <= waited for ring in profile.rings))
        for ring in profile.rings[: item.rung]:
            skills = tuple(
                (skill, min(least, ring.least) if ring.skill in (None, skill) else least)
                for skill, least in need.skills
            )
            if skills != need.skills:
                need = Need(need.queue, skills, need.language, need)
    return need


def hold_ends(work: Work, *, profile: Profile) -> datetime:
    """So long it is kept for whoever had its ticket last: half a minute at most, and half of what its promise leaves."""
    hold = min(profile.hold, LONGEST_HOLD)
    if work.due_at is not None:
        hold = min(hold, (work.due_at - work.entered_at) / 2)
    return work.entered_at + hold


def presses_at(work: Work, *, profile: Profile, timing: Timing) -> datetime | None:
    """When its promise is near, and it counts as one step more urgent; None: never."""
    return None if work.due_at is None else turn.pressing(work, handle=timing.handle_of(work, profile=profile))


def look_again(item: Item, *, profile: Profile, near: datetime | None, now: datetime) -> datetime | None:
    """When something about it changes by itself: a ring, its promise coming `near`, or the queue it overflows to."""
    if not profile.rings and profile.overflow is None:
        return near if near is not None and near > now else None
    since = item.work.entered_at + item.paused
    moments = [since + ring.after for ring in profile.rings[item.rung :]]
    if near is not None and near > now:
        moments.append(near)
    if profile.overflow is not None and not item.told:
        moments.append(max(since + profile.overflow_after, now))
    return min(moments, default=None)


def overflows(item: Item, *, profile: Profile, now: datetime) -> bool:
    """Whether it waited so long that another queue shall have it."""
    return profile.overflow is not None and item.waited(at=now) >= profile.overflow_after
