"""What tests measured on their way: mails in flight at a kill, seconds until somebody took over.

A test says it with pytest's own `record_property(name, value)`. What a passing test prints is
lost where tests run side by side; this comes back in the report, and the run ends with it.
What a long run found is kept in a file beside the benchmarks' results: see `keep`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

INDENT = "  "
LONG_ONE = ("size", "long")
"""What a test says of itself that ran at full strength."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One test, and what it found, in its order: `("mails in flight", "61")`."""

    test: str
    said: tuple[tuple[str, str], ...]


def of(report: Path) -> list[Finding]:
    """Every finding of a run, by its JUnit report."""
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - pytest wrote it a moment ago
    found = [Finding(case.get("name", "?"), _said(case)) for case in cases]
    return sorted((finding for finding in found if finding.said), key=lambda finding: finding.test)


def table(found: Sequence[Finding]) -> str:
    """A block for each test that found something; nothing where nobody did."""
    if not found:
        return ""
    lines = ["", "found on the way:"]
    for finding in found:
        lines.append(INDENT + finding.test)
        lines.append(2 * INDENT + " · ".join(f"{name} {value}" for name, value in finding.said))
    return "\n".join(lines) + "\n"


def keep(report: Path, *, into: Path, of_this_run: Mapping[str, Any]) -> None:
    """Write down how each long test ended, how long it took and what it found, in place of what it said before.

    A long run may be done in parts: tests that did not run keep their older line, which says
    of which commit and day it is (`of_this_run`).
    """
    kept: dict[str, Any] = json.loads(into.read_text()) if into.exists() else {}
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
        if LONG_ONE in _properties(case):
            kept[f"{case.get('classname')}::{case.get('name')}"] = {
                "ended": _end(case),
                "seconds": round(float(case.get("time", "0")), 1),
                **of_this_run,
                **({"found": dict(_said(case))} if _said(case) else {}),
            }
    into.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def _end(case: ET.Element) -> str:
    bad = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
    return bad[0] if bad else "passed"


def _said(case: ET.Element) -> tuple[tuple[str, str], ...]:
    return tuple(one for one in _properties(case) if one != LONG_ONE)


def _properties(case: ET.Element) -> Iterable[tuple[str, str]]:
    return [(one.get("name", ""), one.get("value", "")) for one in case.findall("properties/property")]
