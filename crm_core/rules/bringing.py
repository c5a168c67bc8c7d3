"""Rows of a table as people and tickets: which column is what, and what is wrong with a row, in plain words."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from crm_core.model.address import Address
from crm_core.model.bringing import Brought, Import, Lack
from crm_core.model.customer import CustomerKind
from crm_core.model.phone import e164
from crm_core.model.service import Service
from crm_core.model.ticket import Priority, Status
from crm_core.rules import identity, text

SAID = {
    Lack.WHO: "Say which column holds the name, the mail address or the telephone number.",
    Lack.WORDS: "Say which column holds the subject or the text.",
    Lack.OPENED: "Say which column tells when it was opened.",
    Lack.DOOR: "Say by which inbox these tickets came.",
}
"""The same for programs; screens have their own words in both languages."""

_WHO = frozenset({"name", "email", "phone"})
_MAIL = re.compile(r"[^\s@,;<>]{1,64}@[^\s@,;<>]+\.[^\s@,;<>]+")
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d",
          "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y年%m月%d日")  # fmt: skip
_STATUS = {
    "new": Status.NEW, "open": Status.OPEN, "waiting": Status.WAITING, "pending": Status.WAITING,
    "on hold": Status.ON_HOLD, "on_hold": Status.ON_HOLD, "hold": Status.ON_HOLD, "solved": Status.SOLVED,
    "resolved": Status.SOLVED, "closed": Status.CLOSED, "done": Status.CLOSED, "新建": Status.NEW, "处理中": Status.OPEN,
    "已解决": Status.SOLVED, "已办结": Status.CLOSED, "已关闭": Status.CLOSED,
}  # fmt: skip
_PRIORITY = {**{one.name.lower(): one for one in Priority}, "低": Priority.LOW, "普通": Priority.NORMAL,
             "高": Priority.HIGH, "紧急": Priority.URGENT}  # fmt: skip
_KIND = {"": CustomerKind.PERSON, "person": CustomerKind.PERSON, "个人": CustomerKind.PERSON,
         "organisation": CustomerKind.ORGANISATION, "organization": CustomerKind.ORGANISATION,
         "单位": CustomerKind.ORGANISATION}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom a row is about: a name as written, and the addresses that are given."""

    name: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody, as a row says."""

    whose: Whose
    kind: CustomerKind
    language: str | None
    street: str
    place: str


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A matter, as a row says."""

    whose: Whose
    subject: str
    said: str
    service: Service
    status: Status
    priority: Priority
    created_at: datetime
    solved_at: datetime | None


class Fault(StrEnum):
    """What may be wrong with a row; screens say it in their language."""

    KIND = "kind"
    NOBODY = "nobody"
    SERVICE = "service"
    STATUS = "status"
    PRIORITY = "priority"
    TIME = "time"
    FUTURE = "future"
    EMPTY = "empty"
    BACKWARDS = "backwards"
    MAIL = "mail"
    PHONE = "phone"


