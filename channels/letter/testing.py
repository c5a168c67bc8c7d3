"""The test button: whether the folder can be read and written, letters can be read, and have their fonts."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from channels.contract import Finding
from channels.letter.settings import LetterSettings
from channels.shared import wording
from channels.shared.paper import fonts
from channels.shared.scans import looking

_WORDS = wording.beside(__file__)


def steps() -> Mapping[str, Mapping[str, str]]:
    """All of it is this machine's."""
    return _WORDS.steps("ready")


async def test(settings: LetterSettings) -> Sequence[Finding]:
    """In order: the way in, the reader, the fonts."""
    return [await asyncio.to_thread(_folder, settings.drop), *await equipment(settings)]


async def equipment(settings: LetterSettings) -> Sequence[Finding]:
    """What of it is this machine's."""
    return [await reader(settings.languages), await asyncio.to_thread(_fonts)]


async def reader(languages: str) -> Finding:
    """Whether Tesseract is here and knows the languages."""
    program = looking.reader()
    if program is None:
        return _WORDS.ill("ready", "no_reader")
    child = await asyncio.create_subprocess_exec(
        program, "--list-langs", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await child.communicate()
    missing = [one for one in languages.split("+") if one not in said.decode("utf-8", "replace").split()]
    if missing:
        return _WORDS.ill("ready", "no_language", missing=", ".join(missing))
    return _WORDS.well("ready", "reader", languages=languages.replace("+", ", "))


def _fonts() -> Finding:
    if fonts.lacking("信件"):
        return _WORDS.ill("ready", "no_fonts", packages=fonts.PACKAGES)
    return _WORDS.well("ready", "fonts")


def _folder(drop: str) -> Finding:
    if not drop:
        return _WORDS.well("ready", "no_folder")
    try:
        with tempfile.NamedTemporaryFile(dir=Path(drop), prefix=".onestop-test-") as file:
            file.write(b"test")
        list(Path(drop).iterdir())
    except OSError as why:
        return _WORDS.ill("ready", "folder_fails", folder=drop, why=why.strerror or why)
    return _WORDS.well("ready", "folder")
