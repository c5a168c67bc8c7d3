"""What is known of a scan, as it travels from the process that read it to whoever asked."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class How(StrEnum):
    """Where the words come from: the PDF's own, or Tesseract's reading of the picture; or why there are none.

    UNCHECKED: the virus scanner has not passed it, so nobody opened it.
    """

    OWN = "own"
    READ = "read"
    EMPTY = "empty"
    NO_READER = "no_reader"
    UNREADABLE = "unreadable"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Scan:
    """Pages and what stands on them. `codes` is what square codes say; `picture` the first page, small, as JPEG in base64.

    `sure` is how sure the reading is, in percent; None where nothing was guessed.
    """

    how: How
    pages: int = 0
    text: str = ""
    codes: tuple[str, ...] = ()
    sure: int | None = None
    picture: str = ""

    def write(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def read(text: str) -> Scan:
    """Back from JSON. Raises ValueError where it is none of ours."""
    page = json.loads(text)
    if not isinstance(page, Mapping):
        raise TypeError("not an object")
    return _scan(page)


def _scan(page: Mapping[str, Any]) -> Scan:
    sure = page.get("sure")
    return Scan(
        How(page["how"]),
        int(page.get("pages", 0)),
        str(page.get("text", "")).encode("utf-8", "replace").decode().replace("\x00", ""),
        tuple(str(code) for code in page.get("codes", ())),
        None if sure is None else int(sure),
        str(page.get("picture", "")),
    )
