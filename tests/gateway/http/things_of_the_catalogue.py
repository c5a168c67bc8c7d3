"""What the policy's rows about the catalogue name: services with their drafts, words taught, who owns what."""

from __future__ import annotations

import itertools
from dataclasses import replace

from crm_core.actions import catalogue, dispatch, importing
from crm_core.model.catalogue import Suggestion, SuggestionState
from crm_core.model.ids import PolicyId, ServiceId, SuggestionId, UnitId, fresh
from crm_core.model.service import Service, Unit
from tests.gateway.http.site import Site
from tests.world import ADA, IMPORTER, PARKING

_count = itertools.count(5000)


async def service(site: Site) -> str:
    return (await _made_service(site)).id


async def _made_service(site: Site) -> Service:
    made: Service = await site.world.do(
        ADA, catalogue.add_service, slug=f"made-{next(_count)}", name={"en": "Made"},
        unit=UnitId("city"), queue=PARKING, policy=PolicyId("usual"),
    )  # fmt: skip
    return made


async def service_draft(site: Site) -> str:
    made = await _made_service(site)
    content = replace(made, name={"en": "Made better"}, active=True)
    await site.world.do(ADA, catalogue.save_draft, made.id, content=content)
    return made.id


async def service_shown(site: Site) -> str:
    id = await service_draft(site)
    await site.world.do(ADA, catalogue.publish, ServiceId(id))
    return id


async def suggestion(site: Site) -> str:
    at = site.world.clock()
    made = Suggestion(
        fresh(SuggestionId, at=at), ServiceId("s-permit"), "en", f"words {next(_count)}", ServiceId("s-general"), (),
        SuggestionState.OPEN, at, at,
    )  # fmt: skip
    await site.desk.do(IMPORTER, importing.import_values, [made])
    return made.id


async def ownership(site: Site) -> str:
    kept, city = await service(site), UnitId("city")
    line = await site.world.do(ADA, dispatch.add_ownership, service=ServiceId(kept), place=None, unit=city, queue=None)
    return str(line.id)


async def unit(site: Site) -> str:
    made = Unit(fresh(UnitId, at=site.world.clock()), f"Office {next(_count)}", site.world.clock())
    await site.desk.do(IMPORTER, importing.import_values, [made])
    return made.id
