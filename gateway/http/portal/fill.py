"""Filling in a form, a page at a time.

Each page is an address of its own: going back, another language and another day all
work, and nothing typed is lost because something was wrong.
"""

import asyncio
import secrets
from dataclasses import dataclass, replace

from aiohttp import web

from crm_core.model.errors import StoreFull
from crm_core.model.service import FieldKind, Service
from gateway.http import uploads, who
from gateway.http.errors import Slower
from gateway.http.portal import drawn, questions, tokens
from gateway.http.portal.drafts import Draft, DraftFile
from gateway.http.portal.front import Front, Visit
from gateway.http.portal.path import ASKED, Path, first_open, path_of, unseen
from gateway.http.portal.questions import Checker, Page
from gateway.http.portal.tokens import Mark
from gateway.http.uploads import Posted, RawFile, TooMuch


@dataclass(frozen=True, slots=True)
class At:
    """Where a visitor is: which page of which form."""

    visit: Visit
    service: Service
    path: Path
    number: int

    @property
    def page(self) -> Page:
        """The page with what is asked on it."""
        return self.path.pages[self.number - 1]

    @property
    def whole(self) -> Page:
        """The page with all that could be asked on it."""
        return self.path.whole[self.number - 1]

    @property
    def href(self) -> str:
        """Its address."""
        return self.page_at(self.number)

    @property
    def from_check(self) -> bool:
        """Whether one answer is changed on the way back to the page that checks them."""
        return self.visit.request.query.get("from") == "check"

    def page_at(self, number: int) -> str:
        """The address of another page."""
        return f"/s/{self.service.slug}/form/{number}"

    def after(self, draft: Draft | None, *, answers: dict[str, str] | None = None) -> "At":
        """The same place when this was answered."""
        return replace(self, path=path_of(self.service, draft, answers=answers))


