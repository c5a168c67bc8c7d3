"""By which ways an answer can reach somebody, which of them it takes, and why it cannot take the others.

A way is an address and an inbox of ours that writes to such addresses. Words go only
where the person is known to read: to an address that was proven to be theirs, or from
which they wrote in this very matter. Whoever speaks for somebody needs that one's
consent, at every message. Nothing here names a channel.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from crm_core.model.address import Address
from crm_core.model.habits import Filled, Habits, Template
from crm_core.model.house import House
from crm_core.model.ids import ConversationId, InboxId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.message import Message
from crm_core.model.plan import Lost
from crm_core.model.ticket import Conversation, Status, Ticket
from crm_core.rules import handouts, preferences, quiet, templates
from crm_core.rules.preferences import Wishes


class Bar(StrEnum):
    """Why a way cannot be taken; `CLAIMED` can be mended by a code or link that comes back from there."""

    NOT_THEIRS = "not_theirs"
    CLAIMED = "claimed"
    OPTED_OUT = "opted_out"
    WINDOW = "window"
    CANNOT_START = "cannot_start"
    SWITCHED_OFF = "switched_off"


LONG_AGO = datetime.min.replace(tzinfo=UTC)

SAID = {
    Bar.NOT_THEIRS: "it belongs to somebody who may not speak for them",
    Bar.CLAIMED: "nobody has shown that it is theirs: send a code or link there first",
    Bar.OPTED_OUT: "they asked for none",
    Bar.WINDOW: "their last message there is too long ago to answer it",
    Bar.CANNOT_START: "they have not written there, and we cannot begin",
    Bar.SWITCHED_OFF: "our inbox for it is switched off",
}
"""The reasons in words, for programs and refusals; screens have their own in both languages."""

STOPPED = "they asked for no more messages here"


class Doubt(StrEnum):
    """What makes a way a poor choice without forbidding it: it is never chosen by itself where there is another.

    PUBLIC: whatever goes there everybody can read.
    """

    FAILED = "failed"
    SHARED = "shared"
    PUBLIC = "public"


class Misfit(StrEnum):
    """What of an answer a way cannot carry. Formatting is flattened, files go as a link; too long is refused."""

    FORMAT = "format"
    FILES = "files"
    LENGTH = "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address where the person may be reached, as looked up.

    `holder`: whose it is is known. `theirs`: it is the person's own, or of somebody who
    may speak for them now (`speaker` names them). `failed`: our last message there did
    not arrive, and nothing came from there since.
    """

    address: Address
    proven: bool = False
    shared: bool = False
    theirs: bool = True
    speaker: str | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """All that the rule asks: places, the ticket's strands, what the person wishes, the moment and the house's zone.

    `stopped`: addresses that asked for no more messages by an inbox. `lately`: when an address
    last wrote to an inbox that may be answered only for a while, in whatever matter. `confirm`:
    the ticket's service wants an address that was only typed into a form shown to be theirs.
    """

    places: tuple[Place, ...]
    strands: tuple[Conversation, ...]
    wishes: Wishes
    at: datetime
    zone: str
    live: bool = False
    stopped: frozenset[tuple[Address, InboxId]] = frozenset()
    lately: Mapping[tuple[Address, InboxId], datetime] = field(default_factory=dict)
    confirm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way, and whether it is open.

    `heard_at` is when that address last wrote in this matter, by whatever door; `lately` when
    it wrote to this inbox in whatever matter, where that opens it for a while. `later` is when their hours open, or ours, where they are closed now. `templates` are approved
    texts, which go also where only the window bars it.
    """

    place: Place
    inbox: Inbox
    can: Capabilities
    strand: Conversation | None = None
    bar: Bar | None = None
    why: str = ""
    heard_at: datetime | None = None
    lately: datetime | None = None
    doubt: Doubt | None = None
    later: datetime | None = None
    preferred: bool = False
    templates: tuple[Template, ...] = ()

    @property
    def address(self) -> Address:
        """Whose place it is; where they asked for answers elsewhere, a message goes there (`Conversation.reply_to`)."""
        return self.place.address

    @property
    def open(self) -> bool:
        """Whether words may go this way at all."""
        return self.bar is None

    def takes(self, template: str | None) -> bool:
        """Whether these may: an approved text goes where only the window is closed."""
        if template is None:
            return self.open
        return self.bar in (None, Bar.WINDOW) and any(one.id == template for one in self.templates)

    @property
    def wrote_at(self) -> datetime | None:
        """When they last wrote this very way, in this matter."""
        return self.strand.last_inbound_at if self.strand else None

    @property
    def opened_at(self) -> datetime | None:
        """When they last wrote to this inbox: a window belongs to the two, not to a matter."""
        return max((one for one in (self.wrote_at, self.lately) if one), default=None)


@dataclass(frozen=True, slots=True)
class Instead:
    """The same words go this way."""

    way: Way


@dataclass(frozen=True, slots=True)
class AskSomebody:
    """A person decides."""

    why: Lost


def ways(reach: Reach, *, house: House) -> list[Way]:
    """Every way there is, the open ones first, in the order that channels declare."""
    found = [
        _judged(way, reach=reach, habits=house.habits.get(way.inbox.id, Habits()))
        for place in reach.places
        for way in _pairs(place, reach=reach, house=house)
    ]
    return sorted(found, key=lambda way: (not way.open, way.can.order, str(way.address), way.inbox.id))


def usual(found: Sequence[Way], *, live: bool) -> Way | None:
    """The way an answer takes if nobody says otherwise.

    A conversation that is going on right now; else what they asked for, if it is proven
    to reach them; else where they last wrote; else the first that is beyond doubt.
    """
    able = _latest_first(way for way in found if way.open)
    if live and able and able[0].can.live and able[0].wrote_at:
        return able[0]
    sure = [way for way in able if way.doubt is None]
    wished = [way for way in sure if way.preferred]
    heard = [way for way in able if way.heard_at and way.doubt is not Doubt.FAILED]
    return next((each[0] for each in (wished, heard, sure, able) if each), None)


def distinct(found: Sequence[Way]) -> list[Way]:
    """One for each channel and address, in their order: of several inboxes for it the one that an answer takes."""
    best: dict[tuple[str, Address], Way] = {}
    for way in sorted(_latest_first(found), key=lambda way: not way.open):
        best.setdefault((way.inbox.channel, way.address), way)
    chosen = list(best.values())
    return [way for way in found if way in chosen]


def saying(found: Sequence[Way], filled: Filled) -> Way | None:
    """The way by which this approved text goes, the one they wrote by last first."""
    return next(iter(_latest_first(way for way in found if way.takes(filled.template))), None)


def said_by(way: Way, filled: Filled) -> str:
    """The words of an approved text as they arrive this way. Raises BadInput where its gaps are not filled."""
    template = next(one for one in way.templates if one.id == filled.template)
    return templates.said(template, filled.values)


def named(
    found: Sequence[Way], *, channel: str | None, address: Address | None, inbox: InboxId | None = None
) -> list[Way]:
    """The ways that somebody who named a channel, an address or an inbox can mean; open ones first."""
    return [
        way
        for way in found
        if channel in (None, way.inbox.channel) and address in (None, way.address) and inbox in (None, way.inbox.id)
    ]


def strand_of(found: Sequence[Way], *, strand: ConversationId | None) -> Way | None:
    """The way that this strand goes, as things are now."""
    return next((way for way in found if way.strand is not None and way.strand.id == strand), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What an answer would carry: `number` travels with it and takes its room, and so does a `link` where files go by one."""

    text: str
    number: str
    html: str | None = None
    files: int = 0
    link: int = 0


