"""Our answer as a mail. Written by hand: the same message is the same bytes at every attempt.

The standard library's generator folds a long Message-ID into encoded words, which breaks
threading everywhere; ours are longer than its line. Everything is 7-bit unless an address
needs SMTPUTF8 (RFC 6531), so that any relay can carry it.
"""

import hashlib
import re
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from urllib.parse import quote

import idna

from channels.contract import Rendering, Undeliverable
from channels.email.rendering import render
from channels.email.settings import EmailSettings
from crm_core.model.message import File, Outbound

_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")
_PLAIN_PHRASE = re.compile(r"[\w !#$%&'*+/=?^`{|}~-]*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BREAK = re.compile(r"\r\n|\r|\n")
_LONGEST_LINE = 76
_LONGEST_LOCAL = 64
_LONGEST_PIECE = 60
_MOST_REFERENCES = 100


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready for the wire: envelope and content. `utf8`: the relay must know SMTPUTF8."""

    sender: str
    recipient: str
    content: bytes
    utf8: bool


def compose(message: Outbound, *, address: str, settings: EmailSettings) -> Letter:
    """The mail for one outgoing message of the mailbox `address`. Raises Undeliverable."""
    own, to = _deliverable(address), _deliverable(message.to.value)
    answer_to = with_token(own, token=message.reply_token)
    rendering = render(message, settings=settings)
    headers = [
        ("From", f"{_phrase(rendering.sender)} <{own}>".lstrip()),
        ("To", f"{_phrase(message.to_name)} <{to}>".lstrip()),
        *([("Reply-To", f"<{answer_to}>")] if answer_to != own else []),
        ("Subject", _text_header(rendering.subject or "")),
        ("Date", format_datetime(message.created_at.astimezone(UTC))),
        ("Message-ID", _checked(message.wire_id, what="Message-ID")),
        *_threading(message),
        *_automatic(message),
        ("MIME-Version", "1.0"),
    ]
    body = _body(message, rendering=rendering)
    content = _written([*headers, *body.headers]) + b"\r\n" + body.content
    sender = "" if message.automatic else answer_to
    return Letter(sender, to, content, utf8=not (own + to).isascii())


def with_token(address: str, *, token: str) -> str:
    """`name+token@domain`, where it fits (RFC 5321 §4.5.3.1.1); else our signed Message-ID must lead back."""
    local, _, domain = address.rpartition("@")
    if not token or len(local.encode()) + len(token) + 1 > _LONGEST_LOCAL:
        return address
    return f"{local}+{_checked(token, what='token')}@{domain}"


def _threading(message: Outbound) -> list[tuple[str, str]]:
    """In-Reply-To and the whole trail, oldest first; of very long ones the beginning and the end."""
    trail = list(dict.fromkeys([*message.references, *([message.in_reply_to] if message.in_reply_to else [])]))
    if len(trail) > _MOST_REFERENCES:
        trail = [trail[0], *trail[1 - _MOST_REFERENCES :]]
    found = []
    if message.in_reply_to:
        found.append(("In-Reply-To", _checked(message.in_reply_to, what="In-Reply-To")))
    if trail:
        found.append(("References", "\r\n ".join(_checked(id, what="References") for id in trail)))
    return found


def _automatic(message: Outbound) -> list[tuple[str, str]]:
    """What a machine wrote says so (RFC 3834), and asks for no machine's answer."""
    if not message.automatic:
        return []
    kind = "auto-replied" if message.in_reply_to or message.acknowledges else "auto-generated"
    return [("Auto-Submitted", kind), ("X-Auto-Response-Suppress", "All")]


# ---------------------------------------------------------------- headers


def _deliverable(address: str) -> str:
    """The address as it goes over the wire: its domain in ASCII (IDNA 2008)."""
    local, at, domain = _checked(address, what="address").rpartition("@")
    if not (local and at and domain) or domain.endswith(".invalid") or any(sign in address for sign in "<> "):
        raise Undeliverable(f"{address} is no address that mail can be sent to.")
    try:
        return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as why:
        raise Undeliverable(f"{address} is no address that mail can be sent to: {why}.") from why


def _checked(value: str, *, what: str) -> str:
    """A line break in a header would begin another one: such a message never leaves."""
    if _CONTROL.search(value):
        raise Undeliverable(f"There is a line break or control character in the {what}.")
    return value.strip()


def _phrase(name: str) -> str:
    name = _checked(name, what="name")
    if name.isascii() and "=?" not in name:
        if _PLAIN_PHRASE.fullmatch(name):
            return name
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _encoded_words(name)


def _text_header(text: str) -> str:
    text = _checked(text, what="subject")
    if not text.isascii() or "=?" in text or any(len(word) > 60 for word in text.split(" ")):
        return _encoded_words(text)
    lines = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) > _LONGEST_LINE - 12 and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _encoded_words(text: str) -> str:
    """RFC 2047, each word within 75 characters and whole characters in each."""
    words, pending = [], b""
    for sign in text:
        raw = sign.encode()
        if len(pending) + len(raw) > 42:
            words.append(pending)
            pending = b""
        pending += raw
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in [*words, pending] if word)


