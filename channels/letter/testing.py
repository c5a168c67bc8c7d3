"""The test button: whether the folder can be read and written, letters can be read, and have their fonts.

Then the whole way round: a letter to nobody is drawn as any other, made the picture that a
scanner would make of it, and read as the drop folder reads; its code must lead back.
"""

import asyncio
import io
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from channels.contract import Finding, Opening, Undeliverable
from channels.letter import printing, reading
from channels.letter.settings import LetterSettings
from channels.shared import wording
from channels.shared.paper import fonts
from channels.shared.paper import reading as paper
from channels.shared.scans import looking
from channels.shared.scans.scan import How
from crm_core.model.address import Address
from crm_core.model.ids import MessageId
from crm_core.model.message import Outbound

_NUMBER, _TOKEN = "ON-4F7K-2931", "sample.sample"
_WORDS = wording.beside(__file__)


def steps() -> Mapping[str, Mapping[str, str]]:
    """What this machine has, and what comes of it."""
    return _WORDS.steps("ready", "page")


async def test(opening: Opening) -> Sequence[Finding]:
    """In order: the way in, the reader, the fonts, a letter there and back."""
    settings: LetterSettings = opening.settings
    able = await equipment(settings)
    return [await asyncio.to_thread(_folder, settings.drop), *able, *await _there_and_back(opening, reads=able[0].well)]


def sample(opening: Opening) -> bytes:
    """A letter to nobody. Raises Undeliverable where these settings print none."""
    letter = Outbound(
        message=MessageId("sample"),
        inbox=opening.inbox,
        to=Address(reading.SCHEME, _WORDS.said("to")["en"]),
        to_name=_WORDS.said("to_name")["en"],
        from_name=opening.name,
        text=_WORDS.said("letter")["en"],
        wire_id="sample",
        created_at=datetime.now(UTC),
        ticket_number=_NUMBER,
        subject=_WORDS.said("about")["en"],
        reply_token=_TOKEN,
        language="en",
    )
    return printing.draw([letter], settings=opening.settings, name=opening.name, public_url=opening.public_url)


async def _there_and_back(opening: Opening, *, reads: bool) -> Sequence[Finding]:
    try:
        scanned = await asyncio.to_thread(_scanned, opening)
    except Undeliverable as why:
        return [_WORDS.ill("page", "not_drawn", why=why)]
    found = await looking.look(scanned, languages=opening.settings.languages)
    if _TOKEN not in reading.tokens(found):
        return [_WORDS.ill("page", "no_code")]
    if reads and (found.how is not How.READ or _NUMBER not in found.text):
        return [_WORDS.ill("page", "no_words")]
    return [_WORDS.well("page", "came_back"), _WORDS.look("page", "print_it")]


def _scanned(opening: Opening) -> bytes:
    [picture] = paper.pictures(sample(opening), dpi=paper.CODE_DPI, most=1)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


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
