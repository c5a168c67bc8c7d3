"""A mail as a tree of parts, from any bytes at all.

Our own splitter instead of `email.parser`: it works on bytes, in time linear in the mail,
with a bound on depth and number of parts, keeps the bytes of attachments as they came,
and has no property that raises. `tests/channels/shared/test_mime.py` holds it against the
standard library's parser wherever a mail is well-formed.
"""

import binascii
import re
from binascii import a2b_qp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from channels.shared import charset
from channels.shared.charset import decode_header, one_line, unbase64

DEPTH = 20
PARTS = 1_000
HEADERS = 2_000
LONGEST_VALUE = 64 * 1024

_HEADER = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)\n?")
_FOLD = re.compile(rb"[\r\n]+")
_MBOX_LINE = re.compile(rb">?From [^\n]*\n")
_TYPE = re.compile(r"\s*([!-~]{1,100}?)/([!-~]{1,100}?)\s*(?:[;\s]|$)")
_PARAMETER = re.compile(r';([^;="]*)=[ \t]*("(?:[^"\\]|\\.)*"?|[^;]*)')
_QUOTED_PAIR = re.compile(r"\\(.)")
_SPLIT_NAME = re.compile(r"(.+?)\*(\d{1,3})?(\*)?")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_FIRST_BOUNDARY = re.compile(rb"(?:\A|\n)--([^\s-][^\n]{2,90}?)[ \t\r]*\n[Cc]ontent-", re.DOTALL)
_NEWLINE = 10
_UUENCODED = ("x-uuencode", "uuencode", "x-uue", "uue")


@dataclass(slots=True)
class Budget:
    """How many parts may still be split off: one for the whole mail."""

    parts: int = PARTS
    spent: bool = False

    def take(self) -> bool:
        """Whether one more part may be made."""
        self.parts -= 1
        self.spent = self.spent or self.parts < 0
        return self.parts >= 0


@dataclass(frozen=True, slots=True)
class Part:
    """One part: headers as bytes (names folded, in order; `first` of each name), its body as it came, its parts.

    `type` is folded (`text/plain`); `parameters` are those of Content-Type, decoded; `body_at`
    is where in the bytes given the body began.
    """

    headers: tuple[tuple[str, bytes], ...]
    first: dict[str, bytes]
    type: str
    parameters: dict[str, str]
    body: bytes
    body_at: int = 0
    parts: tuple["Part", ...] = ()
    prior: tuple[str, ...] = field(default=(), repr=False)

    def raw(self, name: str) -> bytes:
        """The first header of this name as it came, or nothing."""
        return self.first.get(name, b"")

    def all(self, name: str) -> list[bytes]:
        """Every header of this name as it came."""
        return [value for known, value in self.headers if known == name]

    def text_of(self, name: str) -> str:
        """The first header of this name, decoded, in one line."""
        return decode_header(unfolded(self.raw(name)), prior=self.prior)

    def leaves(self) -> Iterator["Part"]:
        """The parts that hold content, in order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    @property
    def disposition(self) -> str:
        """`attachment`, `inline` or nothing."""
        return self.raw("content-disposition").split(b";")[0].decode("latin-1").strip().lower()

    @property
    def file_name(self) -> str:
        """The name it is to be saved under, without any folder; empty if it has none."""
        disposition = self.raw("content-disposition")
        name = parameters(disposition, prior=self.prior).get("filename", "") if disposition else ""
        name = name or self.parameters.get("name", "")
        return one_line(name.replace("\\", "/").rpartition("/")[2])[:200]

    @property
    def content_id(self) -> str:
        """What the HTML calls it by after `cid:`, without brackets."""
        return one_line(self.raw("content-id").decode("utf-8", "replace")).strip("<> ")[:300]

    @property
    def content(self) -> bytes:
        """Its body, its transfer encoding undone; what is damaged stays as much as can be read."""
        return _transferred(self.body, encoding=self.raw("content-transfer-encoding"))

    @property
    def text(self) -> str:
        """Its body as text."""
        return charset.decode(self.content, declared=self.parameters.get("charset"), prior=self.prior)


def parse(raw: bytes, *, prior: Sequence[str] = (), budget: Budget | None = None) -> Part:
    """The tree of a mail's parts. Never raises; `budget` tells afterwards if it was spent."""
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    return _part(raw, prior=tuple(prior), budget=budget or Budget(), depth=0, default="text/plain")


def _part(raw: bytes, *, prior: tuple[str, ...], budget: Budget, depth: int, default: str) -> Part:
    headers, start = split_headers(raw)
    first = dict(reversed(headers))
    value = first.get("content-type", b"")
    found = _TYPE.match(_ascii(value)) if value else None
    type = f"{found[1]}/{found[2]}".lower() if found else default
    values = parameters(value, prior=prior) if b"=" in value else {}
    body = raw[start:]
    children: tuple[Part, ...] = ()
    if type.startswith("multipart/") and depth < DEPTH:
        inner = "message/rfc822" if type == "multipart/digest" else "text/plain"
        pieces = _pieces(body, boundary=values.get("boundary", ""), budget=budget)
        children = tuple(_part(piece, prior=prior, budget=budget, depth=depth + 1, default=inner) for piece in pieces)
        body = b"" if children else body
    if type.startswith("multipart/") and not children:
        type = "text/plain"
    return Part(headers, first, type, values, body, start, children, prior)


