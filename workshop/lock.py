"""`./onestop lock`: chooses the newest libraries that fit locks/*.in and web/package.json, and writes them down.

Locks carry hashes and no addresses, so that every machine may have its own mirror.
"""

from __future__ import annotations

import argparse
import json
import subprocess

from workshop.places import BIN, ROOT, WEB, node

LOCKS = ROOT / "locks"
COMPILE = (
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
    "--python-version=3.11",
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="onestop lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take newer versions where they exist")
    upgrade = ["--upgrade"] if parser.parse_args(arguments).upgrade else []
    for wanted in sorted(LOCKS.glob("*.in")):
        lock = wanted.with_suffix(".txt")
        command = [str(BIN / "uv"), "pip", "compile", "-q", *COMPILE, *upgrade, str(wanted), "-o", str(lock)]
        subprocess.run(command, cwd=ROOT, check=True)
        print(f"wrote {lock.relative_to(ROOT)}")
    lock_web(upgrade=bool(upgrade))
    return 0


def lock_web(*, upgrade: bool) -> None:
    npm = node().removesuffix("node") + "npm"
    verb = "update" if upgrade else "install"
    subprocess.run([npm, verb, "--package-lock-only", "--ignore-scripts"], cwd=WEB, check=True)
    path = WEB / "package-lock.json"
    lock = json.loads(path.read_text())
    for package in lock["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
    print(f"wrote {path.relative_to(ROOT)}")
