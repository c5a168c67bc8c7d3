"""The web application: every address, behind the same middlewares."""

import asyncio
import functools
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import web

from channels.contract import ChannelType
from crm_core.actions.once import sweep
from crm_core.model.errors import Refusal
from gateway.attendance import Attendance
from gateway.displays import Displays
from gateway.house import GATEWAY
from gateway.http import (
    acknowledging,
    agents,
    answers,
    app_keys,
    audit,
    board,
    bootstrap,
    broadcasts,
    calendars,
    catalogue,
    channels,
    consents,
    consistency,
    contacts,
    customers,
    description,
    desks,
    dispatch,
    drifts,
    errors,
    escalations,
    events,
    feedback,
    files,
    forms,
    headers,
    health,
    hooks,
    imports,
    inbox_tests,
    inboxes,
    limits,
    macros,
    messages,
    notices,
    offers,
    peers,
    people,
    phone,
    pictures,
    policies,
    posting,
    privacy,
    promises,
    quarantine,
    queues,
    registrations,
    replies,
    retention,
    sameness,
    scans,
    scores,
    search,
    session,
    sheets,
    static,
    suspected,
    talks,
    tickets,
    timeline,
    tokens,
    users,
    verbs,
    virus_scanner,
    wall,
    whatif,
    widget,
    wishes,
    work,
)
from gateway.http.calls import Calls
from gateway.http.doors import Doors
from gateway.http.gauges import Gauges
from gateway.http.limits import Limiter
from gateway.http.parts import PARTS, Parts
from gateway.http.routes import ACTOR, Route, add, routes_of
from gateway.http.surroundings import Surroundings
from gateway.passwords import Passwords
from gateway.rehearsing import Rehearsals
from gateway.shelf import Shelf
from gateway.sockets import Hub
from gateway.visits import Visits

log = structlog.get_logger()

BODY_AT_MOST = 1024 * 1024
"""Bytes of a JSON body; files are uploaded on their own and counted as they come."""

RESOURCES = (
    session,
    board,
    whatif,
    bootstrap,
    broadcasts,
    catalogue,
    answers,
    macros,
    desks,
    dispatch,
    notices,
    tickets,
    verbs,
    timeline,
    messages,
    files,
    customers,
    people,
    phone,
    pictures,
    consents,
    privacy,
    imports,
    retention,
    agents,
    wishes,
    offers,
    work,
    search,
    contacts,
    channels,
    inboxes,
    inbox_tests,
    acknowledging,
    forms,
    app_keys,
    policies,
    promises,
    queues,
    calendars,
    escalations,
    consistency,
    sameness,
    scores,
    sheets,
    drifts,
    users,
    tokens,
    quarantine,
    feedback,
    suspected,
    registrations,
    virus_scanner,
    wall,
    scans,
    posting,
    replies,
    audit,
    events,
    hooks,
    health,
    static,
    talks,
    widget,
    description,
)
"""The modules whose routes make the web."""

_ASKED_ALL_THE_TIME = ("/healthz", "/readyz", "/metrics")
"""Probes: a line for each would bury the rest."""

SWEEP_EVERY = 3600.0

More = Callable[[web.Application, Surroundings], None]


def make_app(house: Surroundings, *, more: Sequence[More] = ()) -> web.Application:
    """The application. `more` adds what lives elsewhere (the portal, a channel's own pages)."""
    gauges = Gauges()
    hub = Hub(house.desk, house.stream, house.bus, clock=house.clock)
    attendance = Attendance(house.desk, here=hub.staff, clock=house.clock)
    visits = Visits(house.desk, house.bus, clock=house.clock)
    doors, shelf = Doors(trusted=house.settings.trusted_proxies), Shelf(clock=house.clock)
    displays = Displays(house.keys.of("wall"), clock=house.clock)
    shared = (Limiter(), Passwords(), doors, shelf, visits, Calls(), displays, Rehearsals())
    parts = Parts(house, hub, attendance, gauges, *shared)
    app = web.Application(middlewares=[_watched, errors.told, _limited], client_max_size=BODY_AT_MOST)
    app[PARTS] = parts
    kinds = house.types.values()
    described: Callable[[], dict[str, Any]] = functools.cache(lambda: description.describe(all_routes(kinds)))
    app[description.DESCRIBED] = described
    house.stream.listen(gauges.hear)
    house.stream.listen(hub.hear)
    house.stream.listen(visits.hear)
    house.stream.listen(displays.hear)
    for found in all_routes(kinds):
        add(app, found)
    for bring in more:
        bring(app, house)
    app.cleanup_ctx.append(_running)
    app.on_shutdown.append(_drain)
    return app


def all_routes(kinds: Iterable[ChannelType] = ()) -> list[Route]:
    """Every route there is: for the description, and for the test of permissions. `kinds` are the channels."""
    return [*(found for module in RESOURCES for found in routes_of(module)), *hooks.fixed(kinds)]


@web.middleware
async def _watched(request: web.Request, handler: Any) -> web.StreamResponse:
    """Outermost: measures, hardens and logs every answer, refusals too."""
    parts, began = request.app[PARTS], time.perf_counter()
    with parts.doors.serving(request):
        answer: web.StreamResponse = await handler(request)
    took = time.perf_counter() - began
    resource = request.match_info.route.resource
    pattern = "unknown" if resource is None else resource.canonical
    if not isinstance(answer, web.WebSocketResponse):
        headers.harden(answer, house=parts.house)
        parts.gauges.requests.labels(request.method, pattern, answer.status).observe(took)
    actor = request.get(ACTOR)
    say = log.debug if pattern in _ASKED_ALL_THE_TIME else log.info
    say(
        "request",
        method=request.method,
        route=pattern,
        status=answer.status,
        ms=round(took * 1000, 1),
        actor=None if actor is None else f"{actor.kind.value} {actor.id}",
    )
    return answer


@web.middleware
async def _limited(request: web.Request, handler: Any) -> web.StreamResponse:
    parts = request.app[PARTS]
    settings = parts.house.settings
    client = peers.peer(request, trusted=settings.trusted_proxies)
    request[peers.CLIENT] = client
    limits.ask(parts.limiter, request, client=client, per_second=settings.requests_per_second)
    answer: web.StreamResponse = await handler(request)
    return answer


async def _running(app: web.Application) -> Any:
    parts = app[PARTS]
    tasks = [
        asyncio.create_task(parts.hub.run(), name="sockets"),
        asyncio.create_task(parts.visits.run(), name="visits"),
        asyncio.create_task(parts.attendance.run(), name="attendance"),
        asyncio.create_task(_sweep(parts.house), name="sweep"),
    ]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _drain(app: web.Application) -> None:
    await app[PARTS].hub.close()
    await app[PARTS].visits.close()
    await app[PARTS].shelf.close()
    await app[PARTS].rehearsals.close()


async def _sweep(house: Surroundings) -> None:
    while True:
        with suppress(Refusal):
            await house.desk.do(GATEWAY, sweep)
        await asyncio.sleep(SWEEP_EVERY)
