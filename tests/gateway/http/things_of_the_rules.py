"""Real promises and hours, for the matrix of permissions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from crm_core.actions import promises
from crm_core.model.ids import CalendarId, PolicyId
from tests.gateway.http.site import Site
from tests.world import ADA
from tests.world import calendar as hours
from tests.world import policy as usual

_count = itertools.count()


async def policy(site: Site) -> str:
    return usual().id


async def calendar(site: Site) -> str:
    return hours().id


async def drafted(site: Site) -> str:
    return await _ruled(site, replace(usual(), id=PolicyId(f"p{next(_count)}")), publish=False)


async def published(site: Site) -> str:
    return await _ruled(site, replace(usual(), id=PolicyId(f"p{next(_count)}")), publish=True)


async def drafted_hours(site: Site) -> str:
    return await _ruled(site, replace(hours(), id=CalendarId(f"c{next(_count)}")), publish=False)


async def published_hours(site: Site) -> str:
    return await _ruled(site, replace(hours(), id=CalendarId(f"c{next(_count)}")), publish=True)


async def _ruled(site: Site, value: Any, *, publish: bool) -> str:
    """A policy or a calendar of its own, as a draft or in force."""
    made = await site.world.do(ADA, promises.draft, value)
    if publish:
        await site.world.do(ADA, promises.publish, made.id, seen_version=made.version)
    return str(value.id)
