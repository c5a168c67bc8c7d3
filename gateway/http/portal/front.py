"""What all pages of the portal share: the catalogue as citizens see it, the door, the drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from aiohttp import web

from crm_core.model import phone
from crm_core.model.house import GENERAL
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.service import Service
from crm_core.model.sla import Calendar
from crm_core.queries.popular import asked_for
from crm_core.rules import calendar as hours
from crm_core.rules import sla, text
from gateway.house import GATEWAY, Door
from gateway.http import peers
from gateway.http.languages import LANGUAGES
from gateway.http.peers import Peer
from gateway.http.portal import look, tongue
from gateway.http.portal.drafts import TOKEN_LENGTH, Drafts
from gateway.http.portal.limits import Turnstile
from gateway.http.portal.needs import PortalNeeds
from gateway.http.portal.tokens import KEPT
from gateway.http.portal.words import HTML_LANGUAGE, Words, words_in

MOUNT = "/s/"
"""A channel that claims this prefix is the one whose forms these pages are."""

VISITOR = "form"
"""The cookie that opens this visitor's drafts."""

MOST_USED = 6
_COUNTED = timedelta(days=30)
_COUNT_EVERY = timedelta(minutes=10)
_ALL_DAY = (0, 24 * 60)


@dataclass(frozen=True, slots=True)
class Way:
    """Another way to reach us: `kind` is email, call or text."""

    kind: str
    address: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: which language, and the visitor's token where there is one."""

    request: web.Request
    language: str
    token: str | None

    @property
    def words(self) -> Words:
        """What pages say in this language."""
        return words_in(self.language)


class Front:
    """The portal's view of the house."""

    def __init__(self, needs: PortalNeeds) -> None:
        self.needs = needs
        self.keys = needs.keys.of("portal form")
        self.drafts = Drafts(needs.settings.data_dir / "drafts", keys=needs.keys.of("portal draft"))
        self.turnstile = Turnstile(needs.clock)
        self._used: list[Service] = []
        self._counted_at: datetime | None = None

    def visit(self, request: web.Request) -> Visit:
        """Who came, as far as a page needs to know."""
        token = request.cookies.get(VISITOR, "")
        language = tongue.language_of(request, otherwise=self.needs.settings.language)
        return Visit(request, language, token if len(token) == TOKEN_LENGTH else None)

    def peer(self, request: web.Request) -> Peer | None:
        """Where a request comes from, as far as proxies can be believed."""
        return peers.peer(request, trusted=self.needs.settings.trusted_proxies)

    @property
    def services(self) -> list[Service]:
        """What people can ask for, in the catalogue's order; the general service is the way for all else."""
        return [one for one in self.needs.keeper.setup.services if one.active and one.slug != GENERAL]

    def service(self, slug: str) -> Service | None:
        """An active service by its name in addresses."""
        return next((one for one in self.needs.keeper.setup.services if one.active and one.slug == slug), None)

    @property
    def general(self) -> Service | None:
        """Where questions in one's own words go; None where nobody takes any."""
        return self.service(GENERAL) if self.door else None

    def by_name(self, language: str) -> list[Service]:
        """All services in alphabetical order where the language has one."""
        if language != "en":
            return self.services
        return sorted(self.services, key=lambda one: text.fold(tongue.said(one.name, language)[0]))

    async def used_most(self) -> list[Service]:
        """The six that people asked for most in thirty days; none while nobody asked."""
        now = self.needs.clock()
        if self._counted_at is None or not _COUNT_EVERY > now - self._counted_at >= timedelta(0):
            counts = await self.needs.desk.ask(GATEWAY, asked_for, since=now - _COUNTED)
            self._used = sorted(
                (one for one in self.services if one.id in counts), key=lambda one: (-counts[one.id], one.order)
            )
            self._counted_at = now
        active = {one.id: one for one in self.services}
        return list(islice((active[one.id] for one in self._used if one.id in active), MOST_USED))

    def icon(self, service: Service) -> str:
        """The drawing of what it is about."""
        queue = self.needs.keeper.house.queues.get(service.queue)
        return queue.icon if queue else ""

    @property
    def door(self) -> Door | None:
        """Where forms are handed in; None where an admin switched it off."""
        doors = self.needs.keeper.doors.values()
        return next((door for door in doors if MOUNT in door.type.mounts), None)

    def option(self, name: str) -> str:
        """A setting of the form's inbox, or its default."""
        door = self.door
        if door is None:
            return ""
        return str(door.inbox.settings.get(name) or getattr(door.type.settings(), name, ""))

    @property
    def country(self) -> str:
        """Where phone numbers without a country's code belong."""
        house, door = self.needs.keeper.house, self.door
        return house.country if door is None else house.country_of(door.inbox)

    def confirms(self, way: str, *, service: Service | None) -> bool:
        """Whether a mail with a link goes to this address, and its owner is to open it before we write again."""
        door = self.door
        wanted = door is not None and (door.inbox.forms.confirm or (service is not None and service.confirm))
        return wanted and "@" in way

    def title(self, language: str) -> str:
        """Whose pages these are."""
        door = self.door
        return self.option(f"title_{language}") or self.option("title") or (door.inbox.name if door else "Onestop")

    def ways(self, service: Service | None) -> list[Way]:
        """How else to reach us: by call, text or mail, each by the inbox nearest to the service."""
        keeper = self.needs.keeper
        queues = [one.queue for one in (service, self.service(GENERAL)) if one is not None]
        ways: dict[str, Way] = {}
        for inbox in sorted(keeper.house.inboxes.values(), key=lambda one: _distance(one, queues)):
            can = keeper.house.can[inbox.channel]
            scheme = keeper.house.schemes[inbox.channel]
            if inbox.active and inbox.address and (kind := _kind(can, scheme)):
                ways.setdefault(kind, _way(kind, inbox.address, country=keeper.house.country))
        return [ways[kind] for kind in _KINDS if kind in ways]

    def calendar(self, service: Service | None) -> Calendar | None:
        """In which hours people answer for a service."""
        house = self.needs.keeper.house
        policy = house.policies.get(service.policy) if service else None
        return house.calendars.get(policy.calendar) if policy else None

    def promised(self, service: Service, *, at: datetime) -> datetime | None:
        """By when a person answers a form that is sent now: the same promise as at every door."""
        try:
            policy, calendar = self.needs.keeper.house.promise(service)
        except KeyError:
            return None
        return sla.first_due(at, policy=policy, calendar=calendar, live=False)

    def opening(self, visit: Visit) -> str:
        """Whether somebody is there now, or when; empty where no hours are set."""
        calendar, now = self.calendar(self.service(GENERAL)), self.needs.clock()
        if calendar is None:
            return ""
        if hours.is_open(now, calendar=calendar):
            return _open_now(visit, calendar=calendar, now=now)
        try:
            opens = hours.next_opening(now, calendar=calendar)
        except hours.NeverOpen:
            return ""
        zone, language = calendar.zone, visit.language
        return visit.words.opens.format(
            time=tongue.clock_time(opens, zone=zone, language=language),
            day=tongue.weekday(opens, zone=zone, language=language),
        )

    def page(self, visit: Visit, template: str, *, status: int = 200, keep: bool = True, **values: Any) -> web.Response:
        """A page with all that every page shows."""
        others = [(one, words_in(one).own_name) for one in LANGUAGES if one != visit.language]
        response = look.page(
            template,
            status=status,
            keep=keep,
            w=visit.words,
            language=visit.language,
            others=[(one, HTML_LANGUAGE[one], name, _here_in(visit, one)) for one, name in others],
            city=self.title(visit.language),
            has_general=self.general is not None,
            **values,
        )
        response.headers["Content-Language"] = HTML_LANGUAGE[visit.language]
        if visit.request.query.get("lang") == visit.language:
            self._set_cookie(response, tongue.COOKIE, visit.language, days=365)
        return response

    def trouble(self, visit: Visit, name: str, *, status: int, href: str = "/", **values: Any) -> web.Response:
        """A page that says what happened and what to do; `name` is the beginning of its words' keys."""
        words = visit.words
        return self.page(
            visit,
            "trouble.html",
            status=status,
            keep=False,
            title=getattr(words, f"{name}_title"),
            text=getattr(words, f"{name}_text").format(**values),
            href=href,
            again=name == "gone",
        )

    def remember(self, response: web.StreamResponse, token: str) -> None:
        """Give the visitor the cookie that opens the drafts."""
        self._set_cookie(response, VISITOR, token, days=KEPT.days)

    def _set_cookie(self, response: web.StreamResponse, name: str, value: str, *, days: int) -> None:
        secure = self.needs.settings.public_url.startswith("https://")
        response.set_cookie(
            name, value, max_age=days * 24 * 3600, path="/", httponly=True, samesite="Lax", secure=secure
        )


