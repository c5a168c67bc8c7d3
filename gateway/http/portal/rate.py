"""How did we do? The page behind the link of a solved matter: five steps and, if they like, a few words.

Looking at it says nothing, because programs follow links before people do; only what is sent from the page counts.
It shows what they chose so far and never what they wrote: a mail may have been passed on. No cookie is set. A link
that takes no answer any more, or was never ours, is one answer.
"""

from typing import Any

from aiohttp import web

from crm_core.actions.feedback import give_feedback
from crm_core.model.errors import BadInput, Gone
from crm_core.model.feedback import BEST, LONGEST_COMMENT, WORST, Given
from crm_core.queries import feedback
from crm_core.queries.feedback import Asked
from crm_core.rules import feedback as rule
from gateway.house import GATEWAY
from gateway.http.errors import Slower
from gateway.http.portal import tongue
from gateway.http.portal.fill import read_own_post, too_often
from gateway.http.portal.front import Front, Visit

THANKS = "thanks"
_STEPS = tuple(range(BEST, WORST - 1, -1))


class Rate:
    """Handlers of the links by which people say how we did."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def show(self, request: web.Request) -> web.Response:
        """The question; `score` in the address only marks a step that was chosen in the mail."""
        visit = self._front.visit(request)
        try:
            self._front.turnstile.fill(self._front.peer(request))
        except Slower as why:
            return _quiet(too_often(self._front, visit, why))
        asked = await self._asked(visit)
        if asked is None:
            return _quiet(self._front.trouble(visit, "feedback_gone", status=404))
        wished = request.query.get("score", "")
        chosen = int(wished) if wished in {str(step) for step in _STEPS} else asked.feedback.score
        return self._page(
            visit, asked, chosen=chosen, thanks=THANKS in request.query and asked.feedback.score is not None
        )

    async def take(self, request: web.Request) -> web.Response:
        """What was chosen and written, once more where they think again."""
        visit = self._front.visit(request)
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response):
            return _quiet(posted)
        asked = await self._asked(visit)
        if asked is None:
            return _quiet(self._front.trouble(visit, "feedback_gone", status=404))
        score, comment = posted.fields.get("score", ""), posted.fields.get("comment", "").strip()
        if score not in {str(step) for step in _STEPS}:
            return self._page(visit, asked, chosen=None, problem=visit.words.feedback_choose, typed=comment)
        if len(comment) > LONGEST_COMMENT:
            problem = visit.words.feedback_long.format(most=LONGEST_COMMENT)
            return self._page(visit, asked, chosen=int(score), problem=problem, typed=comment)
        try:
            given = Given(int(score), comment or None)
            await self._front.needs.desk.do(GATEWAY, give_feedback, asked.feedback.id, given)
        except (Gone, BadInput):
            return _quiet(self._front.trouble(visit, "feedback_gone", status=404))
        return web.Response(status=303, headers={"Location": f"{request.path}?{THANKS}=1", "Cache-Control": "no-store"})

    async def _asked(self, visit: Visit) -> Asked | None:
        needs = self._front.needs
        id = rule.named(needs.keeper.house.keys, visit.request.match_info["token"])
        return None if id is None else await needs.desk.ask(GATEWAY, feedback.open_question, id)

    def _page(
        self,
        visit: Visit,
        asked: Asked,
        *,
        chosen: int | None,
        thanks: bool = False,
        problem: str = "",
        typed: str = "",
    ) -> web.Response:
        words = rule.words_in(visit.language)
        service = self._front.needs.keeper.house.services.get(asked.ticket.service)
        calendar = self._front.calendar(self._front.general)
        named: dict[str, Any] = {} if asked.ticket.confidential or service is None else service.name
        page = self._front.page(
            visit,
            "feedback.html",
            status=422 if problem else 200,
            keep=False,
            href=visit.request.path,
            question=words["question"],
            steps=[(step, words["steps"][step - 1]) for step in _STEPS],
            number=asked.ticket.number,
            service=named,
            chosen=chosen,
            thanks=thanks,
            problem=problem,
            typed=typed,
            most=LONGEST_COMMENT,
            until=tongue.day(asked.until, zone=calendar.zone if calendar else "UTC", language=visit.language),
        )
        return _quiet(page)


def _quiet(answer: web.Response) -> web.Response:
    """No engine keeps it; the address goes to no other site (`Referrer-Policy: same-origin`)."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
