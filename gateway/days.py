"""The city's day: when today began, and when the next day does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm_core.model.sla import Calendar


def today(calendars: Sequence[Calendar], *, at: datetime) -> tuple[datetime, datetime]:
    """By the zone of the first calendar; UTC where there is none."""
    local = at.astimezone(ZoneInfo(calendars[0].zone if calendars else "UTC"))
    begins = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return begins, begins + timedelta(days=1)
