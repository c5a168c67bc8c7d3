"""What if, over HTTP: the formulas beside a rehearsal, for those who run the floor, and never longer than they wait."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from crm_core.model.errors import Gone
from gateway.rehearsing import AT_MOST, FEWEST_RUNS, MOST_RUNS, Rehearsals, runs_of
from routing.whatif import Day
from tests.gateway.http.site import Site
from tests.world import SUE

ASKED = {"contacts": [20, 30, 30], "handle": 180, "patience": 240, "people": [4, 4, 4], "changed": [4, 6, 6]}


async def test_two_more_from_the_second_half_hour_are_reckoned_and_rehearsed_side_by_side(site: Site) -> None:
    sue = await site.person(SUE)
    said = await sue.post("queues/q-parking/outlooks", {**ASKED, "shrinkage": 0.3})
    assert said.status == 200, said.body
    first, second, _ = said.body["intervals"]
    assert (said.body["aims"]["variant"], said.body["runs"]) == ("sl4", MOST_RUNS)
    assert (first["now"]["people"], first["then"]["people"], second["then"]["people"]) == (4, 4, 6)
    assert second["scheduled"] > second["needed"] >= 5
    assert second["then"]["formula"]["level"] > second["now"]["formula"]["level"]
    assert second["then"]["formula"]["wait"] < second["now"]["formula"]["wait"]
    now, then = said.body["day"]["now"], said.body["day"]["then"]
    assert now["level"]["low"] <= now["level"]["mid"] <= now["level"]["high"] < then["level"]["low"]
    assert now["gives_up"]["mid"] > then["gives_up"]["mid"]


async def test_a_plan_begins_with_what_came_lately_and_who_is_here(site: Site) -> None:
    said = await (await site.person(SUE)).ask("GET", "queues/q-parking/demand")
    assert (said.status, len(said.body["contacts"]), said.body["days"]) == (200, 48, 0)
    assert (said.body["handle"], said.body["aims"]["within"]) == (None, 20)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"people": [4, 4]}, 422),
        ({"contacts": [3000, 3000, 0]}, 422),
        ({"handle": 0}, 422),
        ({"contacts": [20, 4000, 30], "handle": 86400}, 422),
        ({"interval": 60}, 422),
    ],
)
async def test_what_is_no_day_is_refused(site: Site, wrong: dict[str, object], status: int) -> None:
    sue = await site.person(SUE)
    assert (await sue.post("queues/q-parking/outlooks", {**ASKED, **wrong})).status == status
    assert (await sue.post("queues/q-nowhere/outlooks", ASKED)).status == 404


def day(contacts: float) -> Day:
    interval = timedelta(minutes=30)
    return Day(
        interval=interval, contacts=(contacts,), people=(3,), handle=interval / 10, patience=None, within=interval
    )


async def test_a_day_is_played_in_a_process_of_its_own_so_that_screens_go_on() -> None:
    rehearsals = Rehearsals()
    assert await rehearsals._ask(os.getpid) != os.getpid()
    await rehearsals.close()


async def test_nobody_is_played_for_who_is_gone() -> None:
    rehearsals, looks = Rehearsals(), 0

    def gone() -> bool:
        nonlocal looks
        looks += 1
        return looks > 4

    with pytest.raises(Gone):
        await rehearsals.play([day(200)], gone=gone)
    await rehearsals.close()
    assert looks == 5


def test_a_large_day_is_played_less_often() -> None:
    assert runs_of([day(1)]) == MOST_RUNS
    assert runs_of([day(500), day(500)]) == AT_MOST // 1000
    assert runs_of([day(5000), day(5000)]) == FEWEST_RUNS
