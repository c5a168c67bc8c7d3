"""What we know about a service, for everybody to read: the same answers that agents give, from the same record."""

import structlog
from aiohttp import web

from crm_core.actions.answers import rate_answer
from crm_core.model.errors import Refusal
from crm_core.model.service import Service
from crm_core.queries import answers
from crm_core.queries.answers import Paper
from gateway.house import GATEWAY
from gateway.http.portal import tokens
from gateway.http.portal.fill import read_own_post
from gateway.http.portal.front import Front, Visit
from gateway.http.portal.tokens import Mark

log = structlog.get_logger()

RATED = "rated"
"""A cookie of this page alone: whoever said whether it helped is not asked again, nor counted twice."""

_REMEMBERED = 30 * 24 * 3600


class Told:
    """One page for each public answer, and whether it helped."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def show(self, request: web.Request) -> web.Response:
        """An answer, as it is told at every door."""
        visit = self._front.visit(request)
        found = await self._found(visit)
        if found is None:
            return self._front.trouble(visit, "lost", status=404)
        service = found.service
        if service.slug != request.match_info["slug"]:
            raise web.HTTPPermanentRedirect(_href(found))
        mark = Mark(service.slug, "", self._front.needs.clock())
        return self._front.page(
            visit,
            "answer.html",
            service=service,
            answer=found,
            paragraphs=[part for part in found.text.split("\n\n") if part.strip()],
            more=[one for one in await about(self._front, visit, service=service) if one.answer.id != found.answer.id],
            href=_href(found),
            mark=tokens.sign(self._front.keys, mark),
            rated=RATED in request.cookies,
            open=self._front.door is not None,
        )

    async def rate(self, request: web.Request) -> web.Response:
        """Yes or no, once from each browser."""
        visit = self._front.visit(request)
        found = await self._found(visit)
        if found is None:
            return self._front.trouble(visit, "lost", status=404)
        seen = web.Response(status=303, headers={"Location": _href(found), "Cache-Control": "no-store"})
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response) or RATED in request.cookies:
            return posted if isinstance(posted, web.Response) else seen
        helpful, now = posted.fields.get("helpful", ""), self._front.needs.clock()
        drawn = tokens.read(self._front.keys, posted.fields.get("mark", ""), slug=found.service.slug, now=now)
        if drawn is not None and helpful in ("yes", "no"):
            await self._count(found, helpful)
            self._remember(seen, found)
        return seen

    async def _count(self, found: Paper, helpful: str) -> None:
        """A reader never waits for this, nor hears that it failed."""
        try:
            await self._front.needs.desk.do(GATEWAY, rate_answer, found.answer.id, helpful=helpful)
        except Refusal as why:
            log.warning("rating not counted", why=why.why)

    async def _found(self, visit: Visit) -> Paper | None:
        slug = visit.request.match_info["answer"]
        url = self._front.needs.settings.public_url
        return await self._front.needs.desk.ask(GATEWAY, answers.on_page, slug, language=visit.language, public_url=url)

    def _remember(self, response: web.StreamResponse, found: Paper) -> None:
        secure = self._front.needs.settings.public_url.startswith("https://")
        response.set_cookie(
            RATED, "1", max_age=_REMEMBERED, path=_href(found), httponly=True, samesite="Lax", secure=secure
        )


async def about(front: Front, visit: Visit, *, service: Service | None = None, words: str = "") -> list[Paper]:
    """The public answers of a service, or those that have these words."""
    id = None if service is None else service.id
    url = front.needs.settings.public_url
    return await front.needs.desk.ask(
        GATEWAY, answers.pages_about, language=visit.language, public_url=url, service=id, words=words
    )


def _href(found: Paper) -> str:
    return f"/s/{found.service.slug}/answers/{found.answer.slug}"
