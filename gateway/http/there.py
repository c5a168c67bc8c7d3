"""Whether somebody answers at once: said before anybody writes, and what makes words a talk or a message."""

from dataclasses import dataclass
from datetime import datetime

from crm_core.model.house import GENERAL
from crm_core.model.service import Service
from crm_core.model.view import Json, maybe_instant
from crm_core.queries import talks
from crm_core.rules import calendar as hours
from gateway.house import GATEWAY
from gateway.http.routes import Ask


@dataclass(frozen=True, slots=True)
class Now:
    """Whether somebody answers at once: the hours, and whether anybody is on duty; `opens` is when the hours begin."""

    open: bool
    staffed: bool
    opens: datetime | None
    zone: str

    @property
    def there(self) -> bool:
        """Whether words said now begin a talk."""
        return self.open and self.staffed


async def now_at(ask: Ask, service: Service | None) -> Now:
    """Whether a talk about this service (none: anything) would begin at once."""
    house, at = ask.house.keeper.house, ask.house.clock()
    about = service or service_at(ask, GENERAL)
    if about is None:
        return Now(open=True, staffed=True, opens=None, zone="UTC")
    queue, (_, calendar) = house.queues[about.queue], house.promise(about)
    teams = await ask.house.desk.ask(GATEWAY, talks.on_duty)
    is_open = hours.is_open(at, calendar=calendar)
    try:
        opens = None if is_open else hours.next_opening(at, calendar=calendar)
    except hours.NeverOpen:
        opens = None
    return Now(is_open, queue.team in teams, opens, calendar.zone)


def service_at(ask: Ask, slug: str) -> Service | None:
    """An active service by its name in addresses."""
    return next((one for one in ask.house.keeper.setup.services if one.active and one.slug == slug), None)


def shown(now: Now) -> Json:
    """As pages get it."""
    return {"open": now.open, "staffed": now.staffed, "opens": maybe_instant(now.opens), "zone": now.zone}
