"""The live board: one snapshot with its position; what happens after it comes by the live line."""

from typing import Any

from crm_core.model.board import Aims
from crm_core.model.view import Json
from crm_core.queries.board import board_now
from crm_core.rules.board import millis_of
from gateway.days import today
from gateway.http import faces
from gateway.http.routes import API, Ask, route


class AimsItem(faces.Face):
    """What the house wants of its live contacts; seconds and percent. `variant`: how gave-ups count."""

    within: int
    share: int
    variant: str
    longest: int
    wrap_up: int


class BoardNow(faces.Face):
    """How the floor stands at `position`, without a name in it.

    Times are milliseconds since 1970. `day` is when today began, `until` when it ends; `works`
    is all that is not done, `tallies` what came today by queue, channel and quarter of an
    hour, and what became of it; `ended` was over lately.
    """

    position: int
    day: int
    until: int
    aims: AimsItem
    ended: list[str]
    works: list[dict[str, Any]]
    tallies: list[dict[str, Any]]
    staff: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    """What asks for a supervisor now; what changes of it comes by the live line."""


@route("GET", f"{API}/board", answer=BoardNow)
async def now(ask: Ask) -> Json:
    """What waits, with whom it is, and how today went; for those who run the floor."""
    day, until = today(ask.house.keeper.setup.calendars, at=ask.house.clock())
    aims = Aims()
    found = await ask.read(board_now, day=day, aims=aims)
    return {**found.shown(), "until": millis_of(until), "aims": aims.shown(), "alerts": ask.parts.hub.alerts}
