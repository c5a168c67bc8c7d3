"""`./onestop generate`: writes the files that are made from others; `check` fails if one of them is stale."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from dataclasses import dataclass

from workshop.places import ROOT, node

LIST = ROOT / "workshop" / "generated.toml"


@dataclass(frozen=True, slots=True)
class Generated:
    """A file, and the command whose standard output it is."""

    path: str
    command: tuple[str, ...]

    def fresh(self) -> str:
        return subprocess.run(
            [resolve(word) for word in self.command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def is_current(self) -> bool:
        file, fresh = ROOT / self.path, self.fresh()
        return file.is_file() and file.read_text() == fresh


def main(arguments: list[str]) -> int:
    argparse.ArgumentParser(prog="onestop generate", description=__doc__).parse_args(arguments)
    for file in files():
        (ROOT / file.path).write_text(file.fresh())
        print(f"wrote {file.path}")
    return 0


def unchanged() -> tuple[bool, str]:
    try:
        stale = [file.path for file in files() if not file.is_current()]
    except subprocess.CalledProcessError as broken:
        return False, f"{broken.cmd} failed:\n{broken.stderr}"
    return not stale, "stale, run ./onestop generate: " + ", ".join(stale)


def files() -> list[Generated]:
    """In their order: a later one may be made from an earlier one."""
    listed = tomllib.loads(LIST.read_text()).get("file", [])
    return [Generated(entry["path"], tuple(entry["command"])) for entry in listed]


def resolve(word: str) -> str:
    return {"python": sys.executable, "node": node()}.get(word, word)
