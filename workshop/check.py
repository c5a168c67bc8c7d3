"""`./onestop check`: everything that can be said about the code without running it."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from workshop import generate, licences
from workshop.places import BIN, ROOT, WEB, node

Look = Callable[[], tuple[bool, str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look at the code said."""

    name: str
    good: bool
    words: str
    seconds: float


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="onestop check", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[[], *looks()], help="look at these only")
    names = parser.parse_args(arguments).only or list(looks())
    with ThreadPoolExecutor(max_workers=2) as two_cores:
        findings = list(two_cores.map(lambda name: look(name, looks()[name]), names))
    bad = [finding for finding in findings if not finding.good]
    for finding in bad:
        print(f"\n--- {finding.name}\n{finding.words.rstrip()}")
    print(f"\ncheck: {len(findings) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


def looks() -> dict[str, Look]:
    """The slow ones first, so that two cores finish together."""
    return {
        "types": tool(BIN / "mypy", "--no-error-summary"),
        "web": tool(node(), "node_modules/svelte-check/bin/svelte-check", "--fail-on-warnings", cwd=WEB),
        "web tools": tool(node(), "node_modules/typescript/bin/tsc", "-p", "tsconfig.node.json", cwd=WEB),
        "layers": tool(BIN / "lint-imports", "--no-logo"),
        "generated": generate.unchanged,
        "rules": tool(BIN / "ruff", "check", "--quiet", "--output-format=concise", "."),
        "format": tool(BIN / "ruff", "format", "--check", "--output-format=concise", "."),
        "licences": licences.look,
    }


def tool(program: Path | str, *arguments: str, cwd: Path = ROOT) -> Look:
    def run() -> tuple[bool, str]:
        command = [str(program), *arguments]
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode == 0, done.stdout

    return run


def look(name: str, run: Look) -> Finding:
    started = time.monotonic()
    good, words = run()
    seconds = time.monotonic() - started
    print(f"{'ok ' if good else 'BAD'} {name:10} {seconds:5.1f} s", flush=True)
    return Finding(name, good, words, seconds)