class Fill:
    """Handlers of the pages of a form."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def start(self, request: web.Request) -> web.Response:
        """`/s/…/form` is its first page."""
        raise web.HTTPSeeOther(f"/s/{request.match_info['slug']}/form/1")

    async def show(self, request: web.Request) -> web.Response:
        """A page with what was answered before; with `?again` also what is wrong with it."""
        visit = self._front.visit(request)
        at = self._at(visit)
        if at is None:
            return self._front.trouble(visit, "lost", status=404)
        draft = await draft_of(self._front, visit, slug=at.service.slug)
        if draft is None and at.number > 1:
            raise web.HTTPSeeOther(f"/s/{at.service.slug}/form/1")
        at = at.after(draft)
        if not at.page.fields:
            raise web.HTTPSeeOther(at.page_at(at.path.after(at.number) or len(at.path.pages)))
        problems = self._problems(at, draft) if draft and "again" in request.query else {}
        return self._draw(at, draft, answers=draft.answers if draft else {}, problems=problems)

    async def take(self, request: web.Request) -> web.Response:
        """Keep what was typed on a page; go on where it is right, show it again where it is not."""
        visit = self._front.visit(request)
        at = self._at(visit)
        if at is None:
            return self._front.trouble(visit, "lost", status=404)
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response):
            return posted
        typed = questions.read_answers(at.whole, posted.fields)
        draft = await draft_of(self._front, visit, slug=at.service.slug)
        if "forget" in posted.fields:
            return await self._forget(at, draft)
        mark = tokens.read(
            self._front.keys, posted.fields.get("mark", ""), slug=at.service.slug, now=self._front.needs.clock()
        )
        if mark is None:
            answers = (draft.answers if draft else {}) | typed
            at = at.after(draft, answers=answers)
            return self._draw(at, draft, answers=answers, problems={}, notice=visit.words.too_old)
        token = visit.token or self._front.drafts.new_token()
        draft = draft or Draft(at.service.slug, secrets.token_urlsafe(18), mark.drawn_at)
        try:
            answered = replace(draft, answers=draft.answers | typed)
            response = await self._keep(at.after(draft), answered, posted, token=token)
        except StoreFull:
            response = self._front.trouble(visit, "full", status=507, href=visit.request.path)
        self._front.remember(response, token)
        return response

    async def _forget(self, at: At, draft: Draft | None) -> web.Response:
        """On a computer that others use, people take their answers with them."""
        if draft is not None and at.visit.token is not None:
            await asyncio.to_thread(self._front.drafts.forget, at.visit.token, draft)
        return _see(f"/s/{at.service.slug}")

    async def _keep(self, at: At, draft: Draft, posted: Posted, *, token: str) -> web.Response:
        drafts = self._front.drafts
        if "remove" in posted.fields:
            draft = await asyncio.to_thread(drafts.forget_file, token, draft, slot=posted.fields["remove"][:60])
        draft, wrong = await self._add_files(at, draft, posted.files, token=token)
        known, at = at.path.keys, at.after(draft)
        draft = await self._only_asked(at, draft, token=token)
        await asyncio.to_thread(drafts.keep, token, draft)
        if "remove" in posted.fields:
            return _see(at.href)
        unasked = unseen(at.page, asked=posted.fields.get(ASKED), draft=draft)
        problems = self._problems(at, draft) | wrong
        if problems.keys() - unasked:
            shown = {key: why for key, why in problems.items() if key not in unasked}
            return self._draw(at, draft, answers=draft.answers, problems=shown)
        if unasked:
            return _see(_more(at, at.number, unasked[0]))
        return _see(self._onward(at, draft, known=known))

    async def _only_asked(self, at: At, draft: Draft, *, token: str) -> Draft:
        """Without the answers and files of what is not asked any more."""
        asked = at.path.keys
        for file in draft.files:
            if file.key not in asked:
                draft = await asyncio.to_thread(self._front.drafts.forget_file, token, draft, slot=file.slot)
        return replace(draft, answers={key: text for key, text in draft.answers.items() if key in asked})

    def _onward(self, at: At, draft: Draft, *, known: set[str]) -> str:
        """The next page; from the check back to it, by way of what a changed answer brought up."""
        check = f"/s/{at.service.slug}/check"
        if at.from_check:
            later = list(enumerate(at.path.pages, start=1))[at.number :]
            found = first_open(later, draft=draft, known=known)
            return _more(at, *found) if found else check
        number = at.path.after(at.number)
        return at.page_at(number) if number else check

    async def _add_files(
        self, at: At, draft: Draft, files: tuple[RawFile, ...], *, token: str
    ) -> tuple[Draft, dict[str, str]]:
        """The draft with the files that can be taken; and by question, what is wrong with the others."""
        keys = {field.key for field in at.whole.fields if field.kind is FieldKind.FILE}
        wrong: dict[str, str] = {}
        for file in files:
            if file.key not in keys:
                continue
            accepted = _look_at(file, draft, visit=at.visit)
            if isinstance(accepted, str):
                wrong[file.key] = accepted
                continue
            try:
                draft = await asyncio.to_thread(
                    self._front.drafts.add_file, token, draft, file=accepted, content=file.content or b""
                )
            except StoreFull:
                wrong[file.key] = at.visit.words.file_full
        return draft, wrong

    def _at(self, visit: Visit) -> At | None:
        match = visit.request.match_info
        service = self._front.service(match["slug"])
        if service is None or self._front.door is None:
            return None
        path, number = path_of(service, None), int(match["page"])
        return At(visit, service, path, number) if 1 <= number <= len(path.whole) else None

    def _problems(self, at: At, draft: Draft | None) -> dict[str, str]:
        checker = Checker(at.visit.words, at.visit.language, self._front.country)
        files = {file.key for file in draft.files} if draft else set()
        return checker.problems(at.page, answers=draft.answers if draft else {}, files=files)

    def _draw(
        self, at: At, draft: Draft | None, *, answers: dict[str, str], problems: dict[str, str], notice: str = ""
    ) -> web.Response:
        mark = Mark(at.service.slug, "", self._front.needs.clock())
        words = at.visit.words
        return self._front.page(
            at.visit,
            "form.html",
            status=422 if (problems or notice) and at.visit.request.method == "POST" else 200,
            keep=False,
            service=at.service,
            page=at.page,
            number=at.path.place(at.number),
            pages=at.path.count,
            back=self._back(at),
            action=f"{at.href}?from=check" if at.from_check else at.href,
            mark=tokens.sign(self._front.keys, mark),
            asked=" ".join(field.key for field in at.page.fields),
            questions=[
                drawn.question(field, answers, draft, visit=at.visit)
                | drawn.because(field, draft, path=at.path, number=at.number, fresh="more" in at.visit.request.query)
                for field in at.path.drawn(at.number)
            ],
            problems=problems,
            notice=notice,
            accepted=uploads.ACCEPTED,
            file_help=words.file_help.format(count=uploads.MOST_FILES, size=uploads.LARGEST_FILE // uploads.MEGA),
        )

    def _back(self, at: At) -> str:
        before = at.path.before(at.number)
        if at.from_check:
            return f"/s/{at.service.slug}/check"
        if before:
            return at.page_at(before)
        return "/" if at.service == self._front.general else f"/s/{at.service.slug}"


async def draft_of(front: Front, visit: Visit, *, slug: str) -> Draft | None:
    """The visitor's own draft of this form."""
    if visit.token is None:
        return None
    return await asyncio.to_thread(front.drafts.draft, visit.token, slug=slug)


