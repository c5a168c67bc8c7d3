"""Open311 GeoReport v2: apps of others list what can be reported, report it, and see what became of it.

An app proves itself by a key, and nobody else: the person behind it is claimed. What strangers
see is decided by the core (`rules/publishing.py`); an answer that is sent this way is for all.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from channels.contract import Ask, ChannelType, Opening, Outcome, Reading, Rendering, Response, Wire
from channels.open311 import calls, documents, drawing, filing
from channels.open311.calls import MOUNT, Call, Fault
from channels.open311.settings import Open311Settings
from crm_core.model.errors import BadInput, NotFound
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Delivery, Inbound, Outbound, Receipt
from crm_core.model.report import PUBLIC, PublicRequests

LONGEST_SPAN = timedelta(days=90)
MOST = 1000
"""The specification's own limits of a list."""

_STATUSES = ("open", "closed")


@dataclass(frozen=True, slots=True)
class Answering(Reading):
    """What was read, and what `answer` draws of it."""

    draws: str = "fault"
    format: str = "xml"
    url: str = ""
    fault: Fault | None = None


class Open311:
    """A translator of one endpoint."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._settings: Open311Settings = opening.settings

    def read(self, wire: Wire) -> Reading:
        """A question, a request to be filed, or what the caller did wrong: that is answered, and nothing is kept."""
        format = calls.format_of(wire)
        try:
            return self._reading(calls.read(wire), wire)
        except Fault as why:
            return Answering((), format=format, url=wire.url, fault=why)

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """The specification's document, or its errors."""
        if not isinstance(reading, Answering):
            return drawing.fault(400, "This could not be read", format="xml")
        if reading.fault is not None:
            return drawing.fault(reading.fault.status, reading.fault.why, format=reading.format)
        [outcome] = outcomes
        if isinstance(outcome.refused, NotFound):
            return drawing.fault(404, _not_found(reading), format=reading.format)
        if isinstance(outcome.refused, BadInput):
            whys = [f"{_argument(one.field)}: {one.why}" for one in outcome.refused.problems]
            return drawing.fault(400, *whys, format=reading.format)
        return self._drawn(reading, outcome)

    def render(self, message: Outbound) -> Rendering:
        """What stands in `status_notes`, for everybody."""
        return Rendering(parts=(message.text,), used=len(message.text))

    async def send(self, message: Outbound) -> Receipt:
        """Nothing leaves: apps come and read it."""
        return Receipt(Delivery.SENT)

    def _reading(self, call: Call, wire: Wire) -> Answering:
        given = call.arguments.get("jurisdiction_id", "")
        if self._settings.jurisdiction and given and given != self._settings.jurisdiction:
            raise Fault(404, "jurisdiction_id was not found")
        draws = _draws(call)
        if draws == "filed":
            return Answering((self._filed(call, wire),), draws, call.format, wire.url)
        return Answering((self._asked(draws, call, wire.arrived_at),), draws, call.format, wire.url)

    def _filed(self, call: Call, wire: Wire) -> Inbound:
        given = call.arguments.get(calls.KEY, "")
        key = self._opening.keys.get(hashlib.sha256(given.encode()).hexdigest()) if given else None
        if key is None:
            raise Fault(403, f"{calls.KEY} is missing or invalid")
        return filing.inbound(call, key=key, at=wire.arrived_at, settings=self._settings)

    def _asked(self, draws: str, call: Call, now: datetime) -> Ask:
        language = {"language": self._settings.language}
        match draws:
            case "discovery" | "services":
                return Ask("services", language)
            case "definition":
                return Ask("service", {**language, "code": call.path[1]})
            case "request" | "token":
                return Ask("requests", {**language, "numbers": call.path[1]})
            case _:
                return Ask("requests", {**language, **_sought(call, now)})

    def _drawn(self, reading: Answering, outcome: Outcome) -> Response:
        found, settings, opening = outcome.answer, self._settings, self._opening
        match reading.draws:
            case "filed":
                document = documents.filed(outcome.number or "")
            case "discovery":
                document = documents.discovery(found, settings=settings, public_url=opening.public_url)
            case "services":
                document = documents.services(found)
            case "definition":
                document = documents.definition(found, language=settings.language)
            case _:
                return self._requests(reading, found)
        return drawing.drawn(document, format=reading.format)

    def _requests(self, reading: Answering, found: PublicRequests) -> Response:
        if reading.draws in ("request", "token") and not found.items:
            return drawing.fault(404, _not_found(reading), format=reading.format)
        if reading.draws == "token":
            return drawing.drawn(documents.token(found.items[0]), format=reading.format)
        document = documents.requests(found.items, agency=self._settings.agency or self._opening.name)
        more = {"Link": f'<{_following(reading.url, found.next)}>; rel="next"'} if found.next else {}
        return drawing.drawn(document, format=reading.format, headers=more)


