"""A service is found by the words that people use for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.web_form.channel import CHANNEL
from crm_core.rules import matching
from gateway.city.books import books, sample_of
from gateway.city.house import build_house
from gateway.http.portal.find import marked, search

FORM = sample_of(CHANNEL)
assert FORM is not None
CITY = build_house(books(), [FORM], now=datetime(2026, 11, 23, tzinfo=UTC), seed=1)
SERVICES = {service.id: service for service in CITY.services.values()}
INDEX = matching.build(SERVICES.values())


def found(query: str) -> list[str]:
    return [service.slug for service in search(SERVICES, index=INDEX, query=query).services]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("my parking perm", "resident-permit"),
        ("parking permit", "resident-permit"),
        ("PARKING PERMITS", "resident-permit"),
        ("停车证", "resident-permit"),
        ("停車證", "resident-permit"),
        ("I want to renew my parking permit", "resident-permit"),
        ("pothole", "pothole"),
        ("potholes", "pothole"),
        ("sofa", "large-items"),
        ("mattress collection", "large-items"),
        ("birth certificate", "certificates"),
        ("垃圾桶", "missed-bin"),
        ("blue badge", "disabled-badge"),
    ],
)
def test_the_first_result_is_what_was_meant(query: str, first: str) -> None:
    assert found(query)[0] == first


@pytest.mark.parametrize("query", ["", "   ", "?!", "the", "x" * 5000, "\x00", "' OR 1=1 --"])
def test_odd_queries_are_no_error(query: str) -> None:
    assert len(found(query)) <= len(SERVICES)


def test_a_typing_mistake_finds_the_nearest() -> None:
    near = search(SERVICES, index=INDEX, query="mattres colection")
    assert near.services[0].slug == "large-items"
    near = search(SERVICES, index=INDEX, query="certifcate")
    assert near.near
    assert "certificates" in [service.slug for service in near.services]


def test_nothing_alike_finds_nothing() -> None:
    assert found("zzzzqqqq") == []


def test_what_was_found_is_marked_in_the_name() -> None:
    assert marked("Resident parking permit", terms=["parking", "perm"]) == [
        ("Resident ", False),
        ("parking", True),
        (" ", False),
        ("perm", True),
        ("it", False),
    ]
    assert marked("住户停车证", terms=["停车", "车证"]) == [("住户", False), ("停车证", True)]
    assert marked("Carpark", terms=["park"]) == [("Carpark", False)]