def misfits(can: Capabilities, load: Load) -> list[Misfit]:
    """What of an answer does not go this way as it is."""
    found = []
    if load.html and not can.html:
        found.append(Misfit.FORMAT)
    if handouts.needed(can, files=load.files):
        found.append(Misfit.FILES)
    if over(can, load) > 0:
        found.append(Misfit.LENGTH)
    return found


def over(can: Capabilities, load: Load) -> int:
    """By how many characters it is too long for this way; 0 or less where it fits."""
    if can.length is None:
        return 0
    link = load.link if handouts.needed(can, files=load.files) else 0
    return len(load.text.strip()) + len(load.number) + 1 + link - can.length * can.parts


def instead(
    failed: Message, *, ticket: Ticket, found: Sequence[Way], live_since: datetime | None, link: int = 0
) -> Instead | AskSomebody:
    """What becomes of words that did not arrive. Never asked where nobody knows whether they did.

    They go by themselves only to a proven address of the person's own that nobody shares,
    and only if the whole of them can, files by a link of so many characters. `live_since`
    is when the person last wrote.
    """
    if ticket.status is Status.CLOSED:
        return AskSomebody(Lost.CLOSED)
    if ticket.confidential:
        return AskSomebody(Lost.CONFIDENTIAL)
    if live_since is not None and live_since > failed.created_at:
        return AskSomebody(Lost.THEY_WROTE)
    others = [way for way in found if _may_stand_in(way, failed=failed)]
    fitting = [way for way in others if _carries(way, failed, number=ticket.number, link=link)]
    if not fitting:
        return AskSomebody(Lost.DOES_NOT_FIT if others else Lost.NO_OTHER_WAY)
    return Instead(next((way for way in fitting if way.preferred), fitting[0]))


