"""Hours in which an inbox writes to nobody by surprise; whoever wrote a short while ago is awake, and is answered."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm_core.model.habits import Quiet
from crm_core.rules.preferences import DAY, Later, Now

AWAKE = timedelta(hours=1)
"""So long after their last message an answer is no surprise."""


def over(quiet: Quiet | None, *, at: datetime, zone: str, heard_at: datetime | None) -> Now | Later:
    """When they may be written to: now, or when the quiet hours end (in the house's zone, IANA)."""
    if quiet is None or (heard_at is not None and at - heard_at <= AWAKE):
        return Now()
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    if not _within(minute, quiet=quiet):
        return Now()
    ends = quiet.ends % DAY
    day = local.date() + timedelta(days=1 if minute >= ends else 0)
    morning = datetime.combine(day, time(ends // 60, ends % 60), ZoneInfo(zone)).astimezone(UTC)
    return Later(morning, f"nobody is written to before {ends // 60}:{ends % 60:02}")


def _within(minute: int, *, quiet: Quiet) -> bool:
    if quiet.begins < quiet.ends:
        return quiet.begins <= minute < quiet.ends
    return minute >= quiet.begins or minute < quiet.ends