def choose(wire: Wire, openings: Sequence[Opening]) -> InboxId | None:
    """The endpoint of the jurisdiction that is named; the oldest where none is, or none of ours."""
    try:
        named = calls.read(wire).arguments.get("jurisdiction_id", "")
    except Fault:
        named = ""
    fitting = (one for one in openings if named and one.settings.jurisdiction == named)
    return next(fitting, openings[0]).inbox if openings else None


_PATHS: Mapping[tuple[str, str, int], str] = {
    ("GET", "discovery", 1): "discovery",
    ("GET", "services", 1): "services",
    ("GET", "services", 2): "definition",
    ("GET", "requests", 1): "requests",
    ("GET", "requests", 2): "request",
    ("GET", "tokens", 2): "token",
    ("POST", "requests", 1): "filed",
}
_ABSENT = {
    "filed": "service_code was not found",
    "definition": "service_code was not found",
    "request": "service_request_id was not found",
    "token": "token was not found",
}


def _draws(call: Call) -> str:
    found = _PATHS.get((call.method, call.path[0], len(call.path)))
    if found is None:
        raise Fault(404, f"There is nothing at this address for {call.method}")
    return found


def _sought(call: Call, now: datetime) -> dict[str, str]:
    """The arguments of a list; with numbers, everything else is as if it was not there."""
    numbers = call.listed("service_request_id")
    if numbers:
        return {"numbers": ",".join(numbers)}
    begins, ends = _span(call, now)
    return {
        "codes": ",".join(call.listed("service_code")),
        "states": ",".join(_states(call)),
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
        "limit": str(_size(call)),
        "cursor": call.arguments.get("cursor", ""),
    }


def _span(call: Call, now: datetime) -> tuple[datetime, datetime]:
    """The days that are asked for: 90 at most, the last 90 where nothing is said."""
    begins, ends = call.moment("start_date"), call.moment("end_date")
    if begins is not None and ends is not None and not timedelta(0) <= ends - begins <= LONGEST_SPAN:
        raise Fault(400, f"start_date and end_date may not span more than {LONGEST_SPAN.days} days")
    if ends is None:
        ends = now if begins is None else min(now, begins + LONGEST_SPAN)
    return begins if begins is not None else ends - LONGEST_SPAN, ends


def _states(call: Call) -> tuple[str, ...]:
    wanted = call.listed("status")
    if unknown := [state for state in wanted if state not in _STATUSES]:
        raise Fault(400, f"status is open or closed, not {unknown[0][:40]}")
    return wanted or _STATUSES


def _size(call: Call) -> int:
    if call.arguments.get("page", "1") != "1":
        raise Fault(400, "Pages have no numbers here: follow the link rel=next of the page before")
    text = call.arguments.get("page_size", str(MOST))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MOST):
        raise Fault(400, f"page_size is a number from 1 to {MOST}")
    return int(text)


def _following(url: str, cursor: str) -> str:
    parts = urlsplit(url)
    pairs = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("cursor", calls.KEY)]
    return urlunsplit(parts._replace(query=urlencode([*pairs, ("cursor", cursor)])))


def _not_found(reading: Answering) -> str:
    return _ABSENT.get(reading.draws, "There is nothing at this address")


def _argument(field: str) -> str:
    """A problem's field as the caller named it."""
    return field if field in ("service", "cursor") else f"attribute[{field}]"


CHANNEL = ChannelType(
    name="open311",
    title={"en": "Open311", "zh": "Open311"},
    capabilities=Capabilities(threads=True, public=True, order=65, icon="pin", tone=7),
    settings=Open311Settings,
    opener=Open311,
    mounts=(MOUNT,),
    address_scheme=PUBLIC,
    choose=choose,
    key_of=calls.key_in,
    kept=calls.without_key,
    refusals=True,
)