def _written(headers: Sequence[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode()


# ---------------------------------------------------------------- body


@dataclass(frozen=True, slots=True)
class _Entity:
    """A MIME entity: its headers and its content as it stands on the wire."""

    headers: tuple[tuple[str, str], ...]
    content: bytes


def _body(message: Outbound, *, rendering: Rendering) -> _Entity:
    """Text, or text and HTML with its pictures; and the files beside it."""
    body = _text(rendering.parts[0], kind="plain")
    shown = [file for file in message.files if file.content_id and message.html]
    if rendering.html is not None:
        page = _text(rendering.html, kind="html")
        pictures = [_attached(file) for file in shown]
        related = _several("related", [page, *pictures], message=message) if pictures else page
        body = _several("alternative", [body, related], message=message)
    beside = [_attached(file) for file in message.files if file not in shown]
    return _several("mixed", [body, *beside], message=message) if beside else body


def _text(text: str, *, kind: str) -> _Entity:
    """Quoted-printable, or Base64 where most letters would be quoted."""
    raw = _BREAK.sub("\r\n", text).encode("utf-8", "replace")
    if not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    if sum(byte > 127 for byte in raw[:4096]) * 4 > len(raw[:4096]):
        encoding, content = "base64", encodebytes(raw).replace(b"\n", b"\r\n")
    else:
        encoding, content = "quoted-printable", b2a_qp(raw, istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    headers = (("Content-Type", f"text/{kind}; charset=utf-8"), ("Content-Transfer-Encoding", encoding))
    return _Entity(headers, content)


def _attached(file: File) -> _Entity:
    """A mail as a file goes as bytes: `message/rfc822` may not be encoded (RFC 2046 §5.2.1)."""
    plain = _TYPE.fullmatch(file.type) and not file.type.startswith(("message/", "multipart/"))
    type = file.type if plain else "application/octet-stream"
    name = _CONTROL.sub(" ", file.name).strip()[:200] or "file"
    disposition = "inline" if file.content_id else "attachment"
    headers = [
        ("Content-Type", f"{type};\r\n name={_old_name(name)}"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"{disposition};\r\n {_file_name(name)}"),
    ]
    if file.content_id:
        headers.append(("Content-ID", f"<{_checked(file.content_id, what='content id').strip('<>')}>"))
    return _Entity(tuple(headers), encodebytes(file.content).replace(b"\n", b"\r\n"))


def _file_name(name: str) -> str:
    """In one piece where it is plain, else as RFC 2231 has it; a `filename` beside it would win in some programs."""
    if _is_plain(name):
        return f'filename="{name}"'
    pieces = ["utf-8''"]
    for sign in name:
        quoted = quote(sign, safe="")
        if len(pieces[-1]) + len(quoted) > _LONGEST_PIECE:
            pieces.append("")
        pieces[-1] += quoted
    if len(pieces) == 1:
        return f"filename*={pieces[0]}"
    return ";\r\n ".join(f"filename*{number}*={piece}" for number, piece in enumerate(pieces))


def _old_name(name: str) -> str:
    """For programs that know no RFC 2231."""
    return f'"{name if _is_plain(name) else _encoded_words(name)}"'


def _is_plain(name: str) -> bool:
    return name.isascii() and '"' not in name and "\\" not in name and "=?" not in name


def _several(kind: str, entities: Sequence[_Entity], *, message: Outbound) -> _Entity:
    """A multipart. The boundary comes from the Message-ID and holds `=_`, which no encoding of ours lets through."""
    mark = "=_" + hashlib.sha256(f"{kind} {message.wire_id}".encode()).hexdigest()[:32]
    parts = (b"--%s\r\n" % mark.encode() + _written(one.headers) + b"\r\n" + one.content for one in entities)
    content = b"".join(part if part.endswith(b"\r\n") else part + b"\r\n" for part in parts)
    return _Entity(
        (("Content-Type", f'multipart/{kind};\r\n boundary="{mark}"'),), content + b"--%s--\r\n" % mark.encode()
    )
