"""What tests found on their way stands at the end of the run."""

from __future__ import annotations

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
