"""The live board: one snapshot with its position; what happens after it comes by the live line."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm_core.actions import aims as actions
from crm_core.model.board import Aims, Variant
from crm_core.model.view import Json
from crm_core.queries.board import board_now, standing_aims
from crm_core.rules.board import millis_of
from gateway.days import today
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route

Which = Literal["sl1", "sl2", "sl3", "sl4", "sl5"]


class AimsItem(faces.Face):
    """What the house wants of its live contacts; seconds and percent. `variant`: how gave-ups count."""

    within: int
    share: int
    variant: Which
    longest: int
    wrap_up: int
    version: int


class AimsBody(Input):
    """So many percent (`share`) of those who come live have one of us `within` so many seconds.

    `variant`: how who gives up counts. A wait past `longest`, and a wrap-up past `wrap_up`, asks for a supervisor.
    `version`: what I had seen; 0 where nobody has said any yet.
    """

    within: Annotated[int, Field(ge=1, le=3600)]
    share: Annotated[int, Field(ge=1, le=100)]
    variant: Which
    longest: Annotated[int, Field(ge=1, le=86400)]
    wrap_up: Annotated[int, Field(ge=1, le=86400)]
    version: int | None = None


class BoardNow(faces.Face):
    """How the floor stands at `position`, without a name in it.

    Times are milliseconds since 1970. `day` is when today began, `until` when it ends; `works` is all that is not done,
    each a row of what `columns` name; `tallies` what came today by queue, channel and quarter of an hour, and what became
    of it; `ended` was over lately.
    """

    position: int
    day: int
    until: int
    aims: AimsItem
    ended: list[str]
    columns: list[str]
    works: list[list[Any]]
    tallies: list[dict[str, Any]]
    staff: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    """What asks for a supervisor now; what changes of it comes by the live line."""


@route("GET", f"{API}/board", answer=BoardNow)
async def now(ask: Ask) -> Json:
    """What waits, with whom it is, and how today went; for those who run the floor."""
    day, until = today(ask.house.keeper.setup.calendars, at=ask.house.clock())
    aims = ask.house.keeper.setup.aims
    found = await ask.read(board_now, day=day, aims=aims)
    return {**found.shown(), "until": millis_of(until), "aims": aims.shown(), "alerts": ask.parts.hub.alerts}


@route("GET", f"{API}/board/aims", answer=AimsItem)
async def aims(ask: Ask) -> Json:
    """What the house wants of its live contacts."""
    return (await ask.read(standing_aims)).shown()


@route("PUT", f"{API}/board/aims", body=AimsBody, answer=AimsItem)
async def aim(ask: Ask, *, body: AimsBody) -> Any:
    """Say what the house wants from now on; boards and alerts go by it at once, for all of today."""
    wanted = Aims(body.within, body.share, Variant(body.variant), body.longest, body.wrap_up)
    done = await ask.do(Aims.shown, actions.set_aims, wanted, seen_version=body.version)
    await ask.house.keeper.refresh()
    return done
