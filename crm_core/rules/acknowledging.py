"""Whether a machine says that something arrived, and what it says: never a weapon, never a loop.

Whoever can make us write to an address must not be able to put a word of theirs there, to
make us write often, or to make two machines write to each other (RFC 3834, and the
mail bombs of 2025 through help desks). Each refusal is a value with its reason.
"""

import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from crm_core.model.acknowledging import Allowance, Whom, Why
from crm_core.model.address import Address
from crm_core.model.ids import ConversationId, InboxId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.message import Inbound
from crm_core.rules import identity
from crm_core.rules.proving import PLACE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

ONCE_PER = HOUR
"""To one address, whichever of our inboxes was written to."""

MOST_A_DAY = 4
"""To one address."""

MOST_ALIKE = 8
"""With one and the same text from anybody, by one inbox within an hour: more are a machine's, or somebody's attack."""

MOST_REOPENED = 4
"""Times that one strand may open its ticket again within an hour: after that it is a machine that answers a machine."""

SHORT = 320
"""Characters: what carries no more gets the short wording."""

_ANOTHER_OF_US = "<on."


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing is said, and why."""

    why: Why


@dataclass(frozen=True, slots=True)
class Asked:
    """Nothing in the contact itself stands against it: what is left to ask are the counters. `proven`: whose address it is."""

    way: Inbox
    proven: bool


def recommended(can: Capabilities) -> Whom:
    """As a door deserves: a form's author waits for a mail, a proven mailbox cannot be somebody else's.

    A text costs money and a bot answers by itself only when it is wanted: there an admin says so.
    """
    if not can.replies:
        return Whom.EVERYBODY
    return Whom.PROVEN if can.threads and not can.public else Whom.NOBODY


def may(
    inbound: Inbound,
    *,
    inbox: Inbox,
    can: Capabilities,
    way: Inbox | None,
    refers: bool,
    own: frozenset[str],
    domain: str,
) -> Asked | Silent:
    """What the contact itself says. `refers`: it answers something of ours; `own` are our addresses, `way` the inbox that writes there."""
    to = inbox.acknowledging.to or recommended(can)
    if to is Whom.NOBODY:
        return Silent(Why.OFF)
    if can.live:
        return Silent(Why.SEEN)
    proven = identity.proves(inbound.proven)
    against = {
        Why.AUTOMATIC: inbound.automatic is not None,
        Why.OURS: inbound.sender.value.casefold() in own or _made_by_us(inbound.wire_id, domain=domain),
        Why.ANSWERS_US: refers,
        Why.UNPROVEN: to is Whom.PROVEN and not proven,
    }
    why = next((reason for reason, holds in against.items() if holds), None)
    if why is not None:
        return Silent(why)
    return Silent(Why.NO_WAY) if way is None else Asked(way, proven)


def spend(
    known: Mapping[str, Allowance], *, address: str, alike: str, inbox: str, most: int, at: datetime
) -> Allowance | Silent:
    """What the counters say, by their ids; what is not known was never counted. The address' counter, where it may be said.

    At the text's and the inbox's many meet: they are counted where they stand.
    """
    here = fresh(known.get(address), id=address, lasts=DAY, at=at)
    same = fresh(known.get(alike), id=alike, lasts=HOUR, at=at)
    if why := _too_often(here, at=at):
        return Silent(why)
    if same.used >= MOST_ALIKE:
        return Silent(Why.SAME)
    if _paused(known.get(inbox), most=most, at=at):
        return Silent(Why.PAUSED)
    return counted(here, at=at)


def may_write(known: Allowance | None, *, id: str, at: datetime) -> Allowance | None:
    """An unproven address' counter once more, or None where it heard from us within the hour, or often today."""
    now = fresh(known, id=id, lasts=DAY, at=at)
    return None if _too_often(now, at=at) else counted(now, at=at)


def fresh(known: Allowance | None, *, id: str, lasts: timedelta, at: datetime) -> Allowance:
    """The counter as it counts now: its time may be over, and then it begins anew."""
    if known is None or at - known.began_at >= lasts:
        return Allowance(id, at, at, 0)
    return known


