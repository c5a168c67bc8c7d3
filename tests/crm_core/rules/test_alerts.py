"""What asks for a supervisor: each with its reason and its one best action, and none that flickers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.alert import Alert, AlertKind, Remedy
from crm_core.model.board import Aims, Stand, Tally
from crm_core.rules.alerts import Around, judge
from crm_core.rules.board import Board, Desk

DAY = 1_790_000_000_000
NOW = DAY + 10 * 3_600_000
AIMS = Aims()
AROUND = Around({"q-1": "t-1"}, {}, {})


def waits(seconds: float, **more: object) -> Stand:
    values: dict[str, object] = {
        "id": "w-1",
        "ticket": "k-1",
        "queue": "q-1",
        "channel": "talk",
        "live": True,
        "came_live": True,
        "state": "queued",
        "agent": None,
        "units": 1,
        "came": NOW - int(seconds * 1000),
        "due": None,
        "answered": None,
        "left": None,
        "held": None,
        "entered": NOW,
        "version": 1,
    }
    return Stand(**{**values, **more})  # type: ignore[arg-type]


def desk(id: str, *, duty: str = "available", team: str = "t-1", reason: str | None = None, since: int = DAY) -> Desk:
    return Desk(id, duty, since, reason, (team,), 8, active=True, version=1)


def board(*works: Stand, staff: tuple[Desk, ...] = (desk("anna"),)) -> Board:
    made = Board(DAY, AIMS.within * 1000)
    for one in works:
        made.place(one)
    made.staff = {one.id: one for one in staff}
    return made


def stands(
    of: Board, *, around: Around = AROUND, before: dict[str, Alert] | None = None, at: int = NOW
) -> dict[str, Alert]:
    return judge(of, around, aims=AIMS, standing=before or {}, at=at)


def kinds(alerts: dict[str, Alert]) -> set[AlertKind]:
    return {one.kind for one in alerts.values()}


def test_nothing_asks_for_anybody_while_all_is_well() -> None:
    assert stands(board(waits(30))) == {}


def test_a_wait_over_its_limit_names_who_could_be_lent_the_longest_free_first() -> None:
    staff = (
        desk("anna"),
        desk("ben", team="t-2", since=DAY + 5),
        desk("eli", team="t-2"),
        desk("tom", team="t-2", duty="break"),
    )
    (alert,) = stands(board(waits(200), waits(190, id="w-2"), waits(20, id="w-3"), staff=staff)).values()
    assert (alert.kind, alert.subject, alert.grave) == (AlertKind.LONG_WAIT, "q-1", True)
    assert (alert.count, alert.value, alert.remedy, alert.helper) == (2, 200, Remedy.LEND, "eli")


def test_where_nobody_can_be_lent_the_queue_is_opened() -> None:
    (alert,) = stands(board(waits(200))).values()
    assert (alert.remedy, alert.helper) == (Remedy.OPEN_QUEUE, None)


@pytest.mark.parametrize(("duty", "asks"), [("offline", True), ("away", True), ("break", False), ("available", False)])
def test_somebody_waits_and_nobody_is_signed_in(duty: str, asks: bool) -> None:
    assert (AlertKind.NOBODY in kinds(stands(board(waits(5), staff=(desk("anna", duty=duty),))))) is asks


def test_a_target_is_told_of_enough_contacts_and_those_who_still_wait_past_it_count() -> None:
    few = board()
    few.tallies["q-1", "talk", DAY] = Tally(answered=8, met=7, live_answered=8, live_met=7)
    assert stands(few) == {}
    late = board(*(waits(21, id=f"w-{at}") for at in range(2)))
    late.tallies.update(few.tallies)
    (alert,) = stands(late).values()
    assert (alert.kind, alert.count, alert.value) == (AlertKind.BELOW_TARGET, 10, 70)


def test_who_did_not_answer_and_who_wraps_up_too_long() -> None:
    silent = desk("anna", duty="away", reason="no answer", since=NOW - 60_000)
    wrapping = waits(0, state="wrapping", agent="ben", live=False, answered=NOW, entered=NOW - 301_000)
    found = stands(board(wrapping, staff=(silent, desk("ben"))))
    assert {(one.kind, one.subject, one.value, one.remedy) for one in found.values()} == {
        (AlertKind.NOT_ANSWERING, "anna", 60, Remedy.MAKE_AVAILABLE),
        (AlertKind.LONG_WRAP, "ben", 301, Remedy.OPEN_AGENT),
    }
    assert stands(board(staff=(desk("anna", duty="away", reason="lunch"),))) == {}


def test_what_was_sent_or_not_and_doors_that_are_down() -> None:
    around = Around(AROUND.teams, {"k-9": NOW - 5000}, {"i-mail": NOW - 60_000})
    found = stands(board(), around=around)
    assert {(one.kind, one.subject, one.remedy) for one in found.values()} == {
        (AlertKind.UNKNOWN_SENDS, "k-9", Remedy.OPEN_SEND),
        (AlertKind.DOOR_DOWN, "i-mail", Remedy.OPEN_DOOR),
    }


def test_an_alert_keeps_its_beginning_and_is_over_only_clearly_below_its_limit() -> None:
    begun = stands(board(waits(181)))
    later = NOW + 40_000
    eased = stands(board(waits(0, came=later - 160_000)), before=begun, at=later)
    assert [(one.kind, one.since) for one in eased.values()] == [(AlertKind.LONG_WAIT, NOW)]
    assert stands(board(waits(0, came=later - 140_000)), before=begun, at=later) == {}


@given(st.lists(st.integers(170, 190), min_size=2, max_size=60))
def test_a_wait_that_swings_around_its_limit_raises_one_alert(seconds: list[int]) -> None:
    """Once a second somebody else is the one who waits longest: raised at most once, and never over meanwhile."""
    standing: dict[str, Alert] = {}
    seen: list[bool] = []
    for at, longest in enumerate(seconds):
        now = NOW + at * 1000
        standing = stands(board(waits(longest, came=now - longest * 1000)), before=standing, at=now)
        seen.append(bool(standing))
    assert sum(later and not earlier for earlier, later in zip([False, *seen], seen, strict=False)) <= 1


def test_it_stands_for_half_a_minute_at_least() -> None:
    begun = stands(board(waits(200)))
    assert kinds(stands(board(), before=begun, at=NOW + 29_000)) == {AlertKind.LONG_WAIT}
    assert stands(board(), before=begun, at=NOW + 30_000) == {}
