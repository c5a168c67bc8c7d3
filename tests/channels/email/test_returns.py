"""What a report of a server says about a mail of ours, as far as the channel can tell."""

import pytest

from crm_core.model.address import Address
from tests.channels.email.bounces import old_report, report
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


def test_of_real_bounces_most_say_who_was_not_reached() -> None:
    bounces = sorted((SAMPLES / "bounces").glob("[lr]h*")) + sorted((SAMPLES / "bounces").glob("rfc3464-*"))
    assert len(bounces) > 100, f"the samples are missing: {SAMPLES}"
    told = [path.name for path in bounces if (mail := read(path.read_bytes())).returned and mail.returned.recipients]
    assert len(told) / len(bounces) > 0.8, sorted({path.name for path in bounces} - set(told))
