"""A submitted form is read as one contact, or said to be unreadable; never anything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Opening, Outcome, Reading, Undeliverable, Unreadable, Wire
from channels.shared import submission
from channels.shared.json_body import Upload
from channels.shared.submission import Answer, Submission
from channels.web_form.channel import CHANNEL, WebForm
from channels.web_form.settings import WebFormSettings
from crm_core.model.ids import InboxId
from crm_core.model.message import Inbound

CHANNEL_OPEN = WebForm(Opening(InboxId("i"), None, "Form", WebFormSettings(), "https://example.org", None))
FORM = Submission(id="s" * 24, email="Wei@Example.org", name="Wei Zhang", text="Hello")


def wire(body: bytes) -> Wire:
    return Wire(body, {}, "https://example.org/s/x/check", datetime(2026, 11, 23, tzinfo=UTC))


def read(**changes: Any) -> Inbound:
    page = json.loads(submission.write(FORM)) | changes
    [inbound] = CHANNEL_OPEN.read(wire(json.dumps(page).encode())).parts
    assert isinstance(inbound, Inbound)
    return inbound


def test_a_form_is_one_contact_of_a_claimed_sender() -> None:
    inbound = read(service="s-permit", subject="Permit", language="zh")
    assert str(inbound.sender) == "mailto:wei@example.org"
    assert (inbound.proven, inbound.service, inbound.subject, inbound.language) == (None, "s-permit", "Permit", "zh")


def test_the_same_form_has_the_same_id_for_ever_and_another_has_another() -> None:
    assert read().external_id == read(text="changed").external_id
    assert read().external_id != read(submission="t" * 24).external_id


def test_answers_stand_under_their_questions_before_the_persons_own_words() -> None:
    form = Submission(
        id="s" * 24,
        phone="555 0142",
        text="Thank you.",
        answers=(Answer("kind", "New or renewal?", "续期", "Renewal"), Answer("plate", "Your plate?", "LKH 4471")),
        files=(Upload("bill.pdf", "application/pdf", b"%PDF-"),),
    )
    [inbound] = CHANNEL_OPEN.read(wire(submission.write(form))).parts
    assert isinstance(inbound, Inbound)
    assert inbound.text == "New or renewal?\n续期\n\nYour plate?\nLKH 4471\n\nThank you."
    assert inbound.fields == {"kind": "Renewal", "plate": "LKH 4471"}
    assert str(inbound.sender) == "tel:+15550142"
    assert [(file.name, file.content) for file in inbound.files] == [("bill.pdf", b"%PDF-")]


def test_who_gives_mail_and_phone_is_answered_by_mail() -> None:
    inbound = read(phone="+1 555 0142")
    assert [str(inbound.sender), *map(str, inbound.other_addresses)] == ["mailto:wei@example.org", "tel:+15550142"]


@pytest.mark.parametrize(
    "changes",
    [
        {"email": None},
        {"email": "nobody"},
        {"email": "a@b"},
        {"email": "a@example.org, b@example.org"},
        {"email": 7},
        {"submission": ""},
        {"submission": "short"},
        {"answers": "none"},
        {"answers": [1]},
        {"files": [{"name": "a", "type": "b", "content": "not base64!"}]},
    ],
)
def test_what_nobody_could_answer_or_trust_is_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read(**changes)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'{"submission":1}'])
def test_a_body_that_is_no_form_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        CHANNEL_OPEN.read(wire(body))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["submission", "answers", "files", "email", "phone", "text", "label"]), inner
            )
        ),
    )
)
def test_no_json_breaks_the_reader(page: Any) -> None:
    try:
        CHANNEL_OPEN.read(wire(json.dumps(page).encode()))
    except Unreadable:
        return


@given(st.text(), st.text(), st.text())
def test_any_words_come_through_as_text_that_can_be_stored(text: str, name: str, label: str) -> None:
    inbound = read(text=text, name=name, answers=[{"key": "k", "label": label, "text": "x", "value": ""}])
    (inbound.text + inbound.sender_name).encode()
    assert "\x00" not in inbound.text


def test_the_answer_is_the_number() -> None:
    answer = CHANNEL_OPEN.answer(Reading(()), [Outcome(number="ON-4F7K-2931")])
    assert (answer.status, json.loads(answer.body)) == (202, {"number": "ON-4F7K-2931"})
    assert json.loads(CHANNEL_OPEN.answer(Reading(()), ()).body) == {"number": None}


async def test_nothing_leaves_by_a_form() -> None:
    with pytest.raises(Undeliverable):
        await CHANNEL_OPEN.send(None)  # type: ignore[arg-type]


def test_what_the_channel_can_do_is_what_it_says() -> None:
    can = CHANNEL.capabilities
    assert (can.text, can.files, can.subject, can.threads) == (True, True, True, True)
    assert (can.starts, can.replies, can.html, can.live) == (False, False, False, False)
