"""Parts of a mail as files, and mails within a mail: each a file to save, one to read, and its own files beside it."""

from collections.abc import Iterator, Sequence

from channels.shared.charset import one_line
from channels.shared.html import to_text
from channels.shared.mime import Budget, Part, parse
from crm_core.model.message import File

DEPTH = 3
"""Mails within mails that are opened."""

MOST_READ = 1_048_576
_NAMES = {
    "message/rfc822": "mail.eml",
    "message/delivery-status": "delivery-status.txt",
    "message/feedback-report": "report.txt",
    "text/rfc822-headers": "headers.txt",
    "text/calendar": "invitation.ics",
    "text/plain": "text.txt",
    "text/html": "page.html",
    "image/jpeg": "picture.jpg",
    "image/png": "picture.png",
    "image/gif": "picture.gif",
    "application/pdf": "document.pdf",
    "application/pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "version.txt",
    "application/ms-tnef": "winmail.dat",
}
_HEAD = ("from", "to", "cc", "date", "subject")


def file(part: Part) -> File:
    """A file by its content. Its type is only what the mail says: whoever serves it must not believe it."""
    name = part.file_name or _NAMES.get(part.type) or f"file.{part.type.rpartition('/')[2][:20].rpartition('.')[2]}"
    return File(one_line(name), one_line(part.type)[:100], part.content, part.content_id or None)


def files(part: Part, *, budget: Budget, prior: Sequence[str], depth: int = 1) -> list[File]:
    """A mail within a mail: to save as it came, to read as text, and what it brought itself."""
    raw = part.body if _plain(part) else part.content
    inner = parse(raw, prior=prior, budget=budget)
    title = inner.text_of("subject")[:120]
    found = [
        File(one_line(part.file_name or (f"{_file_name(title)}.eml" if title else "mail.eml")), "message/rfc822", raw)
    ]
    if depth > DEPTH or not inner.headers:
        return found
    leaves = list(inner.leaves())
    words = _words(inner, leaves)
    if words:
        found.append(File(f"{_file_name(title) or 'mail'}.txt", "text/plain", words.encode()))
    for leaf in leaves:
        if leaf.type == "message/rfc822":
            found += files(leaf, budget=budget, prior=prior, depth=depth + 1)
        elif not _spoken(leaf):
            found.append(file(leaf))
    return found


def _plain(part: Part) -> bool:
    """A mail within a mail must not be encoded (RFC 2046 §5.2.1); some are."""
    return part.raw("content-transfer-encoding").strip().lower() not in (b"base64", b"quoted-printable")


def _spoken(part: Part) -> bool:
    return part.type in ("text/plain", "text/html") and part.disposition != "attachment" and not part.file_name


def _words(mail: Part, leaves: Sequence[Part]) -> str:
    """Its head and its words, to be read without a mail program."""
    head = "\n".join(f"{name.title()}: {mail.text_of(name)}" for name in _HEAD if mail.raw(name))
    plain = [leaf.text for leaf in leaves if leaf.type == "text/plain" and _spoken(leaf)]
    said = "\n\n".join(plain) if any(one.strip() for one in plain) else "\n\n".join(_of_html(leaves))
    return f"{head}\n\n{said.strip()}\n"[:MOST_READ].replace("\r\n", "\n") if said.strip() else ""


def _of_html(leaves: Sequence[Part]) -> Iterator[str]:
    return (to_text(leaf.text) for leaf in leaves if leaf.type == "text/html" and _spoken(leaf))


def _file_name(title: str) -> str:
    """A subject as a name: without what separates folders."""
    return " ".join("".join(" " if sign in '/\\:*?"<>|' else sign for sign in title).split()).strip(". ")[:120]
