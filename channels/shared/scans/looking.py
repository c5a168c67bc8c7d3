"""Have a scan read: in a process of its own, with limits, for each; it takes nothing with it when it dies."""

import asyncio
import os
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from channels.shared.scans import scan
from channels.shared.scans.kinds import HEIC, kind_of
from channels.shared.scans.scan import How, Scan

ROOT = Path(__file__).parents[3]
SECONDS = 120.0
"""For all pages of one file; what is not read by then is filed without words."""

READER = "tesseract"


def reader() -> str | None:
    """Where Tesseract is, if it is."""
    return shutil.which(READER)


async def look(content: bytes, *, languages: str, seconds: float = SECONDS) -> Scan:
    """What stands on it. Raises nothing that a scan can cause: what cannot be read is said to be so."""
    kind = kind_of(content)
    if kind is None or kind == HEIC:
        return Scan(How.UNREADABLE)
    found = await _asked(content, languages=languages, seconds=seconds)
    return replace(found, how=How.NO_READER) if found.how is How.EMPTY and reader() is None else found


async def _asked(content: bytes, *, languages: str, seconds: float) -> Scan:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "channels.shared.scans.child",
        languages,
        str(int(seconds)),
        cwd=ROOT,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds + 5):
            said, _ = await child.communicate(content)
        return scan.read(said.decode("utf-8", "replace"))
    except (TimeoutError, ValueError, TypeError, KeyError):
        return Scan(How.UNREADABLE)
    finally:
        _end(child.pid)


def _end(pid: int) -> None:
    """It and what it started, Tesseract too."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
