"""What tests found on their way stands at the end of the run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from workshop import findings

TESTS = """
def test_kills(record_property):
    record_property("kills", 10)
    record_property("in flight", 61)

def test_silent():
    print("nobody sees this")
"""


def test_what_a_passing_test_found_side_by_side_with_others_is_in_the_table(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", f"--junitxml={report}", f"--rootdir={tmp_path}"]
    subprocess.run([*command, str(tmp_path)], cwd=tmp_path, check=True, capture_output=True)
    words = findings.table(findings.of(report))
    assert "test_kills\n" in words
    assert "kills 10 · in flight 61" in words
    assert "test_silent" not in words


def test_where_nothing_was_found_nothing_is_printed() -> None:
    assert findings.table([]) == ""


def test_what_a_long_run_found_is_kept_and_a_part_of_it_replaces_only_its_own_lines(tmp_path: Path) -> None:
    kept, report = tmp_path / "long.json", tmp_path / "report.xml"
    kept.write_text(json.dumps({"other::test": {"ended": "passed", "commit": "older"}}))
    case = '<testcase classname="a" name="{name}" time="2.04"><properties>{said}</properties>{end}</testcase>'
    long, found = '<property name="size" value="long"/>', '<property name="kills" value="100"/>'
    cases = (
        case.format(name="kills", said=long + found, end=""),
        case.format(name="breaks", said=long, end='<failure message="no"/>'),
        case.format(name="small", said=found, end=""),
    )
    report.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    findings.keep(report, into=kept, of_this_run={"commit": "abc"})
    assert json.loads(kept.read_text()) == {
        "other::test": {"ended": "passed", "commit": "older"},
        "a::kills": {"ended": "passed", "seconds": 2.0, "commit": "abc", "found": {"kills": "100"}},
        "a::breaks": {"ended": "failure", "seconds": 2.0, "commit": "abc"},
    }
    assert "size" not in findings.table(findings.of(report))
