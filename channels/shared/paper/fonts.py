"""The fonts of this machine that paper is set in. None is shipped: a Chinese one is larger than all of Onestop.

What is printed is embedded in the PDF, so it looks the same at every printer. Without any of
these fonts the one that every reader of PDF has is used, and it has Latin letters only.
"""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
BUILT_IN = "Helvetica"
PACKAGES = "fonts-noto-core fonts-noto-cjk"
"""Debian's packages that have all of it."""

_JOINED = range(0x0600, 0x08FF), range(0x0900, 0x0DFF), range(0x0F00, 0x10FF), range(0x1780, 0x17FF)
"""Scripts whose letters join or move: Arabic and its kin, the Indic ones, Tibetan, Burmese, Khmer."""

_FROM_RIGHT = frozenset({"R", "AL"})


@dataclass(frozen=True, slots=True)
class Font:
    """A font that is here: its files, the face in a collection, whether it has Chinese, and whether it is of one script only."""

    name: str
    regular: Path
    bold: Path | None
    collection: int
    han: bool
    single: bool = False


def found(folders: Sequence[str] = FOLDERS) -> tuple[Font, ...]:
    """Those that are here, best first: a Latin one, if any, one with Chinese, if any, then those of one script only."""
    return _found(tuple(folders))


def needed(words: str, *, han: bool, folders: Sequence[str] = FOLDERS) -> list[Font]:
    """The fonts these words are set in: first that for their script, then others where that lacks any of them."""
    here = sorted(found(folders), key=lambda font: (font.single, font.han is not han))
    points = {ord(sign) for sign in words if sign.isprintable()}
    wanted: list[Font] = []
    for font in here:
        if not wanted or points & _signs(font):
            wanted.append(font)
        points -= _signs(font)
    return wanted


def lacking(words: str, *, folders: Sequence[str] = FOLDERS) -> str:
    """The signs of these words that cannot be set here, each once; empty where all can."""
    here = found(folders)
    known = [_signs(font) for font in here]
    missing = (sign for sign in dict.fromkeys(words) if sign.isprintable() and not _can(sign, known))
    return "".join(missing)


def shaped(words: str) -> bool:
    """Whether letters of these words join, move or run from right to left: then a shaping engine sets them."""
    return any(
        unicodedata.bidirectional(sign) in _FROM_RIGHT or any(ord(sign) in block for block in _JOINED)
        for sign in set(words)
    )


def from_right(block: str) -> bool:
    """Whether a paragraph begins at the right: its first letter with a direction says so, as in Unicode's rule P2."""
    first = next((way for sign in block if (way := unicodedata.bidirectional(sign)) in ("L", *_FROM_RIGHT)), "L")
    return first in _FROM_RIGHT


def _can(sign: str, known: Sequence[frozenset[int]]) -> bool:
    point = ord(sign)
    if not known:
        return point < 0x100  # the built-in one has Latin-1
    return any(point in signs for signs in known)


@cache
def _found(folders: tuple[str, ...]) -> tuple[Font, ...]:
    here = _files(folders)
    fonts = [font for page in _wanted() if (font := _font(page, here)) is not None]
    latin = next((font for font in fonts if not font.han and not font.single), None)
    han = next((font for font in fonts if font.han), None)
    singles = (font for font in fonts if font.single)
    return tuple(font for font in (latin, han, *singles) if font is not None)


def _wanted() -> list[dict[str, object]]:
    text = (Path(__file__).parent / "fonts.toml").read_text(encoding="utf-8")
    fonts: list[dict[str, object]] = tomllib.loads(text)["font"]
    return fonts


def _files(folders: tuple[str, ...]) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(Path(folder).expanduser().rglob("*.[to]t[fc]")):
            found.setdefault(path.name, path)
    return found


def _font(page: Mapping[str, object], here: Mapping[str, Path]) -> Font | None:
    regular = here.get(str(page["regular"]))
    if regular is None:
        return None
    collection = int(str(page.get("collection", 0)))
    bold, han, single = here.get(str(page.get("bold", ""))), bool(page.get("han")), bool(page.get("single"))
    return Font(str(page["name"]), regular, bold, collection, han, single)


@cache
def _signs(font: Font) -> frozenset[int]:
    """Every sign a font has a picture for."""
    from fontTools.ttLib import TTFont

    with TTFont(font.regular, fontNumber=font.collection, lazy=True) as opened:
        return frozenset(opened.getBestCmap())
