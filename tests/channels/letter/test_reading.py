"""A letter becomes a contact: whose code it may carry, and that nobody said who wrote it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.contract import Opening, Unreadable, Wire
from channels.letter.channel import CHANNEL
from channels.letter.settings import LetterSettings
from channels.shared import submission
from channels.shared.scans.scan import How, Scan
from channels.shared.submission import Submission
from crm_core.model.ids import InboxId
from crm_core.model.message import Inbound

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PAGE = b"%PDF-1.7 a letter"
LETTERS = CHANNEL.opener(Opening(InboxId("i"), None, "Mailroom", LetterSettings(), "https://larkhaven.example", None))


def read(body: bytes, **evidence: str) -> Inbound:
    [part] = LETTERS.read(
        Wire(body, {}, "", NOW, evidence={key.replace("_", " "): text for key, text in evidence.items()})
    ).parts
    assert isinstance(part, Inbound)
    return part


def test_a_scan_is_one_letter_whatever_its_file_was_called() -> None:
    first, again = read(PAGE, name="a.pdf"), read(PAGE, name="b.pdf")
    assert first.external_id == again.external_id
    assert [file.name for file in (*first.files, *again.files)] == ["a.pdf", "b.pdf"]
    assert read(PAGE + b" ", name="a.pdf").external_id != first.external_id


def test_nobody_said_who_wrote_it_and_nothing_can_be_sent_there() -> None:
    letter = read(PAGE)
    assert letter.nameless
    assert letter.sender.scheme != CHANNEL.address_scheme
    assert letter.proven is None


@pytest.mark.parametrize(
    ("code", "tokens"),
    [
        ("https://larkhaven.example/track?number=ON-4F7K-2931#c=abc123", ("abc123",)),
        ("https://larkhaven.example/track?number=ON-4F7K-2931", ()),
        ("BEGIN:VCARD", ()),
        ("http://[broken?c=1", ()),
        ("https://larkhaven.example/track?c=abc123", ()),
        ("#c=x&c=y", ("x", "y")),
    ],
)
def test_codes_are_handed_on_for_the_core_to_judge(code: str, tokens: tuple[str, ...]) -> None:
    assert read(PAGE, scan=Scan(How.OWN, 1, "Yes.", (code,)).write()).tokens == tokens


def test_how_the_words_were_found_stands_beside_them() -> None:
    assert read(PAGE, scan=Scan(How.READ, 2, "Yes.", (), 91).write()).flags == ("read: 2 pages, 91 % sure",)
    assert read(PAGE, scan=Scan(How.NO_READER, 2).write()).flags == ("no words: no_reader",)
    assert read(PAGE, scan="nonsense").flags == ("no words: empty",)


def test_what_somebody_entered_has_a_sender_and_what_is_no_scan_is_said_to_be_none() -> None:
    entered = read(submission.write(Submission(id="0123456789abcdef", text="Dear City Hall")), entered_by="anna")
    assert (entered.text, entered.nameless) == ("Dear City Hall", False)
    with pytest.raises(Unreadable):
        read(b"<html>")