def counted(one: Allowance, *, at: datetime) -> Allowance:
    """Once more."""
    return replace(one, used=one.used + 1, last_at=at)


def may_reopen(known: Allowance | None, *, id: str, at: datetime) -> Allowance | None:
    """The strand's counter once more, or None where it opened its ticket so often that nobody but machines talk."""
    now = fresh(known, id=id, lasts=HOUR, at=at)
    return None if now.used >= MOST_REOPENED else counted(now, at=at)


def _too_often(here: Allowance, *, at: datetime) -> Why | None:
    """Whether this address heard from us within the hour, or often today."""
    if here.used and at - here.last_at < ONCE_PER:
        return Why.LATELY
    return Why.DAY if here.used >= MOST_A_DAY else None


def _paused(known: Allowance | None, *, most: int, at: datetime) -> bool:
    if known is None:
        return most < 1
    if known.until is not None and known.until > at:
        return True
    return known.used >= most and at - known.began_at < HOUR


def _made_by_us(wire_id: str | None, *, domain: str) -> bool:
    """Our own mail coming round, or that of another house like ours, which says all the rest already."""
    if not wire_id:
        return False
    return wire_id.startswith(_ANOTHER_OF_US) or wire_id.rstrip(">").casefold().endswith(f"@{domain.casefold()}")


# ---------------------------------------------------------------- what is counted


def of_address(key: bytes, address: Address) -> str:
    """One person's address, whatever they write behind a plus sign; only a digest of it is kept."""
    local, at, domain = address.value.casefold().rpartition("@")
    plain = f"{local.partition('+')[0]}{at}{domain}" if at else address.value
    return f"address {_mac(key, f'{address.scheme}:{plain}')}"


def of_text(key: bytes, inbound: Inbound, *, inbox: InboxId) -> str:
    """The same words at the same door: spaces, digits and case make no difference."""
    words = "".join(sign for sign in f"{inbound.text}"[:20_000].casefold() if sign.isalpha())
    return f"text {_mac(key, f'{inbox} {words}')}"


def of_inbox(inbox: InboxId) -> str:
    """All that one inbox says by itself."""
    return f"inbox {inbox}"


def of_strand(strand: ConversationId) -> str:
    """How often this strand opened its ticket again."""
    return f"strand {strand}"


def _mac(key: bytes, text: str) -> str:
    return hmac.digest(key, f"onestop allowance\0{text}".encode("utf-8", "surrogateescape"), hashlib.sha256).hex()[:40]


# ---------------------------------------------------------------- what is said


@dataclass(frozen=True, slots=True)
class Said:
    """Subject and words: ours alone."""

    subject: str
    text: str


GAPS = ("number", "promise", "link")
"""What an admin's own words may have filled in."""


def said(
    inbox: Inbox, *, can: Capabilities, number: str, link: str, due: datetime | None, zone: str, language: str | None
) -> Said:
    """The approved words in their language. Nothing that came in is asked for here, so that none of it can go out."""
    tongue = "zh" if (language or "").startswith("zh") else "en"
    house = _words()[tongue]
    promise = house["promise"].format(when=when(due, zone=zone, language=tongue)) if due else house["no_promise"]
    short = can.length is not None and can.length <= SHORT
    words = inbox.acknowledging.texts.get(tongue, "").strip() or house["short" if short else "text"]
    filled = words
    follow = house["confirm" if link == PLACE else "follow"]
    for gap, value in zip((*GAPS, "follow"), (number, promise, link, follow), strict=True):
        filled = filled.replace(f"{{{gap}}}", value)
    return Said(house["subject"].replace("{number}", number), filled.strip())


def when(at: datetime, *, zone: str, language: str) -> str:
    """A moment as people say it: `Monday 30 November, 17:00`."""
    there, words = at.astimezone(ZoneInfo(zone)), _words()[language]
    weekday, month = words["weekdays"][there.weekday()], words["months"][there.month - 1]
    return str(words["when"].format(weekday=weekday, day=there.day, month=month, time=f"{there:%H:%M}"))


@cache
def _words() -> dict[str, dict[str, Any]]:
    text = (Path(__file__).parent / "data" / "acknowledging.toml").read_text("utf-8")
    return tomllib.loads(text)
