"""The end of a form: look at the answers once more, send them, get a number."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import web

from channels.contract import Wire
from channels.shared import submission
from channels.shared.json_body import Upload
from channels.shared.submission import Answer, Submission
from crm_core.model import mailbox, phone
from crm_core.model.errors import Refusal
from crm_core.model.service import Field, FieldKind, Service
from gateway.house import Door
from gateway.http.errors import Slower
from gateway.http.portal import questions, tokens, tongue
from gateway.http.portal.drafts import Draft, Sent
from gateway.http.portal.fill import draft_of, read_own_post, too_often
from gateway.http.portal.front import Front, Visit
from gateway.http.portal.path import path_of
from gateway.http.portal.questions import EMAIL, NAME, PHONE, Checker, Page
from gateway.http.portal.tokens import Mark
from gateway.http.portal.tongue import said

log = structlog.get_logger()

QUICKEST = timedelta(seconds=3)
"""Nobody reads a form, fills it in and checks it in less."""

HONEYPOT = "website"
"""A field that people do not see and programs fill in."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A form with its draft, on its way out; its pages hold only what is asked."""

    visit: Visit
    service: Service
    pages: list[Page]
    draft: Draft
    token: str


class Send:
    """Handlers of the last two pages."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def check(self, request: web.Request) -> web.Response:
        """All answers on one page, each with a way back to its question."""
        visit = self._front.visit(request)
        ready = await self._ready(visit)
        if isinstance(ready, web.Response):
            return ready
        unfinished = self._unfinished(ready)
        return unfinished or self._draw(ready)

    async def send(self, request: web.Request) -> web.Response:
        """Hand the form in, once, however often it is sent."""
        visit, slug = self._front.visit(request), request.match_info["slug"]
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response):
            return posted
        now = self._front.needs.clock()
        mark = tokens.read(self._front.keys, posted.fields.get("mark", ""), slug=slug, now=now)
        before = await self._sent_before(visit, mark)
        if before is not None:
            return _done(before.number)
        ready = await self._ready(visit)
        if isinstance(ready, web.Response):
            return ready
        unfinished = self._unfinished(ready)
        if unfinished is not None:
            return unfinished
        doubt = self._doubt(ready, mark, posted.fields.get(HONEYPOT, ""))
        if doubt:
            return self._draw(ready, notice=doubt)
        try:
            self._front.turnstile.send(self._front.peer(request), way=way_of(self._front, ready.draft))
            return await self._hand_in(ready)
        except Slower as why:
            return too_often(self._front, visit, why)

    async def done(self, request: web.Request) -> web.Response:
        """What was sent, to who sent it; for everybody else there is nothing here, whatever the number."""
        visit, front = self._front.visit(request), self._front
        number = request.match_info["number"]
        sent = await asyncio.to_thread(front.drafts.sent_as, visit.token, number=number) if visit.token else None
        if sent is None:
            return front.trouble(visit, "gone", status=404)
        service = front.service(sent.service)
        calendar = front.calendar(service)
        zone = calendar.zone if calendar else "UTC"
        due = tongue.day(sent.due_at, zone=zone, language=visit.language) if sent.due_at else None
        return front.page(
            visit,
            "done.html",
            keep=False,
            sent=sent,
            due=due,
            service=service,
            by_mail="@" in sent.way,
            confirm=front.confirms(sent.way, service=service),
        )

    async def _ready(self, visit: Visit) -> Ready | web.Response:
        slug = visit.request.match_info["slug"]
        service = self._front.service(slug)
        if service is None or self._front.door is None:
            return self._front.trouble(visit, "lost", status=404)
        draft = await draft_of(self._front, visit, slug=slug)
        if draft is None or visit.token is None:
            return self._front.trouble(visit, "gone", status=410, href=f"/s/{slug}/form/1")
        return Ready(visit, service, path_of(service, draft).pages, draft, visit.token)

    async def _sent_before(self, visit: Visit, mark: Mark | None) -> Sent | None:
        if mark is None or visit.token is None or not mark.submission:
            return None
        return await asyncio.to_thread(self._front.drafts.sent_as, visit.token, submission=mark.submission)

    def _unfinished(self, ready: Ready) -> web.Response | None:
        """The first page on which something is missing."""
        checker = Checker(ready.visit.words, ready.visit.language, self._front.country)
        files = {file.key for file in ready.draft.files}
        for number, page in enumerate(ready.pages, start=1):
            if checker.problems(page, answers=ready.draft.answers, files=files):
                href = f"/s/{ready.service.slug}/form/{number}?again=1"
                return web.Response(status=303, headers={"Location": href, "Cache-Control": "no-store"})
        return None

    def _doubt(self, ready: Ready, mark: Mark | None, trap: str) -> str:
        """Why this may not come from a person who read it; the page is shown again, nothing is lost."""
        words = ready.visit.words
        if mark is None or mark.submission != ready.draft.submission:
            return words.too_old
        if trap:
            return words.was_filled
        if self._front.needs.clock() - ready.draft.began_at < QUICKEST:
            return words.too_quick
        return ""

    async def _hand_in(self, ready: Ready) -> web.Response:
        front, now = self._front, self._front.needs.clock()
        number = await self._take(ready)
        if number is None:
            return front.trouble(ready.visit, "trouble", status=503, href=f"/s/{ready.service.slug}/check")
        due_at = front.promised(ready.service, at=now)
        answers = ready.draft.answers
        way = answers.get(EMAIL) or answers.get(PHONE, "")
        sent = Sent(number, ready.draft.submission, ready.service.slug, way, due_at)
        try:
            await asyncio.to_thread(front.drafts.sent, ready.token, ready.draft, sent=sent)
        except Refusal as why:  # the ticket stands; only this page's memory of it does not
            log.warning("draft not closed", why=why.why)
        return _done(number)

    async def _take(self, ready: Ready) -> str | None:
        """The ticket's number after the commit; None where the record could not take it now."""
        door = self._front.door
        if door is None:
            return None
        try:
            response = await self._front.needs.reception.take(door, await self._wire(ready, door))
        except Refusal as why:
            log.warning("form refused", kind=type(why).__name__)
            return None
        number = json.loads(response.body).get("number")
        return str(number) if number else None

    async def _wire(self, ready: Ready, door: Door) -> Wire:
        asked = {field.key for page in ready.pages for field in page.fields}
        kept = [file for file in ready.draft.files if file.key in asked]
        contents = await asyncio.to_thread(
            lambda: [self._front.drafts.content(ready.token, file.slot) for file in kept]
        )
        files = tuple(
            Upload(file.name, file.type, content)
            for file, content in zip(kept, contents, strict=True)
            if content is not None
        )
        settings, peer = self._front.needs.settings, self._front.peer(ready.visit.request)
        return Wire(
            body=submission.write(form_of(ready, files)),
            headers={"Content-Type": "application/json"},
            url=f"{settings.public_url}/s/{ready.service.slug}/check",
            arrived_at=self._front.needs.clock(),
            evidence={"peer": str(peer)} if peer else {},
        )

    def _draw(self, ready: Ready, *, notice: str = "") -> web.Response:
        slug = ready.service.slug
        mark = Mark(slug, ready.draft.submission, self._front.needs.clock())
        return self._front.page(
            ready.visit,
            "check.html",
            status=422 if notice else 200,
            keep=False,
            service=ready.service,
            rows=_rows(ready),
            back=f"/s/{slug}/form/{len(ready.pages)}",
            action=f"/s/{slug}/check",
            mark=tokens.sign(self._front.keys, mark),
            honeypot=HONEYPOT,
            notice=notice,
            problems={},
        )


