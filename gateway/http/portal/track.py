"""Citizens follow their own request: by number and a code, or by a link that we sent.

Nothing here tells whether a number exists or an address belongs to it: the page that
asks for the code comes at once, and the record is asked after it was sent; a decoy is
noted where nothing fits, and is judged like any other. A link's token leaves the address
before anything is shown, and is used up by a button, not by whoever previews links.
"""

import asyncio
import secrets
from typing import Any

import structlog
from aiohttp import web

from crm_core.actions import intake, tracking
from crm_core.actions.tracking import Asked
from crm_core.model import mailbox, phone
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.errors import Refusal
from crm_core.model.ids import ProofId, fresh
from crm_core.model.message import Direction, Inbound
from crm_core.model.ticket import Status
from crm_core.queries import story
from crm_core.queries.story import Story
from crm_core.rules import numbers, proving, signs
from gateway.house import GATEWAY, Door
from gateway.http.errors import Slower
from gateway.http.portal import tokens, tongue
from gateway.http.portal.fill import read_own_post, too_often
from gateway.http.portal.front import Front, Visit
from gateway.http.portal.tokens import Mark
from gateway.http.who import digest

log = structlog.get_logger()

ASKED, LINK, SEEN = "asked", "link", "visit"
"""Cookies: the question whose code is awaited, the link that was opened, and what opens the request."""

MOST_AT_ONCE = 200
"""Questions that are being noted; beyond that the page says to come back."""

_MARK = "track"
_SAID_AT_MOST = 4000


