"""Whether our own readers (text of a PDF, Tesseract, a thumbnail) may open a content that has just come."""

import asyncio
from collections.abc import Awaitable, Callable

from crm_core.actions import checking
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.blob import digest
from crm_core.model.check import TOO_LARGE, Judged, Verdict
from crm_core.queries import checks
from gateway.clamd import Clean, Found, Scanner, ScannerAway, ScannerFailed, TooLarge

EXAMINER = Actor.worker("examiner")
READ_WITHIN = 20.0
"""Somebody waits for it, or the next letter does; after it the file is kept, and nobody reads it."""

Readable = Callable[[bytes], Awaitable[bool]]


async def anything(_content: bytes) -> bool:
    """Where no scanner is set."""
    return True


def readable(desk: Desk, scanner: Scanner) -> Readable:
    """Asks the scanner at once, unless the bytes are known; what it says is kept for whoever opens them later."""

    async def passes(content: bytes) -> bool:
        name = await asyncio.to_thread(digest, content)
        verdict = await desk.ask(EXAMINER, checks.verdict, name)
        if verdict is None:
            try:
                async with asyncio.timeout(READ_WITHIN):
                    verdict = verdict_of(name, await scanner.scan(content))
            except (ScannerAway, ScannerFailed, TimeoutError):
                return False
            await desk.do(EXAMINER, checking.keep_verdict, verdict, version="")
        return verdict.bar is None

    return passes


def verdict_of(digest: str, said: Clean | Found | TooLarge) -> Verdict:
    """What follows from what the scanner said of a content."""
    match said:
        case Found(name):
            return Verdict(digest, Judged.BLOCKED, name)
        case TooLarge():
            return Verdict(digest, Judged.BLOCKED, TOO_LARGE)
        case Clean():
            return Verdict(digest, Judged.CLEAN)