def _distance(inbox: Inbox, queues: Sequence[str]) -> tuple[int, datetime]:
    return (queues.index(inbox.queue) if inbox.queue in queues else len(queues)), inbox.created_at


_KINDS = ("call", "text", "email")


def _kind(can: Capabilities, scheme: str) -> str | None:
    """What every phone and mail program can do with an address of such a door; None where it takes an app of others."""
    if can.calls:
        return "call"
    if not (can.replies and can.starts):
        return None
    return {"mailto": "email", "tel": "text"}.get(scheme)


def _way(kind: str, address: str, *, country: str) -> Way:
    if kind == "email":
        return Way(kind, address, f"mailto:{address}", "mail")
    number = phone.e164(address, country=country) or address
    shown = phone.readable(number)
    return Way(kind, shown, f"{'tel' if kind == 'call' else 'sms'}:{number}", "phone" if kind == "call" else "sms")


def _here_in(visit: Visit, language: str) -> str:
    """This page in another language: its path, and what was searched for."""
    query = {key: value for key, value in visit.request.query.items() if key == "q"} | {"lang": language}
    return str(visit.request.rel_url.with_query(query).with_fragment(None))


def _open_now(visit: Visit, *, calendar: Calendar, now: datetime) -> str:
    local = tongue.local_time(now, zone=calendar.zone)
    minute = local.hour * 60 + local.minute
    windows = [(one.opens, one.closes) for one in calendar.windows if one.weekday == local.weekday()]
    windows = list(calendar.exceptions.get(local.date(), windows))
    closes = next((closes for opens, closes in windows if opens <= minute < closes), 0)
    if (0, closes) == _ALL_DAY:
        return visit.words.open_always
    return visit.words.open_until.format(time=f"{closes // 60:02}:{closes % 60:02}")
