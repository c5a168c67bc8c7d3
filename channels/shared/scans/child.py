"""The process that reads one scan: bytes in, JSON out. Whatever is in them, it can only use up its own limits."""

import base64
import io
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from channels.shared.paper import reading
from channels.shared.scans.kinds import PDF, kind_of
from channels.shared.scans.scan import How, Scan

MEMORY = 1 << 30
MOST_PAGES = 40
MOST_LOOKED_AT = 12
"""Pages whose picture is looked at for codes and, without words of their own, read."""

MOST_SIGNS = 20_000
FEW = 16
"""Signs on a page below which a PDF has no words of its own there: a stamp or a page number is none."""

DPI = 200
_MOST_PIXELS = 60_000_000
_SMALL = (420, 600)
_UNSURE = 40
"""Percent below which a word that Tesseract read is a smudge."""


def main(arguments: Sequence[str]) -> None:
    """`languages seconds`; the scan on stdin."""
    languages, seconds = arguments[0], int(arguments[1])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    content = sys.stdin.buffer.read()
    try:
        found = look(content, languages=languages, until=time.monotonic() + seconds * 0.8)
    except (ValueError, OSError, MemoryError, RuntimeError, SyntaxError):
        found = Scan(How.UNREADABLE)
    sys.stdout.write(found.write())


def look(content: bytes, *, languages: str, until: float) -> Scan:
    """Words of its own where it has some; else what Tesseract reads, if it is here, as long as there is time."""
    is_pdf = kind_of(content) == PDF
    own = reading.words(content, most=MOST_PAGES) if is_pdf else []
    pictures = reading.pictures(content, dpi=DPI, most=MOST_LOOKED_AT) if is_pdf else _frames(content)
    codes: list[str] = []
    words, sure = list(own), []
    first, count = "", len(own)
    for number, picture in enumerate(pictures):
        count = max(count, number + 1)
        first = first or _small(picture)
        codes += [code for code in reading.codes(picture) if code not in codes]
        if number < len(own) and len("".join(own[number].split())) >= FEW:
            continue
        text, percent = _read(picture, languages=languages, seconds=until - time.monotonic())
        words[number : number + 1] = [text or "".join(own[number : number + 1])]
        sure += [percent] if percent is not None else []
    text = "\n\n".join(word.strip() for word in words if word.strip())[:MOST_SIGNS]
    how = How.READ if sure and text else How.OWN if text else How.EMPTY
    return Scan(how, count, text, tuple(codes), round(sum(sure) / len(sure)) if sure and text else None, first)


def _frames(content: bytes) -> Iterator[Any]:
    """The pictures of a picture: a TIFF may hold several. Turned as the camera was held, and grey."""
    from PIL import Image, ImageOps, ImageSequence

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS // 2  # it warns at this number, and refuses at twice as many
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "TIFF")) as opened:
        for number, frame in enumerate(ImageSequence.Iterator(opened)):
            if number == MOST_LOOKED_AT:
                return
            yield ImageOps.exif_transpose(frame).convert("L")


def _small(picture: Any) -> str:
    small = picture.copy()
    small.thumbnail(_SMALL)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=70)
    return base64.b64encode(out.getvalue()).decode("ascii")


def _read(picture: Any, *, languages: str, seconds: float) -> tuple[str, int | None]:
    """What Tesseract reads, its lines as they stand, and how sure it is."""
    program = shutil.which("tesseract")
    if program is None or seconds <= 1:
        return "", None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        picture.save(path, "PNG", dpi=(DPI, DPI))
        command = [program, str(path), "stdout", "-l", _known(program, languages), "--psm", "3", "tsv"]
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)  # noqa: S603 - our words
            return _words(done.stdout.decode("utf-8", "replace"))
    return "", None


@cache
def _known(program: str, languages: str) -> str:
    """Of the languages that are wanted those that are installed; English where none is."""
    listed = subprocess.run([program, "--list-langs"], capture_output=True, timeout=10, check=False)  # noqa: S603
    here = set(listed.stdout.decode("utf-8", "replace").split())
    return "+".join(one for one in languages.split("+") if one in here) or "eng"


def _words(table: str) -> tuple[str, int | None]:
    """Tesseract's table (level, page, block, paragraph, line, word, …, confidence, text) as lines of words."""
    lines: dict[tuple[str, ...], list[str]] = {}
    sure: list[float] = []
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or not cells[11].strip() or float(cells[10]) < _UNSURE:
            continue
        lines.setdefault(tuple(cells[2:5]), []).append(cells[11])
        sure.append(float(cells[10]))
    text = "\n".join(_joined(words) for words in lines.values())
    return text, round(sum(sure) / len(sure)) if sure else None


def _joined(words: list[str]) -> str:
    """Chinese stands without gaps; Tesseract gives each sign for a word."""
    out = ""
    for word in words:
        gap = out and (out[-1].isascii() or word[0].isascii())
        out += f" {word}" if gap else word
    return out


if __name__ == "__main__":
    main(sys.argv[1:])
