"""For whoever watches over the house: alive, ready, and figures."""

from aiohttp import web

from crm_core.model.errors import NotFound, Refusal
from crm_core.model.view import Json
from crm_core.queries import acknowledging, checks, health, sources
from gateway.house import GATEWAY
from gateway.http import errors, peers
from gateway.http.routes import Access, Ask, route

METRICS = "text/plain; version=0.0.4; charset=utf-8"


@route("GET", "/healthz", access=Access.ANYONE)
async def alive(_ask: Ask) -> Json:
    """The process answers."""
    return {"status": "ok"}


@route("GET", "/readyz", access=Access.ANYONE)
async def ready(ask: Ask) -> web.Response | Json:
    """200 only when every listener is open, the schema is current and the record can be read."""
    waiting = sorted(ask.house.waiting_for)
    try:
        await ask.house.desk.ask(GATEWAY, health.figures)
    except Refusal:
        waiting.append("record")
    if waiting:
        answer = errors.problem(503, detail=f"Not ready yet: {', '.join(waiting)}.", waiting_for=waiting)
        answer.headers["Retry-After"] = "1"
        return answer
    return {"status": "ready"}


@route("GET", "/metrics", access=Access.ANYONE, produces=METRICS)
async def metrics(ask: Ask) -> web.Response:
    """For Prometheus, from this machine and its private networks only."""
    if peers.is_forwarded(ask.request) or not peers.is_near(ask.request.get(peers.CLIENT)):
        raise NotFound
    gauges, house = ask.parts.gauges, ask.house
    figures = await house.desk.ask(GATEWAY, health.figures)
    gauges.waiting.clear()
    for queue in house.keeper.setup.queues:
        gauges.waiting.labels(queue.slug).set(figures.work.get(queue.id, 0))
    for state in ("queued", "no_relay", "sending"):
        gauges.unsent.labels(state).set(figures.unsent.get(state, 0))
    gauges.lag.set(max(0, figures.position - house.stream.position) + figures.unnumbered)
    gauges.unindexed.set(figures.unindexed)
    gauges.quarantined.set(figures.quarantined)
    scanner = await house.desk.ask(GATEWAY, checks.figures)
    gauges.unchecked.set(scanner.waiting)
    gauges.scanner_away.set(house.settings.clamd is not None and scanner.health.since is not None)
    gauges.sockets.set(len(ask.parts.hub))
    for inbox, source in (await house.desk.ask(GATEWAY, sources.all_of_them)).items():
        gauges.heard.labels(inbox).set(source.heard_at.timestamp() if source.heard_at else 0)
        gauges.troubled.labels(inbox).set(source.trouble is not None)
    for inbox, counter in (await house.desk.ask(GATEWAY, acknowledging.counted)).items():
        gauges.paused.labels(inbox).set(counter.until is not None and counter.until > house.clock())
    return web.Response(body=gauges.text(), headers={"Content-Type": METRICS})
