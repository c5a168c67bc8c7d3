"""What a report of a server says about a mail of ours, as far as the channel can tell."""

import re
import tomllib
from pathlib import Path

import pytest

from crm_core.model.address import Address
from crm_core.model.message import Returning
from tests.channels.email.bounces import complaint, old_report, report
from tests.channels.email.letters import OWN, SAMPLES, TOKEN, read

ID = f"<on.{TOKEN[:25]}.{'m' * 26}@larkhaven.example>"
WEI = Address.mail("wei@example.org")


@pytest.mark.parametrize(
    "mail",
    [report(id=ID), report(id=ID, copy="text/rfc822-headers"), old_report(id=ID)],
    ids=["report", "headers", "old"],
)
def test_a_report_names_the_mail_the_person_and_the_reason(mail: str) -> None:
    found = read(mail)
    assert found.automatic == "bounce"
    assert found.returned is not None
    assert found.returned.wire_ids[0] == ID
    assert found.returned.recipients == (WEI,)
    assert "5.1.1 User unknown" in found.returned.reason


def test_the_way_back_of_a_report_is_a_token_of_the_envelope() -> None:
    found = read(report(id="<lost@example.org>"), recipients=(OWN.replace("@", f"+{TOKEN}@"),))
    assert found.tokens == (TOKEN,)


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_a_report_of_anything_but_a_failure_says_that_nothing_failed(action: str) -> None:
    assert read(report(id=ID, action=action)).returned is None


def test_somebody_on_holiday_returns_nothing() -> None:
    away = "From: wei@example.org\nAuto-Submitted: auto-replied\nSubject: Away\nIn-Reply-To: {}\n\nBack on 5.10.2026, call 555 10 10."
    assert read(away.format(ID)).returned is None


def test_nobody_but_those_the_report_names_was_not_reached() -> None:
    named = report(id=ID, who="ana@example.org").replace("<ana@example.org>: host", "<wei@example.org>: host")
    found = read(named).returned
    assert found is not None
    assert WEI not in found.recipients


# ---------------------------------------------------------------- words of many servers

TOLD = tomllib.loads((Path(__file__).parent / "refusals.toml").read_text(encoding="utf-8"))["told"]
LATE = tomllib.loads((Path(__file__).parent / "refusals.toml").read_text(encoding="utf-8"))["late"]


def spoken(words: str, *, subject: str = "failure notice") -> str:
    return f"From: MAILER-DAEMON@mx.example.org\nTo: {OWN}\nSubject: {subject}\n\n{words}"


@pytest.mark.parametrize("told", TOLD, ids=[one["by"] for one in TOLD])
def test_what_servers_say_in_their_own_words_is_understood(told: dict[str, str]) -> None:
    found = read(spoken(told["words"], subject=told.get("subject", "failure notice"))).returned
    assert found is not None
    assert found.recipients == (WEI,)
    assert told["reason"] in found.reason
    if "Message-I" in told["words"]:
        assert found.wire_ids == ("<m1@larkhaven.example>",)


@pytest.mark.parametrize("late", LATE, ids=[one["by"] for one in LATE])
def test_who_goes_on_trying_has_not_failed(late: dict[str, str]) -> None:
    found = read(spoken(late["words"], subject=late["subject"]))
    assert (found.automatic, found.returned) == ("bounce", None)


def test_where_nobody_is_named_the_one_to_whom_the_mail_went_was_not_reached() -> None:
    words = "Message could not be delivered to mobile.\n\nOriginal Message:\nFrom: {}\nTo: {}\nSubject: Permit\n"
    found = read(spoken(words.format(OWN, "wei@example.org"))).returned
    assert found is not None
    assert found.recipients == (WEI,)
    several = read(spoken(words.format(OWN, "wei@example.org, ana@example.org"))).returned
    assert several is not None
    assert several.recipients == (), "nobody can tell which of them"


# ---------------------------------------------------------------- complaints


@pytest.mark.parametrize(
    "mail",
    [
        complaint(id=ID),
        complaint(id=ID, kind="Fraud"),
        complaint(id=ID, copy="text/rfc822-headers"),
        complaint(id=ID, copy="text/rfc822-header"),
        complaint(id=ID, subtype="mixed"),
        complaint(id=ID, subtype="mixed", type="text/plain"),
        complaint(id=ID, subtype="mixed", type="application/octet-stream"),
        complaint(id=ID, subtype="mixed", type="text/plain", kind="other").replace("Feedback-Type: other\n", ""),
        complaint(id=ID, type="message/feedback-report\n\nContent-Type: text/plain"),
    ],
)
def test_a_complaint_names_the_mail_that_somebody_does_not_want(mail: str) -> None:
    found = read(mail)
    assert found.automatic == "complaint"
    assert found.returned is not None
    assert (found.returned.kind, found.returned.wire_ids) == (Returning.COMPLAINT, (ID,))
    assert found.returned.recipients == ()


def test_a_complaint_names_who_complains_where_it_tells() -> None:
    found = read(complaint(id=ID, kind="opt-out", who="wei@example.org")).returned
    assert found is not None
    assert (found.reason, found.recipients) == ("opt-out", (WEI,))


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_feedback_that_minds_nothing_is_a_report_and_no_complaint(kind: str) -> None:
    found = read(complaint(id=ID, kind=kind))
    assert (found.automatic, found.returned) == ("report", None)


def test_a_person_who_complains_is_no_machine() -> None:
    assert (
        read("From: wei@example.org\nSubject: Complaint about message from you\n\nFeedback-Type: abuse\n").automatic
        is None
    )


# ---------------------------------------------------------------- real ones

NOT_FAILED = {"lhost-amazonses-13.eml", "lhost-postfix-75.eml"}
"""A mail that did arrive; and what a server tells its own postmaster about a stranger."""


def test_of_real_reports_all_are_known_and_those_of_failure_say_who_was_not_reached(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert SAMPLES.is_dir(), f"the samples are missing: {SAMPLES}"
    found = {path.name: read(path.read_bytes()) for path in sorted((SAMPLES / "bounces").iterdir())}
    bounces = {name: mail for name, mail in found.items() if name.startswith(("lhost", "rhost", "rfc3464"))}
    known = [name for name, mail in bounces.items() if mail.automatic == "bounce"]
    failed = [name for name, mail in bounces.items() if mail.returned]
    named = [name for name in failed if (back := bounces[name].returned) and back.recipients]
    copied = [name for name in bounces if _copies_an_id((SAMPLES / "bounces" / name).read_bytes())]
    tied = [name for name in copied if not (back := bounces[name].returned) or back.wire_ids]
    complaints = [name for name, mail in found.items() if mail.automatic == "complaint"]
    with capsys.disabled():
        print(
            f"\nbounces: {len(known)} of {len(bounces)} known, {len(failed)} say that something failed, {len(named)} of those"
            f" whom; {len(tied)} of {len(copied)} with an id in what came back name it; complaints: {len(complaints)} of 5"
        )
    assert all(mail.automatic for mail in found.values()), "none of them is answered by a machine"
    assert len(known) / len(bounces) >= 0.99
    assert len(named) / len(failed) >= 0.99
    assert len(failed) >= 185
    assert tied == copied
    assert complaints == [f"arf-{number}.eml" for number in ("01", "12", "16", "22", "25")]
    assert not NOT_FAILED & set(failed)


def _copies_an_id(raw: bytes) -> bool:
    """Whether a Message-ID stands below the mail's own head."""
    _, _, below = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    return re.search(rb"^[ \t>]*message-id:\s*<[^<>\s]{8,}>", below, re.IGNORECASE | re.MULTILINE) is not None
