"""Finding the service: the first page, search, the list of all, and what a service is."""

from typing import Any

from aiohttp import web

from crm_core.model.service import FieldKind
from gateway.http.portal import find, known, look, tokens, told
from gateway.http.portal.front import MOST_USED, Front, Visit
from gateway.http.portal.questions import pages_of
from gateway.http.portal.tokens import Mark
from gateway.http.portal.tongue import said

MOST_ANSWERS = 5
"""Answers that a search shows below the services."""

_FOR_EVER = "public, max-age=31536000, immutable"


class Browse:
    """Handlers that only read."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def home(self, request: web.Request) -> web.Response:
        """One question. With `?q=` the results take the place of what stands below it."""
        visit, front = self._front.visit(request), self._front
        query = " ".join(request.query.get("q", "")[: find.LONGEST_QUERY].split())
        if query:
            return await self._results(visit, query)
        used = await front.used_most()
        return front.page(
            visit,
            "home.html",
            query="",
            count=len(front.services),
            used=bool(used),
            services=self._rows(visit, used or front.services[:MOST_USED]),
            opening=front.opening(visit),
            ways=front.ways(None),
            ask=self._ask(visit),
            notices=known.notices(front, visit),
            events=known.life_events(front),
        )

    async def all(self, request: web.Request) -> web.Response:
        """Every service, A to Z."""
        visit = self._front.visit(request)
        front = self._front
        groups = [(event, self._rows(visit, services)) for event, services in known.by_life_event(front)]
        services = self._rows(visit, front.by_name(visit.language))
        return front.page(visit, "all.html", services=services, groups=groups)

    async def service(self, request: web.Request) -> web.Response:
        """What a service is, what it costs, how long it takes, and where it starts."""
        visit, front = self._front.visit(request), self._front
        service = front.service(request.match_info["slug"])
        if service is None:
            return front.trouble(visit, "lost", status=404)
        facts = {name: texts for name, texts in service.facts.items() if any(texts.values())}
        ready = said(facts.get("ready", {}), visit.language)[0].splitlines()
        return front.page(
            visit,
            "service.html",
            service=service,
            facts=[(label, facts[name]) for name, label in _facts(visit) if name in facts],
            ready=[line for line in ready if line.strip()],
            open=front.door is not None,
            ways=front.ways(service),
            opening=front.opening(visit),
            hours=known.hours(front, service, visit=visit),
            notices=known.notices(front, visit, service=service),
            answers=await told.about(front, visit, service=service),
        )

    async def ask(self, request: web.Request) -> web.Response:
        """One's own words are the first page of the general service's form."""
        general = self._front.general
        if general is None:
            return self._front.trouble(self._front.visit(request), "lost", status=404)
        raise web.HTTPSeeOther(f"/s/{general.slug}/form/1")

    async def static(self, request: web.Request) -> web.Response:
        """Style, script and crest; their addresses carry their version."""
        name = request.match_info["name"]
        if name not in look.STATIC:
            raise web.HTTPNotFound
        content, version = look.static(name)
        response = web.Response(body=content, content_type=look.STATIC[name], charset="utf-8")
        response.headers["Cache-Control"] = _FOR_EVER if request.query.get("v") == version else "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    async def _results(self, visit: Visit, query: str) -> web.Response:
        services = {one.id: one for one in self._front.services}
        found = find.search(services, index=self._front.needs.keeper.house.index, query=query)
        answers = await told.about(self._front, visit, words=query)
        words, count = visit.words, len(found.services)
        heading = words.found_one if count == 1 else words.found_many.format(count=count)
        if found.near or not count:
            heading = words.found_none if count else words.found_answers if answers else words.found_nothing
        return self._front.page(
            visit,
            "results.html" if visit.request.query.get("part") else "search.html",
            query=query,
            heading=heading,
            services=self._rows(visit, found.services, terms=found.terms),
            answers=answers[:MOST_ANSWERS],
            ask=self._ask(visit),
        )

    def _rows(self, visit: Visit, services: Any, *, terms: Any = ()) -> list[dict[str, Any]]:
        """Services as rows of a list: name (cut where the search found it), what for, price."""
        rows = []
        for service in services:
            name, tongue = said(service.name, visit.language)
            rows.append(
                {
                    "slug": service.slug,
                    "icon": self._front.icon(service),
                    "pieces": find.marked(name, terms=terms),
                    "tongue": tongue,
                    "about": service.about,
                    "cost": service.facts.get("cost", {}) if terms else {},
                }
            )
        return rows

    def _ask(self, visit: Visit) -> dict[str, Any] | None:
        """The box for one's own words: where it goes, and how soon a person answers."""
        general = self._front.general
        if general is None:
            return None
        first = pages_of(general)[0].fields[0]
        mark = Mark(general.slug, "", self._front.needs.clock())
        answer = said(general.facts.get("answer", {}), visit.language)[0]
        return {
            "slug": general.slug,
            "field": first if first.kind is FieldKind.LONG else None,
            "mark": tokens.sign(self._front.keys, mark),
            "promise": visit.words.ask_answered.format(answer=answer) if answer else visit.words.ask_answered_plain,
        }


def _facts(visit: Visit) -> list[tuple[str, str]]:
    words = visit.words
    return [("cost", words.cost), ("form", words.form_takes), ("answer", words.answer_in), ("result", words.done_in)]