_SAID = {
    Fault.KIND: "“{}” is neither person nor organisation.",
    Fault.NOBODY: "It has no name, no mail address and no number.",
    Fault.SERVICE: "“{}” is no service of ours.",
    Fault.STATUS: "“{}” is no status that we know.",
    Fault.PRIORITY: "“{}” is no priority that we know.",
    Fault.TIME: "“{}” is no time. Write 2026-11-25 14:30.",
    Fault.FUTURE: "It was opened in the future.",
    Fault.EMPTY: "It says nothing: no subject and no text.",
    Fault.BACKWARDS: "It was solved before it was opened.",
    Fault.MAIL: "“{}” is no mail address.",
    Fault.PHONE: "“{}” is no telephone number.",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that is left out, and why, for whoever made the table: each fault with what stands there."""

    faults: tuple[tuple[Fault, str], ...]

    @property
    def why(self) -> str:
        """In words, for reports and programs."""
        return " ".join(_SAID[fault].format(there) for fault, there in self.faults)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a row is read by: the catalogue, the country of its numbers, the zone of its times."""

    services: Sequence[Service]
    country: str
    zone: str


@cache
def columns() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """What a table of each kind may hold, with the names it is known by."""
    path = Path(__file__).parent / "data" / "columns.toml"
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    return {kind: {field: tuple(names) for field, names in fields.items()} for kind, fields in listed.items()}


def guess(headings: Sequence[str], *, kind: Brought) -> dict[str, int]:
    """Which column is which field, by its heading alone; no column is two fields."""
    folded = [text.fold(one).strip() for one in headings]
    found: dict[str, int] = {}
    for field, names in columns()[kind].items():
        for name in names:
            at = next((at for at, one in enumerate(folded) if one == text.fold(name)), None)
            if at is not None and at not in found.values():
                found[field] = at
                break
    return found


def likelier(headings: Sequence[str]) -> Brought:
    """Whether it looks like a table of tickets or of people."""
    tickets = guess(headings, kind=Brought.TICKETS)
    return Brought.TICKETS if {"text", "subject", "created_at"} & tickets.keys() else Brought.PEOPLE


def missing(brought: Import) -> Lack | None:
    """What is still to be said before anything can be brought in."""
    known = brought.mapping.keys()
    if brought.kind is Brought.PEOPLE:
        return None if _WHO & known else Lack.WHO
    if not {"subject", "text"} & known:
        return Lack.WORDS
    if "created_at" not in known:
        return Lack.OPENED
    return Lack.DOOR if brought.inbox is None else None


def person(row: Sequence[str], *, mapping: Mapping[str, int], setting: Setting) -> PersonRow | Wrong:
    """A row of people."""
    said = _said(row, mapping)
    whose = _whose(said, setting)
    if isinstance(whose, Wrong):
        return whose
    kind = _KIND.get(said.get("kind", "").casefold())
    if kind is None:
        return _wrong(Fault.KIND, said["kind"])
    if not whose.name and not whose.addresses:
        return _wrong(Fault.NOBODY)
    language = said.get("language", "")[:20] or None
    return PersonRow(whose, kind, language, said.get("street", "")[:200], said.get("place", "")[:200])


def ticket(row: Sequence[str], *, mapping: Mapping[str, int], setting: Setting, at: datetime) -> TicketRow | Wrong:
    """A row of tickets."""
    said = _said(row, mapping)
    whose = _whose(said, setting)
    service = _service(said.get("service", ""), setting)
    status = _STATUS.get(said.get("status", "closed").casefold() or "closed")
    priority = _PRIORITY.get(said.get("priority", "normal").casefold() or "normal")
    opened, solved = instant(said.get("created_at", ""), zone=setting.zone), None
    wrong = {
        (Fault.SERVICE, said.get("service", "")): service is None,
        (Fault.STATUS, said.get("status", "")): status is None,
        (Fault.PRIORITY, said.get("priority", "")): priority is None,
        (Fault.TIME, said.get("created_at", "")): opened is None,
        (Fault.FUTURE, ""): opened is not None and opened > at + timedelta(minutes=5),
        (Fault.EMPTY, ""): not (said.get("subject") or said.get("text")),
    }
    if said.get("solved_at"):
        solved = instant(said["solved_at"], zone=setting.zone)
        wrong[Fault.TIME, said["solved_at"]] = solved is None
        wrong[Fault.BACKWARDS, ""] = bool(solved and opened and solved < opened)
    faults = [each for each, so in wrong.items() if so]
    if isinstance(whose, Wrong):
        return Wrong((*faults, *whose.faults))
    if faults or service is None or status is None or priority is None or opened is None:
        return Wrong(tuple(faults))
    subject = text.subject(said.get("subject", ""), said=said.get("text", ""))
    body = said.get("text") or said.get("subject", "")
    return TicketRow(whose, subject, body, service, status, priority, opened, solved)


def instant(said: str, *, zone: str) -> datetime | None:
    """A time as people and programs write it; without a zone it is the house's."""
    plain = said.strip()
    found = _parsed(plain, None) or next((made for form in _FORMS if (made := _parsed(plain, form))), None)
    if found is None or not 1970 <= found.year <= 2200:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def digest(file: str, *, line: int, row: Sequence[str]) -> str:
    """What makes a row of a file the same row of the same file: brought in twice, it is taken once."""
    return hashlib.sha256(json.dumps([file, line, list(row)], ensure_ascii=False).encode()).hexdigest()


def _said(row: Sequence[str], mapping: Mapping[str, int]) -> dict[str, str]:
    return {field: row[at] for field, at in mapping.items() if at < len(row)}


def _whose(said: Mapping[str, str], setting: Setting) -> Whose | Wrong:
    addresses = []
    if mail := said.get("email", ""):
        if not _MAIL.fullmatch(mail):
            return _wrong(Fault.MAIL, mail[:80])
        addresses.append(Address.mail(mail))
    if phone := said.get("phone", ""):
        number = e164(phone, country=setting.country)
        if number is None:
            return _wrong(Fault.PHONE, phone[:40])
        addresses.append(Address.phone(number))
    return Whose(identity.tidy_name(said.get("name", "")), tuple(addresses))


def _wrong(fault: Fault, there: str = "") -> Wrong:
    return Wrong(((fault, there),))


def _service(said: str, setting: Setting) -> Service | None:
    """By its id, its slug or any of its names; where nothing is said, the general one."""
    wanted = text.fold(said or "general")
    for one in setting.services:
        if wanted in {text.fold(one.id), text.fold(one.slug), *(text.fold(name) for name in one.name.values())}:
            return one
    return None


def _parsed(said: str, form: str | None) -> datetime | None:
    """By a form, or (None) as ISO 8601."""
    try:
        return datetime.fromisoformat(said) if form is None else datetime.strptime(said, form)  # noqa: DTZ007 - see instant
    except ValueError:
        return None