async def read_own_post(front: Front, visit: Visit) -> Posted | web.Response:
    """What was posted, or the page that says why it was not read: from another site, too often, too much."""
    request = visit.request
    if not who.is_own_origin(request, front.needs.settings):
        return front.trouble(visit, "foreign", status=403, href=request.path)
    try:
        front.turnstile.fill(front.peer(request))
        return await uploads.read_post(request)
    except Slower as why:
        return too_often(front, visit, why)
    except TooMuch:
        return front.trouble(visit, "heavy", status=413, href=request.path)


def too_often(front: Front, visit: Visit, why: Slower) -> web.Response:
    """429, with when to come back."""
    minutes = max(1, -(-why.retry_after // 60))
    response = front.trouble(visit, "often", status=429, href=visit.request.path, minutes=minutes)
    response.headers["Retry-After"] = str(why.retry_after)
    return response


def _see(href: str) -> web.Response:
    """Go on there with GET, so that reloading sends nothing again."""
    return web.Response(status=303, headers={"Location": href, "Cache-Control": "no-store"})


def _more(at: At, number: int, key: str) -> str:
    """The page that asks what an answer brought up, at that question: a screen reader goes on there."""
    query = "from=check&more=1" if at.from_check else "more=1"
    return f"{at.page_at(number)}?{query}#q-{key}"


def _look_at(file: RawFile, draft: Draft, *, visit: Visit) -> DraftFile | str:
    """The file as it is kept, or what is wrong with it."""
    words, size = visit.words, uploads.LARGEST_FILE // uploads.MEGA
    if len(draft.files) >= uploads.MOST_FILES:
        return words.file_many.format(count=uploads.MOST_FILES)
    if file.content is None:
        return words.file_big.format(name=file.name, size=size)
    if not file.content:
        return words.file_empty.format(name=file.name)
    if sum(known.size for known in draft.files) + len(file.content) > uploads.LARGEST_TOGETHER:
        return words.files_big.format(size=uploads.LARGEST_TOGETHER // uploads.MEGA)
    found = uploads.recognise(file.name, file.content)
    if found is None:
        return words.file_kind.format(name=file.name)
    type, name = found
    return DraftFile(secrets.token_hex(8), file.key, name, type, len(file.content))
