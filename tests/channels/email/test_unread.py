"""Mail that stays unread in a mailbox becomes a word to the admin, and only that."""

from datetime import UTC, datetime, timedelta

from channels.email.unread import MOST_KNOWN, Unread

START = datetime(2026, 11, 26, tzinfo=UTC)


def test_what_lies_unread_for_long_is_told_with_its_number_and_age() -> None:
    unread = Unread()
    assert unread.look([4, 7], at=START) is None
    assert unread.look([4, 7, 9], at=START + timedelta(minutes=9)) is None
    told = unread.look([4, 7, 9], at=START + timedelta(minutes=12))
    assert told
    assert told["en"].startswith("Unread in the mailbox: 3, the oldest for 12 minutes")


def test_mail_that_comes_and_is_read_again_and_again_is_no_trouble() -> None:
    unread = Unread()
    for minute in range(0, 60, 4):
        assert unread.look([minute], at=START + timedelta(minutes=minute)) is None


def test_what_was_read_meanwhile_begins_anew() -> None:
    unread = Unread()
    assert unread.look([4], at=START) is None
    assert unread.look([], at=START + timedelta(minutes=9)) is None
    assert unread.look([4], at=START + timedelta(minutes=18)) is None


def test_a_mailbox_of_many_unread_mails_is_remembered_in_part() -> None:
    unread = Unread()
    unread.look(range(50_000), at=START)
    assert len(unread.since) == MOST_KNOWN
    told = unread.look(range(50_000), at=START + timedelta(hours=1))
    assert told
    assert told["en"].startswith("Unread in the mailbox: 50000")
