"""Rows of a table as people and tickets: guesses by the headings, and what is wrong in plain words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm_core.model.bringing import Brought
from crm_core.model.customer import CustomerKind
from crm_core.model.ticket import Priority, Status
from crm_core.rules import bringing as rule
from crm_core.rules.bringing import PersonRow, Setting, TicketRow, Wrong
from tests.world import SERVICES

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
BY = Setting(SERVICES, "US", "Asia/Shanghai")
TICKET = {"subject": 0, "text": 1, "service": 2, "status": 3, "created_at": 4, "solved_at": 5, "email": 6}


@pytest.mark.parametrize(
    ("headings", "kind", "mapping"),
    [
        (["Name", "E-Mail", "Phone"], Brought.PEOPLE, {"name": 0, "email": 1, "phone": 2}),
        (["姓名", "手机", "住址"], Brought.PEOPLE, {"name": 0, "phone": 1, "street": 2}),
        (["Title", "Description", "Created"], Brought.TICKETS, {"subject": 0, "text": 1, "created_at": 2}),
        (["标题", "内容", "创建时间", "电话"], Brought.TICKETS, {"subject": 0, "text": 1, "created_at": 2, "phone": 3}),
        (["X", "Y"], Brought.PEOPLE, {}),
    ],
)
def test_columns_are_guessed_by_their_headings(headings: list[str], kind: Brought, mapping: dict[str, int]) -> None:
    assert rule.likelier(headings) is kind
    assert rule.guess(headings, kind=kind) == mapping


def test_a_person_is_read_with_their_addresses_as_we_keep_them() -> None:
    row = ("王伟", "Wang@Example.ORG", "(202) 555-0142", "单位")
    mapping = {"name": 0, "email": 1, "phone": 2, "kind": 3}
    read = rule.person(row, mapping=mapping, setting=BY)
    assert isinstance(read, PersonRow)
    assert [str(one) for one in read.whose.addresses] == ["mailto:wang@example.org", "tel:+12025550142"]
    assert read.kind is CustomerKind.ORGANISATION


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("", "", ""), "no name"),
        (("A", "no mail", ""), "no mail address"),
        (("A", "", "call me"), "no telephone number"),
    ],
)
def test_a_person_that_cannot_be_one_is_told_why(row: tuple[str, ...], why: str) -> None:
    read = rule.person(row, mapping={"name": 0, "email": 1, "phone": 2}, setting=BY)
    assert isinstance(read, Wrong)
    assert why in read.why


def test_a_ticket_is_read_with_its_times_in_the_houses_zone() -> None:
    row = ("Permit", "It ran out", "PERMIT", "Resolved", "2025-01-02 10:00", "2025-01-03T02:00:00Z", "a@example.org")
    read = rule.ticket(row, mapping=TICKET, setting=BY, at=NOW)
    assert isinstance(read, TicketRow)
    assert read.created_at == datetime(2025, 1, 2, 2, tzinfo=UTC)
    assert read.solved_at == datetime(2025, 1, 3, 2, tzinfo=UTC)
    assert (read.status, read.priority, read.service.slug) == (Status.SOLVED, Priority.NORMAL, "permit")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("service", "rocket", "no service of ours"),
        ("status", "odd", "no status"),
        ("created_at", "yesterday", "no time"),
        ("created_at", "2030-01-01", "in the future"),
        ("solved_at", "2024-01-01", "before it was opened"),
        ("email", "nobody", "no mail address"),
    ],
)
def test_a_ticket_that_cannot_be_one_is_told_why(field: str, value: str, why: str) -> None:
    row = ["Permit", "It ran out", "permit", "closed", "2025-01-02", "2025-01-03", "a@example.org"]
    row[TICKET[field]] = value
    read = rule.ticket(row, mapping=TICKET, setting=BY, at=NOW)
    assert isinstance(read, Wrong)
    assert why in read.why


@pytest.mark.parametrize(
    "said",
    ["2025-01-02", "2025/01/02", "02.01.2025", "2025年01月02日", "2025-01-02 00:00:00", "2025-01-02T00:00:00+08:00"],
)
def test_times_are_read_as_people_and_programs_write_them(said: str) -> None:
    assert rule.instant(said, zone="Asia/Shanghai") == datetime(2025, 1, 1, 16, tzinfo=UTC)


def test_a_row_is_the_same_only_in_the_same_place_of_the_same_file() -> None:
    first = rule.digest("f", line=2, row=["a"])
    assert first == rule.digest("f", line=2, row=["a"])
    others = (
        rule.digest("g", line=2, row=["a"]),
        rule.digest("f", line=3, row=["a"]),
        rule.digest("f", line=2, row=["b"]),
    )
    assert first not in others
