"""What every channel keeps, whichever folders there are: it reads anything or says why not, answers anything, and sends what it shows."""

from __future__ import annotations

import pickle
import tomllib
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

import channels
from channels import contract, registry
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
from channels.shared.form import Kind as FormKind
from channels.shared.form import files_of, form_of, told, wrong
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
    assert kind.capabilities.entered == isinstance(opened(kind), contract.Entered)
    assert (kind.key_of is None) == (kind.kept is None), "what proves a program is never kept"
    if kind.key_of is None or kind.kept is None:
        return
    brought = wire(
        kind, f"api_key={KEY}".encode(), {"Content-Type": "application/x-www-form-urlencoded"}, "requests.json"
    )
    assert kind.key_of(brought) == KEY
    assert KEY.encode() not in kind.kept(brought).body


def test_no_two_channels_share_a_sign() -> None:
    """Where there is little room, as above the board's columns, it is all that tells them apart."""
    signs = [kind.capabilities.icon for kind in TYPES.values()]
    assert len(set(signs)) == len(signs), sorted(signs)


@EVERY
def test_every_setting_has_words_in_both_languages_and_no_words_are_left_over(kind: ChannelType) -> None:
    shown = form_of(kind.settings)
    texts = [shown.about, *(group.title for group in shown.groups)]
    for field in (*shown.fields.values(), *([shown.address.field] if shown.address else [])):
        texts += [field.label, *(choice.label for choice in field.choices)]
        texts += [optional for optional in (field.hint, field.wrong) if optional]
    texts += [one[part] for one in shown.told for part in ("label", "hint")]
    for text in texts:
        assert text.keys() == {"en", "zh"}, text
        assert all(said.strip() for said in text.values()), text
    known = {one.name for one in fields(kind.settings)}
    listed = [field.name for group in shown.groups for field in group.fields]
    assert sorted(listed) == sorted(known), "each setting stands in one group"
    written = {
        name
        for path in files_of(kind.settings)
        if path.exists()
        for name in tomllib.loads(path.read_text("utf-8")).get("fields", {})
    }
    assert written == known, "words without a setting, or a setting without words"


@EVERY
def test_what_can_be_wrong_with_a_setting_is_said_beside_it(kind: ChannelType) -> None:
    shown = form_of(kind.settings)
    odd = {name: "§ :[" for name, field in shown.fields.items() if field.kind not in (FormKind.SWITCH, FormKind.NUMBER)}
    complained = wrong(kind.settings, odd)
    assert set(complained) == {name for name, field in shown.fields.items() if field.wrong}
    assert wrong(kind.settings, {}) == []


@EVERY
def test_what_others_must_be_told_of_an_inbox_can_be_copied(kind: ChannelType) -> None:
    given = replace(settings(kind), **{one["when"]: True for one in form_of(kind.settings).told if "when" in one})
    url = "https://larkhaven.example"
    opening = Opening(InboxId("i"), "hello@larkhaven.example", "Inbox", given, url, None, f"{url}/hooks/x/i")
    found = told(kind.settings, opening)
    assert len(found) == len(form_of(kind.settings).told)
    assert all("{" not in one.value and "larkhaven" in one.value for one in found)
    nothing = Opening(InboxId("i"), None, "Inbox", given, url, None)
    assert all("None" not in one.value for one in told(kind.settings, nothing))


@EVERY
def test_the_steps_of_a_test_are_named_in_both_languages(kind: ChannelType) -> None:
    channel = opened(kind)
    if isinstance(channel, contract.Tested):
        assert channel.steps()
        assert all(name.keys() == {"en", "zh"} for name in channel.steps().values())


@pytest.mark.parametrize(
    "path", sorted(Path(channels.__file__).parent.rglob("words.toml")), ids=lambda path: path.parent.name
)
def test_what_is_said_is_said_in_both_languages_with_the_same_values(path: Path) -> None:
    page = tomllib.loads(path.read_text("utf-8"))
    for code, said in page.items():
        if code == "steps":
            continue
        assert said.keys() <= {"en", "zh", "todo"}, code
        for both in (said, *([said["todo"]] if "todo" in said else [])):
            gaps = [{name for _, name, _, _ in Formatter().parse(both[language]) if name} for language in ("en", "zh")]
            assert gaps[0] == gaps[1], code
    sources = "".join(source.read_text("utf-8") for source in path.parent.glob("*.py"))
    for code in (*page.keys() - {"steps"}, *page["steps"]):
        assert f'"{code}"' in sources, f"nobody says {code}"
