"""Builds the web part into gateway/static/dist, when its sources differ from what was built last.

One door for everybody: `./onestop serve` comes here, and so does the hatchling hook behind `pip install .`.
Standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

WEB = Path(__file__).resolve().parent
DIST = WEB.parent / "gateway" / "static" / "dist"
BUILT_FROM = DIST / ".built-from"
MADE_HERE = {"node_modules", "dist", ".svelte-kit", "__pycache__"}
OLDEST_NODE = (20, 19)

Say = Callable[[str], None]
FindNode = Callable[[], Path]


def ensure_pages(*, node_elsewhere: FindNode, say: Say) -> None:
    """Build if a source changed; `node_elsewhere` fetches a bin folder with node and npm if the machine has none."""
    digest = digest_of_sources()
    if is_current(digest):
        return
    bin_folder = ensure_tools(node_elsewhere=node_elsewhere, say=say)
    say("building the web part")
    run(bin_folder, "node", "build.mjs")
    BUILT_FROM.write_text(digest)


def ensure_tools(*, node_elsewhere: FindNode, say: Say) -> Path:
    """Node.js and the packages of the lock, for those who build, check or test; returns the folder of `node`."""
    bin_folder = system_node() or node_elsewhere()
    install_packages(bin_folder, say=say)
    return bin_folder


def is_current(digest: str) -> bool:
    return BUILT_FROM.is_file() and BUILT_FROM.read_text() == digest


def digest_of_sources() -> str:
    digest = hashlib.sha256()
    for path in sources(WEB):
        digest.update(f"{path.relative_to(WEB)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in MADE_HERE:
            yield from sources(path)
        elif path.is_file():
            yield path


def system_node() -> Path | None:
    """The folder of the machine's own Node.js, if it is new enough and has npm beside it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in answer.strip().lstrip("v").split(".")[:2] if part.isdigit())
    return Path(node).parent if version >= OLDEST_NODE else None


def install_packages(bin_folder: Path, *, say: Say) -> None:
    """`npm ci`, unless the packages that are there came from this very lock."""
    lock = (WEB / "package-lock.json").read_bytes()
    stamp = WEB / "node_modules" / ".installed-from"
    digest = hashlib.sha256(lock).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return
    say("installing what the web part is built with")
    run(bin_folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(digest)


def run(bin_folder: Path, program: str, *arguments: str) -> None:
    """Run a tool of Node.js quietly; what it said is shown only if it failed."""
    path = f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(bin_folder / program), *arguments]
    done = subprocess.run(
        command,
        cwd=WEB,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise SystemExit(f"onestop: the web part could not be built: `{program} {' '.join(arguments)}` failed")
