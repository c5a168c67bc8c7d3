"""A form in somebody else's page: all questions on one page, in a frame, for the sites that an admin named.

It keeps nothing in the browser: a frame on another site gets no cookies. What was typed
comes back with the page that says what is wrong, and the number stands on the page that
answers the last one. Which sites may show it, the browser is told and holds them to.
"""

import json
import secrets

import structlog
from aiohttp import web

from channels.contract import Wire
from channels.shared import submission
from channels.shared.json_body import Upload
from crm_core.model.errors import Refusal
from crm_core.model.service import FieldKind, Service
from gateway.http import uploads
from gateway.http.errors import Slower
from gateway.http.portal import drawn, look, questions, tokens, tongue
from gateway.http.portal.drafts import Draft
from gateway.http.portal.fill import read_own_post, too_often
from gateway.http.portal.front import Front, Visit
from gateway.http.portal.path import ASKED, Path, path_of, unseen
from gateway.http.portal.questions import EMAIL, PHONE, Checker, Page
from gateway.http.portal.send import HONEYPOT, QUICKEST, Ready, form_of, way_of
from gateway.http.portal.tokens import Mark
from gateway.http.uploads import Posted

log = structlog.get_logger()

SCRIPT = "embed.js"


class Embed:
    """Handlers of the form in a frame."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def script(self, _request: web.Request) -> web.Response:
        """The one line's script: it puts the frame where it stands, and gives it the height of its form."""
        content, _ = look.static(SCRIPT)
        response = web.Response(body=content, content_type="text/javascript", charset="utf-8")
        response.headers["Cache-Control"] = "public, max-age=300"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    async def show(self, request: web.Request) -> web.Response:
        """The whole form on one page."""
        visit, service = self._front.visit(request), self._service(request)
        if service is None:
            return self._framed(self._front.trouble(visit, "lost", status=404))
        return self._draw(visit, service, answers={}, problems={})

    async def take(self, request: web.Request) -> web.Response:
        """What was filled in: handed in where it is right, shown again with what is wrong where it is not."""
        visit, service = self._front.visit(request), self._service(request)
        if service is None:
            return self._framed(self._front.trouble(visit, "lost", status=404))
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response):
            return self._framed(posted)
        answers = questions.read_answers(_whole(service), posted.fields)
        at = _path(service, answers)
        files, refused = uploads.accepted(posted.files)
        problems = dict(refused) | self._problems(at.pages[0], visit, answers=answers, posted=posted)
        draft = Draft(service.slug, "", self._front.needs.clock(), answers=_asked_only(at, answers))
        fresh = unseen(at.pages[0], asked=posted.fields.get(ASKED), draft=draft)
        shown = {key: why for key, why in problems.items() if key not in fresh}
        doubt = "" if shown or fresh else self._doubt(visit, service, posted)
        if shown or fresh or doubt:
            return self._draw(visit, service, answers=answers, problems=shown, notice=doubt)
        try:
            self._front.turnstile.send(self._front.peer(request), way=way_of(self._front, draft))
        except Slower as why:
            return self._framed(too_often(self._front, visit, why))
        return await self._hand_in(visit, service, draft, posted=posted, files=files)

    async def _hand_in(
        self, visit: Visit, service: Service, draft: Draft, *, posted: Posted, files: tuple[Upload, ...]
    ) -> web.Response:
        front, now = self._front, self._front.needs.clock()
        mark = tokens.read(front.keys, posted.fields.get("mark", ""), slug=service.slug, now=now)
        door = front.door
        if mark is None or door is None:
            return self._framed(front.trouble(visit, "trouble", status=503, href=f"/e/{service.slug}"))
        sending = Draft(service.slug, mark.submission, now, answers=draft.answers)
        ready = Ready(visit, service, path_of(service, sending).pages, sending, "")
        peer = front.peer(visit.request)
        wire = Wire(
            body=submission.write(form_of(ready, files)),
            headers={"Content-Type": "application/json"},
            url=f"{front.needs.settings.public_url}/e/{service.slug}",
            arrived_at=now,
            evidence={"peer": str(peer)} if peer else {},
        )
        try:
            response = await front.needs.reception.take(door, wire)
        except Refusal as why:
            log.warning("form refused", kind=type(why).__name__)
            return self._framed(front.trouble(visit, "trouble", status=503, href=f"/e/{service.slug}"))
        number = json.loads(response.body).get("number")
        return self._done(visit, service, number=str(number or ""), way=_shown_way(draft))

    def _done(self, visit: Visit, service: Service, *, number: str, way: str) -> web.Response:
        front = self._front
        due_at = front.promised(service, at=front.needs.clock())
        calendar = front.calendar(service)
        due = tongue.day(due_at, zone=calendar.zone, language=visit.language) if due_at and calendar else None
        page = front.page(
            visit,
            "embed_done.html",
            keep=False,
            number=number,
            way=way,
            due=due,
            by_mail="@" in way,
            confirm=front.confirms(way, service=service),
        )
        return self._framed(page)

    def _draw(
        self,
        visit: Visit,
        service: Service,
        *,
        answers: dict[str, str],
        problems: dict[str, str],
        notice: str = "",
    ) -> web.Response:
        at, words = _path(service, answers), visit.words
        mark = Mark(service.slug, secrets.token_urlsafe(18), self._front.needs.clock())
        response = self._front.page(
            visit,
            "embed.html",
            status=422 if problems or notice else 200,
            keep=False,
            service=service,
            action=f"/e/{service.slug}?lang={visit.language}",
            mark=tokens.sign(self._front.keys, mark),
            honeypot=HONEYPOT,
            asked=" ".join(field.key for field in at.pages[0].fields),
            questions=[
                drawn.question(field, answers, None, visit=visit)
                | drawn.because(field, None, path=at, number=1, fresh=False)
                for field in at.drawn(1)
            ],
            problems=problems,
            notice=notice,
            accepted=uploads.ACCEPTED,
            file_help=words.file_help.format(count=uploads.MOST_FILES, size=uploads.LARGEST_FILE // uploads.MEGA),
        )
        return self._framed(response)

    def _problems(self, page: Page, visit: Visit, *, answers: dict[str, str], posted: Posted) -> dict[str, str]:
        checker = Checker(visit.words, visit.language, self._front.country)
        found = checker.problems(page, answers=answers, files={file.key for file in posted.files if file.content})
        if not found and not (answers.get(EMAIL) or answers.get(PHONE)):
            found[EMAIL] = visit.words.need_way
        return found

    def _doubt(self, visit: Visit, service: Service, posted: Posted) -> str:
        """Why this may not come from a person who read it."""
        now = self._front.needs.clock()
        mark = tokens.read(self._front.keys, posted.fields.get("mark", ""), slug=service.slug, now=now)
        if mark is None:
            return visit.words.too_old
        if posted.fields.get(HONEYPOT):
            return visit.words.was_filled
        return visit.words.too_quick if now - mark.drawn_at < QUICKEST else ""

    def _service(self, request: web.Request) -> Service | None:
        return self._front.service(request.match_info["slug"]) if self._front.door else None

    def _framed(self, response: web.Response) -> web.Response:
        """The browser shows it in a frame of the sites that were named, and in nobody else's."""
        door = self._front.door
        origins = door.inbox.forms.origins if door else ()
        response.headers["Content-Security-Policy"] = look.policy(" ".join(origins) or "'none'")
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin" if origins else "same-origin"
        return response


def _whole(service: Service) -> Page:
    return Page(tuple(field for page in questions.pages_of(service) for field in page.fields))


def _path(service: Service, answers: dict[str, str]) -> Path:
    """The form as one page: all of it, and what of it is asked after these answers."""
    whole = _whole(service)
    return Path([whole], questions.asked_pages([whole], answers=answers))


def _asked_only(at: Path, answers: dict[str, str]) -> dict[str, str]:
    keys = {field.key for field in at.pages[0].fields if field.kind is not FieldKind.FILE}
    return {key: text for key, text in answers.items() if key in keys}


def _shown_way(draft: Draft) -> str:
    return draft.answers.get(EMAIL) or draft.answers.get(PHONE, "")
