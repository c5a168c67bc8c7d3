"""The words and files of a mail, wherever its program hid them.

Words are looked for first where they belong; then in an Outlook `winmail.dat`, inside an
S/MIME envelope that only signs, in a text that is itself an attachment. What was found
hidden is shown in its place, and everything stays in the raw wire in any case.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from channels.email import enclosed
from channels.shared import cms, tnef
from channels.shared.charset import one_line
from channels.shared.html import to_text
from channels.shared.mime import Budget, Part, parse
from channels.shared.uuencoded import without_files
from crm_core.model.message import File

MOST_TEXT = 10_485_760
MOST_BODIES = 100
SIGNED, ENCRYPTED, CUT = "signed", "encrypted", "cut"
_LONGEST_GUESSED = 262_144
_BODY_TYPES = ("text/plain", "text/html")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_MIME_ENVELOPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_PGP_MESSAGE, _PGP_SIGNED = "-----BEGIN PGP MESSAGE-----", "-----BEGIN PGP SIGNED MESSAGE-----"


@dataclass(slots=True)
class Content:
    """What a mail holds: its words as text and, where it has any, as HTML; its files; what is odd or worth saying."""

    text: str = ""
    html: str | None = None
    files: tuple[File, ...] = ()
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Piece:
    """One stretch of the mail, as text, as HTML, or as both (multipart/alternative)."""

    plain: str = ""
    html: str = ""

    def as_text(self) -> str:
        return self.plain if self.plain.strip() else to_text(self.html)

    def as_html(self) -> str:
        return self.html or f"<pre>{escape(self.plain)}</pre>"


def content(mail: Part, *, budget: Budget, prior: Sequence[str] = ()) -> Content:
    """All of it. Never raises; `budget` bounds the parts of this mail and of those within it."""
    return _Gathered(budget, tuple(prior)).of(mail)


@dataclass(slots=True)
class _Gathered:
    """One mail while its parts are gone through."""

    budget: Budget
    prior: tuple[str, ...]
    pieces: list[_Piece] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    hidden: list[Part] = field(default_factory=list)
    """Files that may be the words after all, where there are no others."""

    def of(self, mail: Part) -> Content:
        self._gather(mail)
        if not any(piece.plain.strip() or piece.html for piece in self.pieces):
            self._uncover()
        found = Content(files=tuple(self.files), flags=self.flags)
        text = "\n\n".join(words for piece in self.pieces if (words := piece.as_text().strip("\r\n")))
        found.text = self._capped(text.replace("\r\n", "\n").replace("\r", "\n").rstrip())
        if any(piece.html for piece in self.pieces):
            found.html = self._capped("\n".join(one.as_html() for one in self.pieces if one.html or one.plain))
        self._tell(mail, found.text)
        return found

    def _gather(self, mail: Part, *, depth: int = 0) -> None:
        for piece, part in _walk(mail, None):
            if _is_body(part) and len(self.pieces) < MOST_BODIES:
                self._say(piece, part)
            elif part.type in _MIME_ENVELOPES and depth < enclosed.DEPTH:
                self._open_envelope(part, depth=depth)
            elif part.type in _TNEF or part.file_name.lower() == "winmail.dat":
                self._unpack(part)
            elif part.type == "message/rfc822" and mail.type != "multipart/report":
                self.files += enclosed.files(part, budget=self.budget, prior=self.prior)
            else:
                self.hidden.append(part)
                self.files.append(enclosed.file(part))

    def _say(self, group: _Piece | None, part: Part) -> None:
        piece = group if group is not None else _Piece()
        if not any(known is piece for known in self.pieces):
            self.pieces.append(piece)
        if part.type == "text/html":
            piece.html += part.text
            return
        text, files = without_files(part.text)
        piece.plain += text
        self.files += [_file(name, data) for name, data in files]

    def _open_envelope(self, part: Part, *, depth: int) -> None:
        """What was only signed can be read; what is encrypted stays a file."""
        signed = cms.signed_content(part.content)
        if signed is None:
            self.flags.append(ENCRYPTED)
            self.files.append(enclosed.file(part))
            return
        self.flags.append(SIGNED)
        self._gather(parse(signed, prior=self.prior, budget=self.budget), depth=depth + 1)

    def _unpack(self, part: Part) -> None:
        """Outlook's own envelope. What it holds is shown instead of it, if all of it could be read."""
        found = tnef.unpack(part.content)
        if found is None or not found.whole:
            self.files.append(enclosed.file(part))
        if found is None:
            return
        if not any(piece.plain.strip() or piece.html for piece in self.pieces):
            self.pieces.append(_Piece(found.text, found.html))
        self.files += [_file(one.name, one.content, type=one.type, content_id=one.content_id) for one in found.files]

    def _uncover(self) -> None:
        """No words where they belong: the first file that is text says them. One with a name stays a file as well."""
        for part in self.hidden:
            text = _text_of(part)
            if text:
                self.pieces = [_Piece(html=text) if part.type == "text/html" else _Piece(text)]
                if not part.file_name:
                    bare = enclosed.file(part)
                    self.files = [file for file in self.files if file != bare]
                return

    def _tell(self, mail: Part, text: str) -> None:
        """What it is, where a program beside ours would have to prove or open it."""
        kinds = {part.type for part in mail.leaves()} | _outer_types(mail)
        head = text[:2000]
        if kinds & set(_SIGNATURES) or _PGP_SIGNED in head:
            self.flags.append(SIGNED)
        if "multipart/encrypted" in kinds or "application/pgp-encrypted" in kinds or _PGP_MESSAGE in head:
            self.flags.append(ENCRYPTED)
        self.flags[:] = dict.fromkeys(self.flags)

    def _capped(self, text: str) -> str:
        if len(text) <= MOST_TEXT:
            return text
        self.flags.append(CUT)
        return text[:MOST_TEXT]


def _walk(part: Part, group: _Piece | None) -> Iterator[tuple[_Piece | None, Part]]:
    """The leaves, each with the piece that its alternatives share."""
    if not part.parts:
        yield group, part
    if part.type == "multipart/alternative" and group is None:
        group = _Piece()
    for child in part.parts:
        yield from _walk(child, group)


def _file(name: str, content: bytes, *, type: str = "", content_id: str = "") -> File:
    """One that was packed into words or into Outlook's envelope."""
    kind = one_line(type)[:100] or "application/octet-stream"
    return File(one_line(name)[:200] or "file", kind, content, content_id or None)


def _outer_types(part: Part) -> set[str]:
    """The types of the parts that hold parts."""
    found = {part.type} if part.parts else set()
    return found.union(*(_outer_types(child) for child in part.parts))


def _is_body(part: Part) -> bool:
    return part.type in _BODY_TYPES and part.disposition != "attachment" and not part.file_name


def _text_of(part: Part) -> str:
    """Its words, if it is text or cannot be anything else."""
    name = part.file_name.lower()
    if part.type in _BODY_TYPES and (not name or name.endswith((".txt", ".htm", ".html"))):
        return part.text if part.text.strip() else ""
    untyped = part.type == "application/octet-stream" and (not name or name.endswith(".txt"))
    if not untyped or len(part.body) > _LONGEST_GUESSED:
        return ""
    return part.text if _readable(part.content) and part.text.strip() else ""


def _readable(content: bytes) -> bool:
    """Whether these bytes are nothing but lines of text."""
    return not any(sign < 0x20 and sign not in b"\t\r\n\x1b\f" for sign in content)
