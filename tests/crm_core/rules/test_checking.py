"""Whether a file may leave: decided once, by what is known of its bytes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.check import TOO_LARGE, Check, Judged, Verdict
from crm_core.model.errors import FileHeld
from crm_core.model.ids import FileId
from crm_core.model.message import Attachment
from crm_core.rules import checking
from tests.world import START

VERDICTS = st.none() | st.builds(
    Verdict, st.just("d"), st.sampled_from(Judged), st.sampled_from([None, "X", TOO_LARGE])
)


@given(verdict=VERDICTS, waits=st.booleans())
def test_what_a_message_shows_is_what_the_gate_does(verdict: Verdict | None, *, waits: bool) -> None:
    """No file looks open and is shut, or the other way round; and only what was found is named."""
    shown = checking.marked(file(), verdict, waits=waits)
    if shown.check is None:
        checking.permit(verdict, waits=waits)
        assert shown.found is None
    else:
        with pytest.raises(FileHeld) as refused:
            checking.permit(verdict, waits=waits)
        assert refused.value.check is shown.check


@pytest.mark.parametrize("waits", [True, False])
def test_only_a_verdict_opens_what_waits_and_only_a_blocked_one_shuts_what_does_not(*, waits: bool) -> None:
    assert checking.bar(None, waits=waits) is (Check.CHECKING if waits else None)
    for judged, held in ((Judged.CLEAN, None), (Judged.RELEASED, None), (Judged.BLOCKED, Check.BLOCKED)):
        assert checking.bar(Verdict("d", judged), waits=waits) is held


def test_a_blocked_file_decides_before_one_that_is_being_checked() -> None:
    checks, blocked = file(check=Check.CHECKING), file(check=Check.BLOCKED, found="X")
    assert checking.worst([file(), checks, blocked]) is blocked
    assert checking.worst([file(), checks]) is checks
    assert checking.worst([file()]) is None
    assert checking.stays(blocked) == "its file a.pdf is blocked: the virus scanner found X"


@given(tries=st.integers(0, 10_000))
def test_it_is_asked_again_later_each_time_and_never_given_up(tries: int) -> None:
    waits = checking.next_look(tries, at=START) - START
    assert timedelta(seconds=2) <= waits <= timedelta(minutes=5)
    assert waits <= checking.next_look(tries + 1, at=START) - START


def file(check: Check | None = None, found: str | None = None) -> Attachment:
    return Attachment(FileId("f"), "a.pdf", "application/pdf", 3, "d", check=check, found=found)
