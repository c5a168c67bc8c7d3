"""State proof: for every action and every viewer, the old screen plus the events is the fresh screen.

Cases are recorded from random actions in a real house, over real sockets that break and
come back: what each viewer saw at some moment, every frame their socket got since, and
what a fresh load says later. The built reducer of the browser replays them, in Node.js
and in Chromium, and so does a slow, obvious one in Python.

A new action without a case fails here and is named; so is a handler that could be taken out of the reducer without
any case noticing. How to add a case stands at the top of `tests/stories/proof/acts.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page

from tests.scale import LONG, grows
from tests.stories.proof import recorded_once, replay
from tests.stories.proof.record import Recording, recorded
from tests.stories.proof.stage import ACTS, VIEWERS
from tests.stories.service import ROOT
from tests.test_house import ALL, SILENT

SEEDS = range(8 if LONG else 1)
PROOF = ROOT / "tests/stories/proof"
REDUCER = ROOT / "gateway/static/dist/reducer/reducer.mjs"


@grows
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("seed", SEEDS)
async def test_old_state_and_events_are_the_fresh_state_for_every_viewer(
    database: str, seed: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    recording = await _made(database, seed, request, tmp_path)
    run = f"{database}-{seed}"
    if seed == SEEDS[0]:  # there every action comes about; what others add is other orders of them
        _none([f"{name}: refused every time" for name in sorted(set(ACTS) - recording.acts)], recording, run)
    assert {case["viewer"] for case in recording.cases} == set(VIEWERS), "some viewer has no case"
    _none(replay.faults(recording.viewers, recording.cases), recording, run)
    judged = _asked_of_the_browsers_reducer(recording, tmp_path)
    _none(judged["failed"], recording, run)
    assert judged["compared"] > len(recording.cases), "hardly a timeline or a customer was compared"


async def test_every_action_has_a_case(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    recording = await _made("sqlite", 0, request, tmp_path)
    missing = ALL - SILENT.keys() - recording.actions
    assert missing == set(), f"add a case for {sorted(missing)} to tests/stories/proof/acts.py"


async def test_a_reducer_with_any_one_part_removed_fails(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    recording = await _made("sqlite", 0, request, tmp_path)
    assert _asked_of_the_browsers_reducer(recording, tmp_path)["failed"] == [], "the whole one must hold"
    unproved = set(_asked_of_the_browsers_reducer(recording, tmp_path, "unproved"))
    assert unproved - NEEDED_BY_NO_CASE.keys() - BY_CHANCE == set(), (
        "no case needs these handlers: see tests/stories/proof/acts.py"
    )
    assert NEEDED_BY_NO_CASE.keys() <= unproved, "these are proved by now: take them off the list"


async def test_a_line_that_comes_back_is_told_exactly_what_the_first_one_was(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """From the position of every recorded snapshot that a screen could still be showing."""
    recording = await _made("sqlite", 0, request, tmp_path)
    assert recording.breaks > 0, "no line ever broke"
    assert len(recording.told_again) >= 3 * len(VIEWERS)
    for whose, first, again in recording.told_again:
        assert again == _without_what_was_erased(first, again), whose


@pytest.mark.browser
async def test_the_built_reducer_says_the_same_in_the_browser(
    page: Page, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    recording = await _made("sqlite", 0, request, tmp_path)
    (tmp_path / "page.html").write_text("<!doctype html><title>Proof</title>")
    recording.kept(tmp_path / "cases.json")
    for needed in (PROOF / "judge.mjs", REDUCER):
        shutil.copy(needed, tmp_path / needed.name)
    served = web.Application()
    served.router.add_static("/", tmp_path)
    async with TestServer(served) as server:
        await page.goto(str(server.make_url("/page.html")))
        judged = await page.evaluate(REPLAYED)
    assert judged["failed"] == []
    assert judged["compared"] > len(recording.cases)


def _none(faults: list[str], recording: Recording, run: str) -> None:
    """Each fault whole, with its run, viewer, acts and both rows: what happens once in eleven runs must not be cut short.

    The recording itself is kept as well, so that it can be replayed (`node prove.mjs REDUCER CASES`).
    """
    if faults:
        kept = recording.kept(Path(tempfile.gettempdir()) / f"onestop-state-proof-{run}-{os.getpid()}.json")
        kept.with_suffix(".txt").write_text("\n".join(faults))
        pytest.fail("\n".join([f"{len(faults)} of {run}, all of them in {kept.with_suffix('.txt')}:", *faults[:20]]))


def _without_what_was_erased(first: list[Any], again: list[Any]) -> list[Any]:
    """Somebody was forgotten between the two: the words that were theirs are told to nobody any more."""
    erased = {told["position"] for told in again if told.get("personal") == {}}
    return [{**told, "personal": {}} if told["position"] in erased else told for told in first]


NEEDED_BY_NO_CASE = {
    **dict.fromkeys(("customer.changed", "identity.added"), "nothing tells of it any more"),
    "person.added": "nobody has somebody on the screen before they are entered",
    "suggestion.dismissed": "who might be the same is asked for by the open page, and no snapshot shows it",
    **dict.fromkeys(
        ("consent.stopped", "consent.started"),
        "the composer asks which ways are open when the message comes that says so, and the panel asks for the ledger",
    ),
    "upload.checked": "the composer that holds the file asks nobody: no snapshot shows what waits to be sent",
    "scanner.moved": "it only says that an admin's page is to ask again",
    "call.moved": "a call without a ticket stands on no screen yet",
    "phone.changed": "it only says that where my calls ring is to be asked again, and no snapshot shows that",
    "wishes.changed": "it only says that what I am told of while away is to be asked again, and no snapshot shows that",
    "proof.asked": "the message that carries the code tells everything that a screen shows",
    **dict.fromkeys(
        (
            *("erasure.moved", "erasure.ended", "erasure.finished", "period.set", "sweep.counted", "sweep.moved"),
            *("sweep.ended", "export.asked", "export.ready", "export.fetched", "export.gone", "hold.placed"),
            *("hold.lifted", "import.added", "import.dropped", "import.begun", "import.moved", "import.ended"),
        ),
        "it only says that a page is to ask again, and no snapshot shows that page",
    ),
    **dict.fromkeys(
        ("acknowledging.paused", "suspecting.changed", "block.added", "block.lifted", "asking.changed", "aims.changed"),
        "it only says that a page is to ask again, and no snapshot shows that page",
    ),
    **dict.fromkeys(
        ("ticket.held", "ticket.spam", "ticket.released"),
        "nobody has the timeline open of what is held from when it comes; a later row of the same walk replaces theirs",
    ),
    **dict.fromkeys(
        ("consult.joined", "consult.ended"),
        "it only says that the bar is to ask again who is asked in, and no snapshot shows that",
    ),
    "feedback.asked": "what solved it, or ended the talk, carries the same row a moment before",
    "work.kept": "whoever has it carries as much as before, and the row comes with what made it press otherwise",
    "work.wrapping": "who wraps up carries as much as before, and the row comes with the end of the talk",
    **dict.fromkeys(
        (
            *("edition.drafted", "edition.discarded", "edition.published", "job.begun", "job.moved", "job.ended"),
            *("timers.held", "timers.released", "drift.found", "drift.seen", "drift.over"),
        ),
        "it only says that a page is to ask again, and no snapshot shows that page; after a job all is loaded anew",
    ),
    "ticket.due": "a promise's alarm is hours away; its row never is newer, its notice is proved in reducer.test.ts",
    "ticket.opened": "the message that opens it carries the same row, and nobody can have had its timeline open",
    "customer.created": "nobody has a customer on the screen before they exist",
}
"""Handlers that no case can need, a reason for each."""

BY_CHANCE = frozenset({"ticket.moved", "work.queued", "pictures.fetched"})
"""Needed only in some walks: who has the timeline of a ticket open mostly loses sight of it when it moves; the row of a
ticket that wants an agent mostly comes with what made it want one."""

REPLAYED = """async () => {
    const [{ read, replay }, reducer, cases] = await Promise.all([
        import("/judge.mjs"), import("/reducer.mjs"), fetch("/cases.json").then((answer) => answer.json()),
    ]);
    return replay(reducer, read(cases));
}"""


async def _made(database: str, seed: int, request: pytest.FixtureRequest, folder: Path) -> Recording:
    """Recorded once for all tests here that want this run."""
    room: Path = request.getfixturevalue("room_of_the_run")
    return await recorded_once(room, f"recorded-{database}-{seed}", lambda: recorded(database, seed, request, folder))


def _asked_of_the_browsers_reducer(recording: Recording, folder: Path, *question: str) -> Any:
    assert REDUCER.exists(), "the web part is not built: ./onestop test builds it, or python web/build.py"
    cases = recording.kept(folder / "cases.json")
    command = ["node", str(PROOF / "prove.mjs"), str(REDUCER), str(cases), *question]
    judged = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert judged.returncode == 0, judged.stderr[-2000:]
    return json.loads(judged.stdout)
