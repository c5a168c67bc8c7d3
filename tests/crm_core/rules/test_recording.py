"""Recording with consent: who may be recorded from the first word, and who by their agent's hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm_core.model.call import Call, CallDirection, CallState, Recording, TapeConsent
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import CallId, InboxId
from crm_core.rules import recording

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def call(consent: TapeConsent | None, state: CallState = CallState.WAITING) -> Call:
    return Call(CallId("c"), InboxId("i"), CallDirection.IN, state, NOW, consent=consent)


@pytest.mark.parametrize("consent", [None, *TapeConsent])
def test_a_talk_is_recorded_by_itself_only_with_a_consent_and_never_where_recording_is_off(
    consent: TapeConsent | None,
) -> None:
    allowed = consent in (TapeConsent.ANNOUNCED, TapeConsent.AGREED, TapeConsent.ALOUD)
    for set_to in Recording:
        assert recording.begins(call(consent), recording=set_to) == (allowed and set_to is not Recording.OFF)


@pytest.mark.parametrize("consent", [None, *TapeConsent])
def test_an_agent_answers_for_whom_nobody_asked_and_never_goes_over_a_no(consent: TapeConsent | None) -> None:
    if consent is TapeConsent.REFUSED:
        with pytest.raises(NotAllowedNow):
            recording.aloud(call(consent), at=NOW)
        return
    kept = consent in (TapeConsent.ANNOUNCED, TapeConsent.AGREED)
    assert recording.aloud(call(consent), at=NOW).consent is (consent if kept else TapeConsent.ALOUD)


@pytest.mark.parametrize("pressed", ["", "0", "2", "11", "*"])
def test_anything_but_one_is_a_no_and_what_was_said_first_stands(pressed: str) -> None:
    no = recording.answered(call(TapeConsent.ASKED), pressed=pressed, at=NOW)
    assert no.consent is TapeConsent.REFUSED
    assert recording.answered(no, pressed="1", at=NOW) == no


@pytest.mark.parametrize("consent", [None, *TapeConsent])
def test_who_may_have_heard_nothing_counts_as_never_told_but_what_they_said_stands(consent: TapeConsent | None) -> None:
    told = consent in (TapeConsent.ANNOUNCED, TapeConsent.ASKED)
    assert recording.unheard(call(consent)).consent is (None if told else consent)
    talks = call(consent, CallState.TALKING)
    assert recording.unheard(talks) == talks, "who talks has heard it long ago"


def test_each_is_told_what_is_still_to_be_said() -> None:
    said = {consent: recording.still_to_say(call(consent)) for consent in (None, *TapeConsent)}
    assert {consent: one for consent, one in said.items() if one is not Recording.OFF} == {
        TapeConsent.ANNOUNCED: Recording.ANNOUNCED,
        TapeConsent.ASKED: Recording.ASKED,
    }


@pytest.mark.parametrize("consent", [None, *TapeConsent])
@pytest.mark.parametrize("set_to", list(Recording))
def test_whom_we_call_is_told_first_just_where_they_would_be_recorded_from_the_first_word(
    consent: TapeConsent | None, set_to: Recording
) -> None:
    first = recording.told_first(call(consent), recording=set_to)
    heard = recording.told(call(consent), at=NOW) if first else call(consent)
    assert first == recording.begins(heard, recording=set_to), (
        "nobody untold is recorded, and nobody is told for nothing"
    )
    assert (heard.consent is TapeConsent.REFUSED) == (consent is TapeConsent.REFUSED), "a no stands"
