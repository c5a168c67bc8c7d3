"""What was told at any moment is found again from the editions of answers and services."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.model.answer import Answer, AnswerState, Hand, Manner, Wording
from crm_core.model.catalogue import EditionState, ServiceEdition
from crm_core.model.ids import AnswerId, ServiceEditionId, ServiceId
from crm_core.rules.telling import Telling
from tests.crm_core.rules.made import MONDAY
from tests.world import PARKING, service

DAY = timedelta(days=1)
PLAIN = Wording({"en": "Cost"}, {"en": "It costs {cost}."}, {}, {})
BY_HAND = replace(PLAIN, hands=(Hand(Manner.PAPER, "en", "It costs $44.", "", {"cost": "$44"}),))
PERMIT = replace(service("permit", PARKING, order=1), facts={"cost": {"en": "$48"}})
ANSWER = Answer(AnswerId("a"), "a", PERMIT.id, BY_HAND, AnswerState.APPROVED, False, None, MONDAY, MONDAY)


def state(number: int, cost: str, at: datetime) -> ServiceEdition:
    content = replace(PERMIT, facts={"cost": {"en": cost}})
    id = ServiceEditionId(f"e{number}")
    return ServiceEdition(id, PERMIT.id, number, EditionState.PUBLISHED, content, None, at)


def telling(*editions: ServiceEdition, answer: Answer = ANSWER) -> Telling:
    wordings = {"a": [(MONDAY, PLAIN), (MONDAY + 2 * DAY, BY_HAND)]}
    return Telling([answer], wordings=wordings, editions=editions, services={PERMIT.id: PERMIT})


def test_before_anything_was_approved_there_is_nothing_to_tell() -> None:
    assert telling().share(MONDAY - DAY) is None


def test_each_moment_has_the_wording_and_the_fee_that_stood_then() -> None:
    found = telling(state(1, "$44", MONDAY + 4 * DAY), state(2, "$48", MONDAY + 4 * DAY))
    assert found.share(MONDAY + DAY) == 1
    assert found.share(MONDAY + 3 * DAY) == 1, "by hand, and the fee was what the letter says"
    assert found.share(MONDAY + 5 * DAY) == 4 / 5, "the fee changed, the letter did not"


def test_a_service_that_was_never_changed_is_as_it_is() -> None:
    assert telling().share(MONDAY + 5 * DAY) == 4 / 5


def test_what_has_ended_is_told_no_more_and_other_services_do_not_count() -> None:
    ended = replace(ANSWER, expires_at=MONDAY + DAY)
    assert telling(answer=ended).share(MONDAY + 2 * DAY) is None
    assert telling().share(MONDAY + DAY, of=PERMIT.id) == 1
    assert telling().share(MONDAY + DAY, of=ServiceId("other")) is None
