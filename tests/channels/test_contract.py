"""What every channel keeps, whichever folders there are: it reads anything or says why not, answers anything, and sends what it shows."""

from __future__ import annotations

import pickle
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import registry
from channels.contract import (
    ChannelType,
    Forged,
    Opening,
    Reading,
    Rendering,
    Response,
    Secret,
    Undeliverable,
    Unreadable,
    Wire,
)
from crm_core.model.address import Address
from crm_core.model.ids import InboxId, MessageId
from crm_core.model.message import Outbound

TYPES = registry.find()
EVERY = pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KEY = "onk_a-key-of-somebody"
TONES = range(1, 9)


def settings(kind: ChannelType) -> Any:
    """As an admin fills them in who gives only what is needed."""
    hints = get_type_hints(kind.settings)
    needed = [one for one in fields(kind.settings) if one.default is MISSING and one.default_factory is MISSING]
    return kind.settings(**{one.name: Secret("x") if hints[one.name] is Secret else "x" for one in needed})


def opened(kind: ChannelType) -> Any:
    opening = Opening(InboxId("i"), None, "Inbox", settings(kind), "https://larkhaven.example", None)
    return kind.opener(opening)


def wire(kind: ChannelType, body: bytes, headers: dict[str, str], path: str) -> Wire:
    mount = kind.mounts[0] if kind.mounts else ""
    url = f"https://larkhaven.example{mount}/{path}"
    return Wire(body, headers, url, NOW, ("hello@larkhaven.example",), {"peer": "192.0.2.1"}, method="POST")


words = st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace").decode())
bodies = (
    st.binary(max_size=400)
    | st.sampled_from([b"", b"{}", b"[" * 5000, b"null", b"\xff" * 50, b"a=b&a=c&%zz"])
    | st.dictionaries(words, words, max_size=5).map(lambda page: repr(page).encode())
)
types = st.sampled_from(
    [
        "",
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=b",
    ]
)


@EVERY
@given(body=bodies, type=types, path=words)
def test_anything_is_read_or_refused_in_one_of_two_ways_and_whatever_was_read_can_be_answered(
    kind: ChannelType, body: bytes, type: str, path: str
) -> None:
    channel = opened(kind)
    try:
        reading = channel.read(wire(kind, body, {"Content-Type": type}, path))
    except (Forged, Unreadable):
        return
    assert isinstance(reading, Reading)
    if not reading.parts:
        assert isinstance(channel.answer(reading, ()), Response)


@EVERY
def test_what_went_into_quarantine_is_answered_too(kind: ChannelType) -> None:
    assert isinstance(opened(kind).answer(Reading(()), ()), Response)


@EVERY
def test_what_will_arrive_is_shown_or_it_is_said_that_nothing_can_go(kind: ChannelType) -> None:
    to = Address(kind.address_scheme or "mailto", "wei@example.org")
    message = Outbound(
        MessageId("m"), InboxId("i"), to, "Wei", "Anna", "Your permit is ready.", "<m@x>", NOW, "ON-4F7K-2931"
    )
    try:
        shown = opened(kind).render(message)
    except Undeliverable:
        return
    assert isinstance(shown, Rendering)
    assert not kind.capabilities.replies or "permit is ready" in shown.parts[0]


@EVERY
def test_a_large_wire_can_be_read_in_a_process_of_its_own(kind: ChannelType) -> None:
    again = pickle.loads(pickle.dumps(opened(kind)))
    assert isinstance(again.answer(Reading(()), ()), Response)


@EVERY
def test_a_channel_says_of_itself_what_screens_and_the_gateway_ask(kind: ChannelType) -> None:
    assert all(kind.title.get(language) for language in ("en", "zh"))
    assert kind.capabilities.tone in TONES
    assert all(mount.startswith("/") and not mount.endswith("//") for mount in kind.mounts)
    assert bool(kind.address_scheme) or not kind.capabilities.replies
    assert (kind.key_of is None) == (kind.kept is None), "what proves a program is never kept"
    if kind.key_of is None or kind.kept is None:
        return
    brought = wire(
        kind, f"api_key={KEY}".encode(), {"Content-Type": "application/x-www-form-urlencoded"}, "requests.json"
    )
    assert kind.key_of(brought) == KEY
    assert KEY.encode() not in kind.kept(brought).body