class Track:
    """Handlers of the pages about one's own request."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._noting: set[asyncio.Task[None]] = set()

    async def ask(self, request: web.Request) -> web.Response:
        """Which request, and where its code shall go. The code on a slip names the number: that alone shows nothing."""
        number = numbers.read_number(request.query.get("number", "")[:40]) or ""
        return self._draw_question(self._front.visit(request), typed={"number": number, "way": ""})

    async def send(self, request: web.Request) -> web.Response:
        """On to the code, at once and whatever was asked; the question is noted behind it."""
        visit = self._front.visit(request)
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response):
            return posted
        typed = {key: posted.fields.get(key, "")[:200] for key in ("number", "way")}
        number, address = numbers.read_number(typed["number"]), self._address(typed["way"])
        problems = self._problems(visit, number, address)
        if problems or number is None or address is None:
            return self._draw_question(visit, typed=typed, problems=problems)
        try:
            self._front.turnstile.send(self._front.peer(request), way=f"track {address}")
        except Slower as why:
            return too_often(self._front, visit, why)
        id = fresh(ProofId, at=self._front.needs.clock())
        if len(self._noting) < MOST_AT_ONCE:
            self._note(id, Asked(number, address))
        response = _see("/track/code")
        self._remember(response, ASKED, id, minutes=15)
        return response

    async def code(self, request: web.Request) -> web.Response:
        """Where the code is typed in."""
        return self._draw_code(self._front.visit(request))

    async def answer(self, request: web.Request) -> web.Response:
        """The code; wrong, run out, used and never sent are one answer."""
        visit = self._front.visit(request)
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response):
            return posted
        id = proving.named_by(request.cookies.get(ASKED, ""))
        response = await self._opened(id, posted.fields.get("code", "")[:40])
        return response or self._draw_code(visit, wrong=True)

    async def link(self, request: web.Request) -> web.Response:
        """The token leaves the address; nothing is used up yet."""
        response = _see("/r")
        self._remember(response, LINK, request.match_info["token"], minutes=15)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def link_page(self, request: web.Request) -> web.Response:
        """A button to go on: programs that look at links press none."""
        return self._front.page(self._front.visit(request), "link.html", keep=False)

    async def open_link(self, request: web.Request) -> web.Response:
        """The link is used up, and opens the request."""
        visit = self._front.visit(request)
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response):
            return posted
        token = request.cookies.get(LINK, "")[:200]
        response = await self._opened(proving.named_by(token), token)
        if response is None:
            return self._front.trouble(visit, "link_wrong", status=410, href="/track")
        response.del_cookie(LINK, path="/")
        return response

    async def show(self, request: web.Request) -> web.Response:
        """One's own words, our answers, what comes next; nothing of anybody else."""
        visit = self._front.visit(request)
        found = await self._story(request)
        return _see("/track") if found is None else self._draw(visit, found)

    async def say(self, request: web.Request) -> web.Response:
        """Another message, into the same request by the ordinary way in."""
        visit = self._front.visit(request)
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response):
            return posted
        found, door = await self._story(request), self._front.door
        if found is None or door is None:
            return _see("/track")
        now = self._front.needs.clock()
        mark = tokens.read(self._front.keys, posted.fields.get("mark", ""), slug=_MARK, now=now)
        words = posted.fields.get("text", "").replace("\0", "").strip()[:8000]
        if mark is None or not words:
            return self._draw(visit, found, problem=visit.words.write_empty, status=422)
        try:
            self._front.turnstile.send(self._front.peer(request), way=f"says {found.address}")
            await self._receive(found, door, words, mark=mark, language=visit.language)
        except Slower as why:
            return too_often(self._front, visit, why)
        except Refusal as why:
            log.warning("a citizen's words were not taken", kind=type(why).__name__)
            return self._front.trouble(visit, "trouble", status=503, href="/track/request")
        return _see("/track/request")

    async def leave(self, request: web.Request) -> web.Response:
        """This browser forgets, and so do we."""
        visit = self._front.visit(request)
        posted = await read_own_post(self._front, visit)
        if isinstance(posted, web.Response):
            return posted
        secret = request.cookies.get(SEEN, "")
        if secret:
            await self._front.needs.desk.do(GATEWAY, tracking.close_visit, digest(secret))
        response = _see("/track")
        response.del_cookie(SEEN, path="/")
        return response

    # ------------------------------------------------------------ parts

    def _note(self, id: ProofId, asked: Asked) -> None:
        task = asyncio.create_task(self._noted(id, asked), name="track")
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _noted(self, id: ProofId, asked: Asked) -> None:
        house = self._front.needs.keeper.house
        try:
            await self._front.needs.desk.do(GATEWAY, tracking.ask_to_track, id, asked, house=house)
        except Refusal as why:
            log.warning("a question about a request was not noted", kind=type(why).__name__)

    async def _opened(self, id: ProofId | None, given: str) -> web.Response | None:
        secret = secrets.token_urlsafe(32)
        needs = self._front.needs
        opened = await needs.desk.do(
            GATEWAY, tracking.open_visit, id, given, digest=digest(secret), house=needs.keeper.house
        )
        if opened is None:
            return None
        response = _see("/track/request")
        self._remember(response, SEEN, secret, minutes=int(tracking.VISIT_LASTS.total_seconds() // 60))
        response.del_cookie(ASKED, path="/")
        return response

    async def _story(self, request: web.Request) -> Story | None:
        secret = request.cookies.get(SEEN, "")
        return await self._front.needs.desk.ask(GATEWAY, story.visit, digest(secret)) if secret else None

    async def _receive(self, found: Story, door: Door, words: str, *, mark: Mark, language: str) -> None:
        needs, house = self._front.needs, self._front.needs.keeper.house
        token = () if found.strand is None else (signs.sign_token(house.keys[0], found.strand),)
        inbound = Inbound(
            external_id=f"track:{mark.submission}",
            sender=found.address,
            sender_name=found.ticket.customer_name,
            text=words,
            tokens=token,
            proven="session",
            language=language,
        )
        contact = await needs.reception.ready(inbound, None)
        await needs.desk.do(
            Actor.inbox(door.inbox.id),
            intake.receive,
            contact,
            inbox=door.inbox,
            house=house,
            reopen_window=needs.reception.reopen_window,
        )

    def _address(self, typed: str) -> Address | None:
        mail = mailbox.mailbox(typed)
        if mail is not None:
            return Address.mail(mail)
        number = phone.e164(typed, country=self._front.needs.settings.country)
        return None if number is None else Address.phone(number)

    def _problems(self, visit: Visit, number: str | None, address: Address | None) -> dict[str, str]:
        """What cannot be a number or an address at all; that says nothing about which there are."""
        words = visit.words
        wrong = {"number": "" if number else words.track_bad_number, "way": "" if address else words.track_bad_way}
        return {key: text for key, text in wrong.items() if text}

    def _draw_question(
        self, visit: Visit, *, typed: dict[str, str] | None = None, problems: dict[str, str] | None = None
    ) -> web.Response:
        wrong = problems or {}
        return self._front.page(
            visit,
            "track.html",
            status=422 if wrong else 200,
            keep=False,
            typed=typed or {"number": "", "way": ""},
            problems=_Both(wrong),
        )

    def _draw_code(self, visit: Visit, *, wrong: bool = False) -> web.Response:
        problems = {"code": visit.words.code_wrong} if wrong else {}
        return self._front.page(visit, "code.html", status=422 if wrong else 200, keep=False, problems=problems)

    def _draw(self, visit: Visit, found: Story, *, problem: str = "", status: int = 200) -> web.Response:
        front, words, ticket = self._front, visit.words, found.ticket
        service = front.needs.keeper.house.services.get(ticket.service)
        mark = Mark(_MARK, secrets.token_urlsafe(18), front.needs.clock())
        return front.page(
            visit,
            "request.html",
            status=status,
            keep=False,
            name=tongue.said(service.name, visit.language)[0] if service else words.your_request,
            number=ticket.number,
            asks=ticket.status is Status.WAITING,
            promise=self._promise(visit, found),
            steps=self._steps(visit, found),
            said=[self._shown(visit, found, one) for one in found.messages],
            mark=tokens.sign(front.keys, mark),
            problem=problem,
        )

    def _promise(self, visit: Visit, found: Story) -> str:
        ticket = found.ticket
        if not ticket.status.active or ticket.due_at is None:
            return ""
        words = visit.words.promised_done if ticket.due_kind == "resolution" else visit.words.promised_by
        return words.format(date=tongue.day(ticket.due_at, zone=self._zone(found), language=visit.language))

    def _steps(self, visit: Visit, found: Story) -> list[dict[str, str]]:
        """How far it is: what is past with its time, what is now, what is to come."""
        ticket, words = found.ticket, visit.words
        done = not ticket.status.active
        worked = ticket.first_answered_at is not None or ticket.assignee is not None or done
        waits = ticket.status is Status.WAITING
        solved = None if ticket.solved_at is None else self._when(visit, found, ticket.solved_at)
        steps = [
            ("past", words.step_got, self._when(visit, found, ticket.created_at)),
            ("past" if waits or done else "now" if worked else "next", words.step_work, ""),
            *([("now", words.step_wait, "")] if waits else []),
            ("past" if done else "next", words.step_done, (solved or "") if done else ""),
        ]
        return [{"state": state, "label": label, "when": when} for state, label, when in steps]

    def _shown(self, visit: Visit, found: Story, message: Any) -> dict[str, Any]:
        mine = message.direction is Direction.IN
        when = self._when(visit, found, message.created_at)
        head = visit.words.you_wrote if mine else visit.words.we_wrote
        return {
            "mine": mine,
            "head": head.format(when=when, name=message.sender.split(" ")[0]),
            "text": message.text[:_SAID_AT_MOST],
        }

    def _when(self, visit: Visit, found: Story, at: Any) -> str:
        zone, language = self._zone(found), visit.language
        day = tongue.day(at, zone=zone, language=language)
        return f"{day}, {tongue.clock_time(at, zone=zone, language=language)}"

    def _zone(self, found: Story) -> str:
        calendar = self._front.calendar(self._front.needs.keeper.house.services.get(found.ticket.service))
        return calendar.zone if calendar else "UTC"

    def _remember(self, response: web.Response, name: str, value: str, *, minutes: int) -> None:
        secure = self._front.needs.settings.public_url.startswith("https://")
        response.set_cookie(name, value, max_age=minutes * 60, path="/", httponly=True, samesite="Lax", secure=secure)


class _Both(dict[str, str]):
    """Problems by field; a field without one has none."""

    def __missing__(self, key: str) -> str:
        return ""


def _see(href: str) -> web.Response:
    return web.Response(status=303, headers={"Location": href, "Cache-Control": "no-store"})