def way_of(front: Front, draft: Draft) -> str:
    """Where the answer goes, as it is counted: the same mailbox and the same number are one."""
    mail = mailbox.mailbox(draft.answers.get(EMAIL, ""))
    if mail:
        return mail.casefold()
    number = draft.answers.get(PHONE, "")
    return phone.e164(number, country=front.country) or number


def _done(number: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/done/{number}", "Cache-Control": "no-store"})


def form_of(ready: Ready, files: tuple[Upload, ...]) -> Submission:
    """The form as the channel of forms reads it: questions and answers in the citizen's language."""
    answers = ready.draft.answers
    return Submission(
        id=ready.draft.submission,
        service=ready.service.id,
        subject=said(ready.service.name, ready.visit.language)[0],
        answers=tuple(
            _answer(field, ready)
            for page in ready.pages
            if not page.contact
            for field in page.fields
            if field.kind is not FieldKind.FILE and answers.get(field.key)
        ),
        name=answers.get(NAME, ""),
        email=answers.get(EMAIL) or None,
        phone=answers.get(PHONE) or None,
        language=ready.visit.language,
        files=files,
    )


def _answer(field: Field, ready: Ready) -> Answer:
    visit = ready.visit
    raw = ready.draft.answers[field.key]
    text, value = questions.shown_value(field, raw, words=visit.words, language=visit.language)
    return Answer(field.key, said(field.label, visit.language)[0], text, value)


def _rows(ready: Ready) -> list[dict[str, Any]]:
    """Questions and answers for the page that checks them."""
    visit, draft = ready.visit, ready.draft
    return [
        {
            "label": field.label,
            "text": questions.shown_value(
                field, draft.answers.get(field.key, ""), words=visit.words, language=visit.language
            )[0],
            "files": [file.name for file in draft.files if file.key == field.key],
            "href": f"/s/{ready.service.slug}/form/{number}?from=check#q-{field.key}",
        }
        for number, page in enumerate(ready.pages, start=1)
        for field in page.fields
    ]
