from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.message import Delivery
from crm_core.rules.delivery import GIVE_UP_AFTER, next_try, onward
from tests.crm_core.rules.made import MONDAY, PATIENT

D = Delivery


@pytest.mark.parametrize(
    ("now", "to", "news"),
    [
        (D.QUEUED, D.SENDING, True),
        (D.SENDING, D.UNKNOWN, True),
        (D.SENDING, D.SENT, True),
        (D.UNKNOWN, D.SENT, True),
        (D.SENT, D.DELIVERED, True),
        (D.SENT, D.READ, True),
        (D.SENT, D.FAILED, True),
        (D.DELIVERED, D.SENT, False),  # a late callback
        (D.READ, D.DELIVERED, False),
        (D.READ, D.FAILED, False),
        (D.SENT, D.SENT, False),  # a repeated one
        (D.FAILED, D.DELIVERED, False),
        (D.UNKNOWN, D.SENDING, False),  # never resent by us
    ],
)
def test_a_receipt_counts_only_if_it_tells_more_than_we_know(now: Delivery, to: Delivery, *, news: bool) -> None:
    assert onward(now, to=to) is news


@PATIENT
@given(st.lists(st.sampled_from(Delivery), max_size=12))
def test_callbacks_in_any_order_and_number_end_in_the_same_state_as_once_each(told: list[Delivery]) -> None:
    def after(receipts: Sequence[Delivery]) -> Delivery:
        state = D.SENDING
        for receipt in receipts:
            state = receipt if onward(state, to=receipt) else state
        return state

    ends = [receipt for receipt in told if receipt not in (D.FAILED, D.READ)]
    assert after(ends) is after(sorted(ends, key=list(Delivery).index, reverse=True)) is after(ends * 2)


def test_tries_are_spread_further_and_further_and_end_after_days() -> None:
    waits = [next_try(attempts, created_at=MONDAY, at=MONDAY) for attempts in range(40)]
    known = [at - MONDAY for at in waits if at is not None]
    assert len(known) == 40
    assert known == sorted(known)
    assert (known[0], known[-1]) == (timedelta(seconds=15), timedelta(hours=4))
    assert next_try(3, created_at=MONDAY, at=MONDAY + GIVE_UP_AFTER + timedelta(seconds=1)) is None


@PATIENT
@given(st.integers(0, 1000), st.integers(0, 999_999))
def test_a_try_is_never_now_and_at_most_a_tenth_late(attempts: int, microsecond: int) -> None:
    at = MONDAY.replace(microsecond=microsecond)
    even = next_try(attempts, created_at=MONDAY, at=MONDAY)
    spread = next_try(attempts, created_at=MONDAY, at=at)
    assert even is not None
    assert spread is not None
    wait = even - MONDAY
    assert wait <= spread - at <= wait * 1.1
