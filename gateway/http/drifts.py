"""Alerts of channels that drift from their promise, for supervisors to confirm."""

from datetime import datetime
from typing import Any

from crm_core.actions import drifts as actions
from crm_core.model.drift import Drift
from crm_core.model.ids import DriftId
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries.reports import drifts
from gateway.http import faces
from gateway.http.routes import API, Ask, route


class DriftItem(faces.Face):
    """First answers come too late: `kept` of `of` in time when it was found. `state`: open, seen or over."""

    id: str
    service: str
    channel: str
    state: str
    kept: int
    of: int
    found_at: datetime
    seen_by: str | None
    seen_at: datetime | None


@route("GET", f"{API}/reports/drifts", answer=faces.Page[DriftItem])
async def lasting(ask: Ask) -> Json:
    """Where a channel drifts from its promise now, the newest first."""
    return {"items": [_item(one) for one in await ask.read(drifts.lasting)], "next": None}


@route("POST", f"{API}/reports/drifts/{{id}}/confirmations", answer=DriftItem, status=201)
async def confirm(ask: Ask, *, id: str) -> Any:
    """I know of it: it asks nobody any more, and goes when the promise is kept again."""
    return await ask.do(_item, actions.confirm_drift, DriftId(id))


def _item(drift: Drift) -> Json:
    return {
        "id": drift.id,
        "service": drift.service,
        "channel": drift.channel,
        "state": drift.state,
        "kept": drift.kept,
        "of": drift.of,
        "found_at": instant(drift.found_at),
        "seen_by": drift.seen_by,
        "seen_at": maybe_instant(drift.seen_at),
    }
