"""What tests measured on their way: mails in flight at a kill, seconds until somebody took over.

A test says it with pytest's own `record_property(name, value)`. What a passing test prints is
lost where tests run side by side; this comes back in the report, and the run ends with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

INDENT = "  "


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


def _said(case: ET.Element) -> tuple[tuple[str, str], ...]:
    return tuple((one.get("name", ""), one.get("value", "")) for one in case.findall("properties/property"))
