import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.rules.limits import Bucket, take
from tests.crm_core.rules.made import PATIENT


def test_a_full_bucket_allows_a_burst_and_then_says_when_to_come_back() -> None:
    bucket = None
    for _ in range(3):
        taken = take(bucket, at=100.0, rate=0.5, burst=3)
        assert taken.allowed
        bucket = taken.bucket
    refused = take(bucket, at=100.0, rate=0.5, burst=3)
    assert not refused.allowed
    assert refused.retry_after == pytest.approx(2.0)
    assert take(refused.bucket, at=102.0, rate=0.5, burst=3).allowed


def test_what_is_refused_costs_nothing() -> None:
    empty = Bucket(0.0, 100.0)
    for _ in range(50):
        empty = take(empty, at=100.5, rate=1, burst=5).bucket
    assert take(empty, at=101.0, rate=1, burst=5).allowed


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    emptied = take(Bucket(1.0, 100.0), at=100.0, rate=1, burst=5).bucket
    back = take(emptied, at=50.0, rate=1, burst=5)
    assert not back.allowed
    assert not take(back.bucket, at=100.5, rate=1, burst=5).allowed


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    assert take(Bucket(1.0, 100.0), at=50.0, rate=1, burst=5).allowed


@pytest.mark.parametrize(("rate", "cost"), [(0, 1), (-1, 1), (1, 6)])
def test_a_limit_that_would_never_open_is_a_fault_of_ours(rate: float, cost: float) -> None:
    with pytest.raises(ValueError, match="never fits"):
        take(None, at=0, rate=rate, burst=5, cost=cost)


@PATIENT
@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 10), st.integers(1, 20))
def test_no_pattern_of_asking_gets_more_than_rate_and_burst(gaps: list[float], rate: int, burst: int) -> None:
    bucket, at, allowed = None, 1000.0, 0
    for gap in gaps:
        at += gap
        taken = take(bucket, at=at, rate=rate, burst=burst)
        bucket, allowed = taken.bucket, allowed + taken.allowed
        if not taken.allowed:
            assert take(bucket, at=at + taken.retry_after + 1e-6, rate=rate, burst=burst).allowed
    assert allowed <= burst + (at - 1000.0) * rate + 1e-6