def split_headers(raw: bytes) -> tuple[tuple[tuple[str, bytes], ...], int]:
    """The headers, and where the body begins: after the empty line, or at the first line that is no header."""
    mbox = _MBOX_LINE.match(raw)
    at = mbox.end() if mbox else _blank_lines(raw)
    headers: list[tuple[str, bytes]] = []
    while found := _HEADER.match(raw, at):
        at = found.end()
        if len(headers) < HEADERS:
            headers.append((found[1].decode("ascii").lower(), found[2][:LONGEST_VALUE].strip()))
    if raw.startswith(b"\r\n", at):
        return tuple(headers), at + 2
    return tuple(headers), at + 1 if raw.startswith(b"\n", at) else at


def _blank_lines(raw: bytes) -> int:
    """Where the first line begins that says something: some programs put empty ones in front, of blanks even."""
    first = len(raw) - len(raw.lstrip())
    return raw.rfind(b"\n", 0, first) + 1


def _pieces(body: bytes, *, boundary: str, budget: Budget) -> Iterator[bytes]:
    """What stands between the boundary's lines. A closing line that is missing is forgiven."""
    marker = boundary.encode("latin-1", "replace").rstrip()
    if not marker or b"--" + marker not in body:
        guess = _FIRST_BOUNDARY.search(body)  # the header lost or changed it; the first line says it
        if not guess:
            return
        marker = guess[1]
    start: int | None = None
    for begin, after, closing in _lines_of(marker, body=body):
        if start is not None and budget.take():
            yield body[start:begin]
        start = None if closing or budget.spent else after
        if start is None:
            return
    if start is not None and budget.take():
        yield body[start:]


def _lines_of(marker: bytes, *, body: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each boundary line begins (its line break included), where what follows it begins, whether it closes."""
    line = b"--" + marker
    at = body.find(line)
    while at >= 0:
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        rest = body[at + len(line) : min(end, at + len(line) + 80)].rstrip()
        if rest in (b"", b"--") and (at == 0 or body[at - 1] == _NEWLINE):
            begin = max(at - 2, 0) if body.startswith(b"\r\n", at - 2) else max(at - 1, 0)
            yield begin, end + 1, rest == b"--"
        at = body.find(line, end)


def unfolded(value: bytes) -> bytes:
    """A header's value in one line (RFC 5322 §2.2.3)."""
    return _FOLD.sub(b"", value) if b"\n" in value or b"\r" in value else value


def _ascii(value: bytes) -> str:
    return unfolded(value).decode("latin-1")


# ---------------------------------------------------------------- parameters


def parameters(value: bytes, *, prior: Sequence[str] = ()) -> dict[str, str]:
    """`; name=value` of a header: quoted or not, encoded as RFC 2047 (which forbids it) or RFC 2231."""
    text = _ascii(value)
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for found in _PARAMETER.finditer(text):
        name, word = found[1].strip().lower()[:100], found[2].strip()
        if word.startswith('"'):
            word = _QUOTED_PAIR.sub(r"\1", word[1:].removesuffix('"'))
        split = _SPLIT_NAME.fullmatch(name) if "*" in name else None
        if split:
            pieces.setdefault(split[1], []).append((int(split[2] or 0), bool(split[3]) or not split[2], word))
        else:
            plain.setdefault(name, charset.decode_name(word.encode("latin-1"), prior=prior))
    return {**plain, **{name: _joined(found, prior=prior) for name, found in pieces.items()}}


def _joined(pieces: list[tuple[int, bool, str]], *, prior: Sequence[str]) -> str:
    """RFC 2231: `name*0*=charset'language'%41…; name*1=…` put together, each piece undone if it is marked."""
    declared, data = None, b""
    for index, (_, encoded, word) in enumerate(sorted(pieces, key=lambda piece: piece[0])):
        if encoded and index == 0 and word.count("'") >= 2:
            declared, _, word = word.split("'", 2)  # noqa: PLW2901  the rest is the piece
        raw = word.encode("latin-1")
        data += _PERCENT.sub(lambda found: bytes.fromhex(found[1].decode()), raw) if encoded else raw
    return one_line(charset.decode_piece(data, declared=declared, prior=prior))


# ---------------------------------------------------------------- transfer encodings


def _transferred(body: bytes, *, encoding: bytes) -> bytes:
    name = encoding.split(b";")[0].strip().lower().decode("latin-1")
    if name == "base64":
        return unbase64(body.split(b"\n--", 1)[0] if b"\n--" in body else body)
    if name == "quoted-printable":
        return a2b_qp(body)
    if name in _UUENCODED:
        return _uudecoded(body)
    return body


def _uudecoded(body: bytes) -> bytes:
    lines = iter(body.splitlines())
    out = bytearray()
    for line in lines:
        if line.startswith(b"begin "):
            break
    for line in lines:
        if line.strip() == b"end":
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out += binascii.a2b_uu(line[:length])
            except binascii.Error:
                continue
    return bytes(out)