def elsewhere(unseen: Message, *, ticket: Ticket, found: Sequence[Way], link: int = 0) -> Way | None:
    """Where words go that their visitor did not wait for: what they proved, or what they gave for this very matter."""
    if ticket.confidential or not ticket.status.active:
        return None
    others = [
        way
        for way in found
        if way.open and not way.can.live and way.doubt is None and (way.place.proven or way.heard_at is not None)
    ]
    fitting = [way for way in others if _carries(way, unseen, number=ticket.number, link=link)]
    return next((way for way in fitting if way.preferred), next(iter(_latest_first(fitting)), None))


def _pairs(place: Place, *, reach: Reach, house: House) -> Iterable[Way]:
    """The inboxes that write to such an address, and those of this matter in which it wrote."""
    here = sorted((one for one in reach.strands if one.address == place.address), key=_used_at)
    mine = {strand.inbox: strand for strand in here}
    heard = max(
        (
            one.last_inbound_at
            for one in here
            if one.last_inbound_at and _counts(one, place=place, reach=reach, house=house)
        ),
        default=None,
    )
    for inbox in house.inboxes.values():
        can, strand = house.can[inbox.channel], mine.get(inbox.id)
        if not can.replies or house.schemes[inbox.channel] != place.address.scheme:
            continue
        if strand is not None or inbox.active:
            wished = reach.wishes.channel == inbox.channel and place.proven
            lately = reach.lately.get((place.address, inbox.id))
            yield Way(place=place, inbox=inbox, can=can, strand=strand, heard_at=heard, lately=lately, preferred=wished)


def _counts(strand: Conversation, *, place: Place, reach: Reach, house: House) -> bool:
    """Whether what came there shows that they read there: in a form anybody can type any address."""
    inbox = house.inboxes.get(strand.inbox)
    if place.proven or inbox is None:
        return True
    can = house.can[inbox.channel]
    typed = reach.confirm and not can.replies and not can.entered
    return not (typed or inbox.forms.confirm)


def _judged(way: Way, *, reach: Reach, habits: Habits) -> Way:
    bar, why = _bar(way, at=reach.at), ""
    if bar is None and way.can.public:  # it is said to everybody: no wish and no hours of the person's
        return replace(way, doubt=Doubt.PUBLIC)
    allowed = preferences.may_reach(reach.wishes, by=way.can, at=reach.at, zone=reach.zone)
    if bar in (None, Bar.WINDOW, Bar.CANNOT_START):
        if (way.address, way.inbox.id) in reach.stopped:
            bar, why = Bar.OPTED_OUT, STOPPED
        elif isinstance(allowed, preferences.Never) and bar is not Bar.CANNOT_START:
            bar, why = Bar.OPTED_OUT, allowed.why
    if bar is not None:
        templates = habits.templates if bar is Bar.WINDOW and way.wrote_at else ()
        return replace(way, bar=bar, why=why or SAID[bar], templates=templates)
    hours = quiet.over(habits.quiet, at=reach.at, zone=reach.zone, heard_at=way.heard_at)
    waits = [one for one in (allowed, hours) if isinstance(one, preferences.Later)]
    later = max(waits, key=lambda one: one.at, default=None)
    doubt = Doubt.FAILED if way.place.failed else Doubt.SHARED if way.place.shared else None
    return replace(
        way,
        doubt=doubt,
        later=later.at if later else None,
        why=later.why if later else "",
        templates=habits.templates,
    )


def _bar(way: Way, *, at: datetime) -> Bar | None:
    if not way.inbox.active:
        return Bar.SWITCHED_OFF
    if not way.place.theirs:
        return Bar.NOT_THEIRS
    if not way.place.proven and way.heard_at is None and not way.can.public:
        return Bar.CLAIMED
    if way.opened_at is None and not way.can.starts:
        return Bar.CANNOT_START
    if way.can.window is not None and (way.opened_at is None or at - way.opened_at > way.can.window):
        return Bar.WINDOW
    return None


def _latest_first(found: Iterable[Way]) -> list[Way]:
    """Where they wrote last comes first; of several inboxes for it, the one they wrote to, else our oldest."""
    by_age = sorted(found, key=lambda way: (way.inbox.created_at, way.inbox.id))
    return sorted(by_age, key=lambda way: (way.heard_at or LONG_AGO, way.wrote_at or LONG_AGO), reverse=True)


def _used_at(strand: Conversation) -> datetime:
    return strand.last_inbound_at or strand.created_at


def _may_stand_in(way: Way, *, failed: Message) -> bool:
    own = way.place.proven and way.place.speaker is None
    same = (way.inbox.id, way.address) == (failed.inbox, failed.address)
    return way.open and own and way.doubt is None and not way.can.live and not same


def _carries(way: Way, failed: Message, *, number: str, link: int) -> bool:
    return over(way.can, Load(text=failed.text, files=len(failed.attachments), number=number, link=link)) <= 0
