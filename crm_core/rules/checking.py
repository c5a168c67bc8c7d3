"""Whether a file may leave: the one place that says so, for every door. Contents decide, never names or messages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.model.blob import Blob
from crm_core.model.check import TOO_LARGE, Check, Verdict
from crm_core.model.errors import FileHeld
from crm_core.model.message import Attachment

CHECKING = "a file of it is being checked for viruses"
"""Why an answer waits; it goes by itself when the scanner has answered."""

LOOKED_AT_AGAIN = timedelta(minutes=5)
"""When an answer that waits for the scanner looks again by itself, in case nobody tells it."""

_FIRST = timedelta(seconds=2)
_LONGEST = timedelta(minutes=5)


def bar(verdict: Verdict | None, *, waits: bool) -> Check | None:
    """What stands against opening a content: what was found, or that nobody has looked into it yet.

    What is neither known nor waiting came before scanning was switched on, and stays as it was.
    """
    if verdict is not None:
        return verdict.bar
    return Check.CHECKING if waits else None


def permit(verdict: Verdict | None, *, waits: bool) -> None:
    """Let a content out of the house, or into a reader. Raises FileHeld."""
    held = bar(verdict, waits=waits)
    if held is Check.CHECKING:
        raise FileHeld("This file is being checked for viruses. Try again in a moment.", check=held)
    if held is Check.BLOCKED:
        raise FileHeld(f"This file is blocked: {said(verdict.found if verdict else None)}.", check=held)


def came(file: Attachment, blob: Blob) -> Attachment:
    """A file that just came in. Bytes that are known already are known in a moment; nobody asks while it is taken in."""
    return replace(file, check=Check.CHECKING) if blob.unchecked else file


def marked(file: Attachment, verdict: Verdict | None, *, waits: bool) -> Attachment:
    """The file as its message shows it."""
    held = bar(verdict, waits=waits)
    found = verdict.found if verdict is not None and held is Check.BLOCKED else None
    return replace(file, check=held, found=found)


def worst(files: Sequence[Attachment]) -> Attachment | None:
    """The file that keeps its message in the house: a blocked one before one that is being checked."""
    held = [file for file in files if file.check is not None]
    return next((file for file in held if file.check is Check.BLOCKED), held[0] if held else None)


def stays(file: Attachment) -> str:
    """Why an answer with this blocked file does not leave."""
    return f"its file {file.name} is blocked: {said(file.found)}"


def left_behind(files: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Files of an answer that stays here: they are its author's again, and nobody tells this message how they stand."""
    return tuple(replace(one, check=None) if one.check is Check.CHECKING else one for one in files)


def said(found: str | None) -> str:
    """What was found, for people."""
    if found == TOO_LARGE:
        return "it is too large for the virus scanner, so nobody looked into it"
    return f"the virus scanner found {found}" if found else "the virus scanner found something"


def next_look(tries: int, *, at: datetime) -> datetime:
    """When a content is handed to the scanner again that did not answer."""
    return at + min(_LONGEST, _FIRST * (1 << min(max(0, tries), 10)))
