"""How somebody's waiting ends: said once, and never changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.model.ticket import Status
from crm_core.model.work import Work, WorkState
from crm_core.rules import needs, waits
from tests.crm_core.rules.made import MONDAY as AT
from tests.crm_core.rules.made import a_ticket
from tests.world import ANNA, BEN

LATER = AT + timedelta(seconds=40)
MUCH_LATER = AT + timedelta(hours=1)


def made(*, live: bool) -> Work:
    waiting = WorkState.QUEUED
    return Work("w", "t", "q", "talk", live, 1, {}, None, 2, AT, AT, waiting, came_live=live)  # type: ignore[arg-type]


def test_who_came_live_is_answered_when_one_of_us_has_them_and_only_once() -> None:
    taken = waits.taken(made(live=True), by=ANNA, at=LATER)
    again = waits.taken(replace(taken, agent=None), by=BEN, at=MUCH_LATER)
    assert (taken.answered_at, taken.held_at) == (LATER, LATER)
    assert (again.answered_at, again.held_at) == (LATER, MUCH_LATER)


def test_who_was_taken_and_never_put_through_has_not_been_answered_yet() -> None:
    taken = waits.taken(made(live=True), by=ANNA, at=LATER)
    in_vain, spoken = waits.untaken(taken, reached=False), waits.untaken(taken, reached=True)
    assert (in_vain.answered_at, in_vain.first, in_vain.state) == (None, None, WorkState.QUEUED)
    assert (spoken.answered_at, spoken.first) == (LATER, ANNA)
    assert waits.gone_quiet(in_vain, live=False, at=MUCH_LATER).left_at == MUCH_LATER


def test_who_leaves_before_anybody_was_there_gave_up_though_their_words_are_answered() -> None:
    left = waits.gone_quiet(made(live=True), live=False, at=LATER)
    answered = waits.ended(waits.taken(left, by=ANNA, at=MUCH_LATER), ticket=a_ticket(), at=MUCH_LATER)
    assert (answered.left_at, answered.answered_at) == (LATER, None)


def test_what_is_left_of_a_live_contact_weighs_what_an_answer_weighs_whoever_gets_it_then() -> None:
    talking = replace(waits.taken(made(live=True), by=ANNA, at=LATER), units=4)
    wrapping = waits.wrapping(talking, at=MUCH_LATER, cap=timedelta(minutes=1))
    assert wrapping.units == 4, "nothing else comes meanwhile"
    ticket = replace(a_ticket(), awaiting_since=AT)
    assert waits.taken(wrapping, by=BEN, at=MUCH_LATER).units == 1
    assert needs.work_again(wrapping, ticket=ticket, skills={}, at=MUCH_LATER).units == 1
    assert needs.work_again(talking, ticket=ticket, skills={}, at=MUCH_LATER).units == 4, "the caller is still there"


def test_who_leaves_after_that_did_not_give_up() -> None:
    taken = waits.taken(made(live=True), by=ANNA, at=LATER)
    assert waits.gone_quiet(taken, live=False, at=MUCH_LATER).left_at is None


def test_what_is_written_is_answered_by_its_answer_and_not_by_being_taken() -> None:
    taken = waits.taken(made(live=False), by=ANNA, at=LATER)
    assert taken.answered_at is None
    answered = replace(a_ticket(), awaiting_since=None, status=Status.SOLVED)
    assert waits.ended(taken, ticket=answered, at=MUCH_LATER).answered_at == MUCH_LATER
    owed = replace(a_ticket(), awaiting_since=AT, status=Status.ON_HOLD)
    assert waits.ended(taken, ticket=owed, at=MUCH_LATER).answered_at is None


@pytest.mark.parametrize("live", [True, False])
def test_what_is_closed_without_a_word_is_neither(live: bool) -> None:
    ended = waits.ended(made(live=live), ticket=replace(a_ticket(), status=Status.CLOSED), at=LATER)
    assert not waits.is_over(ended)
    assert (ended.state, ended.ended_at) == (WorkState.DONE, LATER)
