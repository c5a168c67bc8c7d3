"""Mails made to break who reads them (THREATS §1.4, §4 row 13, §5): each a name, and its bytes on the wire."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
from collections.abc import Callable

HEAD = (
    "From: {name} <{name}@bomb.example>\r\nTo: hello@larkhaven.example\r\nSubject: bomb {name}\r\nMIME-Version: 1.0\r\n"
)


def bombs(*, size: int) -> dict[str, bytes]:
    """All of them; `size` bytes is what the large ones come to (10 MB in earnest)."""
    return {name: bomb(name, size=size) for name in _BOMBS}


def bomb(name: str, *, size: int) -> bytes:
    """One of them."""
    return _whole(name, _BOMBS[name](size))


def _whole(name: str, rest: str | bytes) -> bytes:
    head = HEAD.format(name=name).encode()
    return head + (rest.encode("utf-8", "surrogateescape") if isinstance(rest, str) else rest)


def _text(body: str, *, kind: str = "text/plain; charset=utf-8", encoding: str = "8bit") -> str:
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"


def _multipart(parts: int) -> str:
    part = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{part * parts}--b--\r\n"


def _nested(depth: int) -> str:
    opening = "".join(
        f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n' for level in range(depth)
    )
    closing = "".join(f"\r\n--b{level}--" for level in reversed(range(depth)))
    return f"{opening}Content-Type: text/plain\r\n\r\ndeep{closing}\r\n"


def _forwards(depth: int) -> str:
    return "Content-Type: message/rfc822\r\n\r\n" * depth + "Subject: inside\r\n\r\ndeep\r\n"


def _attached(content: bytes, name: str, kind: str) -> str:
    encoded = base64.encodebytes(content).decode().replace("\n", "\r\n")
    return (
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee the file\r\n--b\r\n"
        f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n{encoded}--b--\r\n'
    )


def _gzip(size: int) -> bytes:
    """Unpacks to a thousand times its size, twice."""
    return gzip.compress(gzip.compress(b"\0" * size * 10))


def _zip(size: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            archive.writestr(f"../../{number}.txt", b"\0" * size)
    return held.getvalue()


def _headers(count: int) -> str:
    return "".join(f"X-Header-{number}: value\r\n" for number in range(count)) + "\r\nbody\r\n"


_BOMBS: dict[str, Callable[[int], str | bytes]] = {
    "parts-1000": lambda _size: _multipart(1_000),
    "parts-many": lambda size: _multipart(size // 40),
    "depth-25": lambda _size: _nested(25),
    "depth-many": lambda size: _nested(min(size // 60, 20_000)),
    "forwards-many": lambda size: _forwards(min(size // 40, 20_000)),
    "text-large": lambda size: _text("Wörter und 字 " * (size // 16)),
    "text-one-line": lambda size: _text("x" * size),
    "html-nested": lambda size: _text("<div>" * (size // 5), kind="text/html"),
    "html-brackets": lambda size: _text("<" * size, kind="text/html"),
    "html-entities": lambda size: _text("&#x" * (size // 3), kind="text/html"),
    "html-attributes": lambda size: _text(f"<a {'b=c ' * (size // 4)}>x</a>", kind="text/html"),
    "html-comment": lambda size: _text("<!--" * (size // 4), kind="text/html"),
    "gzip-bomb": lambda size: _attached(_gzip(size), "bomb.gz", "application/gzip"),
    "zip-bomb": lambda size: _attached(_zip(size), "bomb.zip", "application/zip"),
    "headers-many": lambda size: _headers(min(size // 25, 100_000)),
    "header-large": lambda size: f"X-Large: {'y' * size}\r\n\r\nbody\r\n",
    "header-folded": lambda size: "X-Folded:" + "\r\n y" * (size // 4) + "\r\n\r\nbody\r\n",
    "references-many": lambda size: "References: " + "<a.b.c.d.e@f.example> " * (size // 22) + "\r\n\r\nbody\r\n",
    "recipients-many": lambda size: "Cc: " + "Ann <ann@example.org>, " * (size // 24) + "x@y.z\r\n\r\nbody\r\n",
    "comments-nested": lambda size: "Reply-To: " + "(" * (size // 2) + "\r\n\r\nbody\r\n",
    "quotes-open": lambda size: 'Reply-To: "' + '\\"' * (size // 2) + "\r\n\r\nbody\r\n",
    "words-encoded": lambda size: "X-To: a\r\nComments: " + "=?utf-8?b?5a2X?= " * (size // 17) + "\r\n\r\nbody\r\n",
    "parameters-continued": lambda size: (
        "Content-Type: text/plain"
        + "".join(f";\r\n name*{number}*=utf-8''%41" for number in range(min(size // 24, 50_000)))
        + "\r\n\r\nbody\r\n"
    ),
    "parameters-many": lambda size: "Content-Type: text/plain" + "; a=b" * (size // 5) + "\r\n\r\nbody\r\n",
    "quoted-printable": lambda size: _text("=" * size, encoding="quoted-printable"),
    "quoted-printable-soft": lambda size: _text("=\r\n" * (size // 3), encoding="quoted-printable"),
    "base64-broken": lambda size: _text("=A" * (size // 2), encoding="base64"),
    "uuencoded": lambda size: _text("begin 644 x\r\n" + "M" * size, encoding="x-uuencode"),
    "boundary-many": lambda size: "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "--b\r\n" * (size // 5),
    "boundary-lost": lambda size: "Content-Type: multipart/mixed\r\n\r\n" + "--" * (size // 2),
    "charset-unknown": lambda size: _text("é字" * (size // 5), kind="text/plain; charset=x-unknown"),
    "utf-7": lambda size: _text("+AGE-" * (size // 5), kind="text/plain; charset=utf-7"),
    "quoting-on": lambda size: _text("On " * (size // 3)),
    "quoting-on-x": lambda size: _text("On " + "x " * (size // 2)),
    "quoting-newlines": lambda size: _text("\r\n" * (size // 2) + "x"),
    "quoting-marks": lambda size: _text(">" * size),
    "quoting-wrote": lambda size: _text(" on xxxx at yyyy" * (size // 16)),
    "spaces": lambda size: _text(" " * size + "x"),
    "nulls": lambda size: _text("\0" * size),
    "overrides": lambda size: _text("\u202e\u2066\u200b" * (size // 9)),
    "rtf-tnef": lambda size: _attached(
        b"\x78\x9f\x3e\x22" + b"\xff" * (size // 2), "winmail.dat", "application/ms-tnef"
    ),
}
