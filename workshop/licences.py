"""May we ship this? Every library of the locks says under which licence it comes; GPL and AGPL are refused.

A library under the GPL would put all of Onestop under it. The LGPL is allowed: we use such a library unmodified,
and whoever installs Onestop can replace it. An unknown licence is refused too, until somebody has read it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from workshop.places import ROOT, WEB

KNOWN = re.compile(
    r"\b(MIT|Apache|BSD|ISC|MPL|LGPL|PSF|Python Software Foundation|Python-2.0|ZPL|Unlicense|CC0|0BSD|BlueOak|Zlib|HPND"
    r"|Mozilla Public|Lesser General Public|public domain|CC-BY|Artistic|ASF)",
    re.IGNORECASE,
)
REFUSED = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|(Affero )?(GNU )?General Public)", re.IGNORECASE)

# Their metadata says nothing, or not enough; the reason is what somebody read in their files.
READ_BY_US = {
    "dkimpy": "zlib-like: freely used, changed and redistributed if marked (LICENSE in its source)",
    "imapclient": "BSD-3-Clause (licenses/COPYING of its wheel)",
}


@dataclass(frozen=True, slots=True)
class Library:
    """One installed library and what it says of its licence."""

    name: str
    version: str
    licence: str


def look() -> tuple[bool, str]:
    """Good if nothing is refused; the words list what is."""
    bad = [library for library in (*python_libraries(), *web_libraries()) if not may_ship(library)]
    words = "\n".join(f"{library.name} {library.version}: {library.licence or 'says nothing'}" for library in bad)
    return not bad, words


def may_ship(library: Library) -> bool:
    """One of several licences (`MIT OR GPL-2.0`) is enough; of several that all apply, each must do."""
    if library.name in READ_BY_US:
        return True
    choices = re.split(r"\s+OR\s+", library.licence)
    return any(KNOWN.search(choice) and not REFUSED.search(choice) for choice in choices)


def python_libraries() -> Iterator[Library]:
    """What locks/run.txt names and is installed here (markers leave some out), tools of the workshop apart."""
    for name in locked("run"):
        try:
            found = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        yield Library(name, found["Version"], licence_of(found))


def licence_of(found: metadata.PackageMetadata) -> str:
    """The SPDX expression where there is one, else the classifiers, else the first line of the free text."""
    classifiers = [line for line in found.get_all("Classifier") or [] if line.startswith("License ::")]
    if "License-Expression" in found:
        return found["License-Expression"]
    if classifiers:
        return " OR ".join(line.split(" :: ")[-1] for line in classifiers)
    return found["License"].strip().partition("\n")[0] if "License" in found else ""


def locked(name: str) -> list[str]:
    text = (ROOT / "locks" / f"{name}.txt").read_text()
    return re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)


def web_libraries() -> Iterator[Library]:
    """The lock of npm carries each licence; only what is bundled could bind us, but all are looked at."""
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        if path:
            yield Library(path.removeprefix("node_modules/"), package["version"], package.get("license", ""))
