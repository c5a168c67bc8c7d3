"""Tables as people save them: CSV in whatever encoding and with whatever separator their program chose.

Written back, a cell never begins as a formula: a spreadsheet runs what begins with =, +, -
or @ (OWASP, CSV injection).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

SEPARATORS = (",", ";", "\t", "|")
MARK = "\ufeff"
"""What makes every program read a file as UTF-8."""

MOST_COLUMNS = 100
LONGEST_CELL = 20_000
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SAMPLE = 64 * 1024


class NoTable(ValueError):
    """It is no table with a line of headings; the text says why."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a file is written: its encoding, its separator, and its headings."""

    encoding: str
    separator: str
    headings: tuple[str, ...]


def look(content: bytes) -> Look:
    """What the file is, from its beginning. Raises NoTable."""
    encoding = _encoding(content)
    text = content.decode(encoding, "replace")
    if "\0" in text[:_SAMPLE]:
        raise NoTable("This is no text. Save the table as CSV (UTF-8).")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=lambda sign: _outside_quotes(first, sign))
    headings = next(_rows(text, separator), ())
    if len([one for one in headings if one]) < 1:
        raise NoTable("The first line must name the columns.")
    if len(headings) > MOST_COLUMNS:
        raise NoTable(f"At most {MOST_COLUMNS} columns.")
    return Look(encoding, separator, headings)


def rows(content: bytes, look: Look) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each row after the headings, with its number in the file (the headings are 1); empty ones are passed over."""
    for number, row in enumerate(_rows(content.decode(look.encoding, "replace"), look.separator), start=1):
        if number > 1 and any(row):
            yield number, row


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def written(lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as CSV, each cell safe. A file of them begins with `MARK`."""
    for line in lines:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow([safe(cell) for cell in line])
        yield out.getvalue()


def _encoding(content: bytes) -> str:
    for bom, name in _BOMS:
        if content.startswith(bom):
            return name
    for name in ("utf-8", "gb18030"):
        try:
            content.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "cp1252"


def _outside_quotes(line: str, sign: str) -> int:
    return sum(part.count(sign) for part in line.split('"')[::2])


def _rows(text: str, separator: str) -> Iterator[tuple[str, ...]]:
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False):
            yield tuple(" ".join(cell.split("\0"))[:LONGEST_CELL].strip() for cell in row)
    except csv.Error as why:
        raise NoTable(f"The table cannot be read: {why}.") from why
