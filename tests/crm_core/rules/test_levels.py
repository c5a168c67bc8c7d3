"""Service level by each variant, with the printed example of the field as its vector."""

from __future__ import annotations

import pytest

from crm_core.model.board import Service, Variant
from crm_core.rules.levels import fraction, percentile

EXAMPLE = Service(answered=1000, met=860, left=60, left_early=20, left_short=10)
"""ICMI and Call Centre Helper: 1,000 answered, 860 of them within 20 s; 60 gave up, 20 of them early, 10 within 5 s."""


@pytest.mark.parametrize(
    ("variant", "percent"),
    [("sl1", 83.02), ("sl2", 86.00), ("sl3", 81.13), ("sl4", 82.69), ("sl5", 82.08)],
)
def test_each_variant_is_worked_out_as_printed(variant: str, percent: float) -> None:
    met, of = fraction(EXAMPLE, variant=Variant(variant))
    assert round(100 * met / of, 2) == percent


@pytest.mark.parametrize("variant", list(Variant))
def test_who_still_waits_past_the_limit_counts_as_missed_in_every_variant(variant: Variant) -> None:
    before, after = Service(9, 9, 0, 0, 0), Service(9, 9, 0, 0, 0, overdue=1)
    assert fraction(before, variant=variant) == (9, 9)
    assert fraction(after, variant=variant) == (9, 10)


def test_a_percentile_is_a_wait_that_somebody_had() -> None:
    waits = {1: 5, 10: 4, 100: 1}
    assert [percentile(waits, share) for share in (0.5, 0.9, 1.0)] == [1, 10, 100]
    assert percentile({}, 0.5) is None
