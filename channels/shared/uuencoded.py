"""Files that old mailers wrote into the text itself, between `begin` and `end` (POSIX uuencode)."""

import re
from binascii import Error, a2b_uu
from itertools import islice

MOST_TRIED = 50
"""Lines that may begin a file: each is followed to the next end."""

_BEGIN = re.compile(r"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?$", re.MULTILINE)
_END = re.compile(r"^end[ \t]*\r?$", re.MULTILINE)
_LINE = re.compile(r"[ -`]{1,90}")


def without_files(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without the files in it, and each with its name. What is not whole stays where it is."""
    if "begin " not in text:
        return text, []
    kept, files, at = [], [], 0
    for begin in islice(_BEGIN.finditer(text), MOST_TRIED):
        if begin.start() < at:
            continue
        end = _END.search(text, begin.end())
        if end is None:
            break
        data = decoded(text[begin.end() : end.start()])
        if data is not None:
            kept.append(text[at : begin.start()])
            files.append((begin[1].strip(), data))
            at = end.end()
    return "".join([*kept, text[at:]]), files


def decoded(lines: str) -> bytes | None:
    """The file; None where a line is none of one."""
    out = bytearray()
    for line in lines.splitlines():
        if not line.strip():
            continue
        if not _LINE.fullmatch(line):
            return None
        try:
            out += a2b_uu(line)
        except Error:
            return None
    return bytes(out)
