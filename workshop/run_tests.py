"""`./onestop test [--long] [for pytest …]`: all tests, with real peers; a missing peer fails, it never skips.

Without further arguments the web part's own tests run too. Whatever else is said goes to pytest:
`./onestop test tests/routing -x`.

A long run keeps what it found in `benchmarks/results/long.json`; `--long -m "long or grows"` leaves out
what the everyday run does just as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from workshop import findings, peers
from workshop.places import ROOT, WEB, node

LONG_RESULTS = ROOT / "benchmarks/results/long.json"

WORKERS = (os.cpu_count() or 1) + 1
"""One more than there are processors: tests of a running house wait for it half of their time."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How a run of tests ended; `exit_code` may be bad though no test failed (nothing was collected, say)."""

    passed: int
    failed: int
    skipped: int
    exit_code: int


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="onestop test", description=__doc__, allow_abbrev=False)
    parser.add_argument("--long", action="store_true", help="also those that take minutes")
    known, for_pytest = parser.parse_known_args(arguments)
    peers.ensure()
    with tempfile.TemporaryDirectory(prefix="onestop-tally-") as folder:
        tallies = [run_pytest(for_pytest, long=known.long, folder=Path(folder))]
        if not for_pytest:
            tallies.append(run_vitest(folder=Path(folder)))
    return close(tallies)


def run_pytest(arguments: Sequence[str], *, long: bool, folder: Path) -> Tally:
    report = folder / "pytest.xml"
    chosen = [] if long or any(word.startswith("-m") for word in arguments) else ["-m", "not long"]
    command = [
        "-m",
        "pytest",
        "-n",
        str(WORKERS),
        "--dist",
        "worksteal",
        *chosen,
        f"--junitxml={report}",
        *arguments,
    ]
    at_full_strength = {"ONESTOP_LONG_TESTS": "yes"} if long else {}
    environment = {**os.environ, **at_full_strength}
    before = _this_run() if long else {}
    code = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False
    ).returncode
    if not report.exists():
        return Tally(0, 0, 0, code or 1)
    if long:
        findings.keep(report, into=LONG_RESULTS, of_this_run=before)
    print(findings.table(findings.of(report)), end="", flush=True)
    return tally_of_pytest(report, code)


def _this_run() -> dict[str, str | float]:
    git = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return {"commit": commit, "day": f"{datetime.now(UTC):%Y-%m-%d}", "load_before": round(os.getloadavg()[0], 2)}


def tally_of_pytest(report: Path, code: int) -> Tally:
    suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 - pytest wrote it a moment ago
    counts = [
        {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")} for suite in suites
    ]
    failed = sum(count["failures"] + count["errors"] for count in counts)
    skipped = sum(count["skipped"] for count in counts)
    return Tally(sum(count["tests"] for count in counts) - failed - skipped, failed, skipped, code)


def run_vitest(*, folder: Path) -> Tally:
    report = folder / "vitest.json"
    reporters = ["--reporter=default", "--reporter=json", f"--outputFile.json={report}"]
    command = [node(), "node_modules/vitest/vitest.mjs", "run", *reporters]
    environment = {**os.environ, "NO_COLOR": "1"}
    code = subprocess.run(command, cwd=WEB, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
    if not report.exists():
        return Tally(0, 0, 0, code or 1)
    told = json.loads(report.read_text())
    return Tally(told["numPassedTests"], told["numFailedTests"], told["numPendingTests"], code)


def close(tallies: Sequence[Tally]) -> int:
    """The last line counts everything; a run that broke without a failed test counts as one."""
    failed = sum(tally.failed or int(bool(tally.exit_code)) for tally in tallies)
    passed, skipped = sum(tally.passed for tally in tallies), sum(tally.skipped for tally in tallies)
    print(f"\ntests: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return next((tally.exit_code for tally in tallies if tally.exit_code), 0)
