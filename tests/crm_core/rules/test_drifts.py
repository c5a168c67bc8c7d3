"""A channel drifts where clearly too few promises are kept, and not for a handful of tickets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.drift import Share
from crm_core.model.ids import ServiceId
from crm_core.model.parity import Matter
from crm_core.rules import drifts


def share(kept: int, of: int) -> Share:
    return Share(ServiceId("s"), "c", kept, of)


@pytest.mark.parametrize(
    ("kept", "of", "begins", "ends"),
    [
        (0, 29, False, False),  # too few to tell
        (10, 40, True, False),
        (29, 40, False, False),  # below what is owed, but not clearly: neither begins nor ends anything
        (32, 40, False, True),
        (40, 40, False, True),
    ],
)
def test_alerts_begin_and_end_at_different_levels(kept: int, of: int, begins: bool, ends: bool) -> None:
    assert (drifts.begins(share(kept, of)), drifts.ends(share(kept, of))) == (begins, ends)


def test_an_alert_of_a_door_that_nobody_uses_any_more_is_over() -> None:
    assert drifts.ends(None)


@given(st.integers(0, 400), st.integers(1, 400))
def test_nothing_begins_and_ends_at_once(kept: int, of: int) -> None:
    found = share(min(kept, of), of)
    assert not (drifts.begins(found) and drifts.ends(found))


def test_only_what_was_due_is_counted_by_service_and_channel() -> None:
    made = [Matter("s", "en", door, False, {}, None, kept) for door, kept in (("a", True), ("a", False), ("a", None))]
    assert drifts.shares([*made, Matter("s", "en", "b", False, {}, None, None)]) == [Share(ServiceId("s"), "a", 1, 2)]
