"""What a citizen sees of their request: nothing that we have only written and not sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm_core.model.message import Delivery
from crm_core.rules.story import own_messages
from tests.crm_core.rules.test_ways import MAIL, failed


@pytest.mark.parametrize("delivery", list(Delivery))
def test_what_waits_or_was_taken_back_is_no_part_of_the_story(delivery: Delivery) -> None:
    one = replace(failed(), delivery=delivery)
    shown = own_messages([one], own=frozenset({MAIL}))
    assert bool(shown) is (delivery not in (Delivery.SCHEDULED, Delivery.WITHDRAWN))
