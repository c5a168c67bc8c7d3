"""A mail into our words. Each step has its own fallback; odd mail is read oddly, never refused.

What is claimed stays a claim: nothing here believes a From, a Reply-To or a reference.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape

from channels.contract import Unreadable, Wire
from channels.email import addresses
from channels.email.addresses import Mailbox, mailboxes
from channels.email.automatic import automatic
from channels.email.complaints import complained
from channels.email.returns import returned
from channels.shared.charset import one_line
from channels.shared.html import to_text
from channels.shared.mail_text import language_by_script
from channels.shared.mime import Budget, Part, parse, unfolded
from crm_core.model.address import Address
from crm_core.model.blob import digest
from crm_core.model.message import File, Inbound, Returned

LARGEST = 104_857_600
"""Bytes of a mail at most, whatever the receiver was told to take."""

MOST_TEXT = 10_485_760
MOST_BODIES = 100
_ENVELOPE_HEADERS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")
_BODY_TYPES = ("text/plain", "text/html")
_NAMES = {
    "message/rfc822": "mail.eml",
    "message/delivery-status": "delivery-status.txt",
    "text/rfc822-headers": "headers.txt",
    "text/calendar": "invitation.ics",
    "text/plain": "text.txt",
    "text/html": "page.html",
    "image/jpeg": "picture.jpg",
    "image/png": "picture.png",
    "image/gif": "picture.gif",
    "application/pdf": "document.pdf",
}


def read(wire: Wire, *, own: str | None, prior: Sequence[str] = ()) -> Inbound:
    """The message a wire carries. `own` is the inbox's address. Raises Unreadable only where nothing is there."""
    if len(wire.body) > LARGEST:
        raise Unreadable(f"larger than {LARGEST} bytes")
    budget = Budget()
    mail = parse(wire.body, prior=prior, budget=budget)
    if not mail.headers and not wire.body.strip():
        raise Unreadable("an empty mail")
    content = _content(mail)
    sender, nobody = _sender(mail, wire, prior=prior)
    return_path = wire.evidence.get("mail_from", _header_text(mail, "return-path") or None)
    own_word = sender.name if nobody else sender.address.value
    machine = automatic(mail, sender=own_word, own=own, return_path=return_path)
    references = addresses.references(mail.raw("in-reply-to"), mail.raw("references"))
    odd = {"too many parts": budget.spent, "no sender": nobody, "several senders": len(mail.all("from")) > 1}
    return Inbound(
        external_id=external_id(mail, wire.body),
        sender=sender.address,
        sender_name=sender.name,
        text=content.text,
        sent_at=_date(mail),
        subject=mail.text_of("subject")[:998] or None,
        html=content.html,
        files=content.files,
        references=references,
        tokens=_tokens(mail, wire),
        wire_id=next(iter(addresses.ids_in(mail.raw("message-id"))), None),
        reply_to=_reply_to(mail, sender=sender.address),
        proven=_proven(wire, sender.address),
        automatic=machine,
        language=language_by_script(content.text),
        other_addresses=_others(mail, sender=sender.address),
        flags=(*content.flags, *(flag for flag, so in odd.items() if so)),
        returned=_about_ours(mail, machine=machine, references=references),
    )


def _about_ours(mail: Part, *, machine: str | None, references: tuple[str, ...]) -> Returned | None:
    """What it says about a mail of ours: that it did not arrive, or that its reader does not want it."""
    if machine == "complaint":
        return complained(mail, references=references)
    return returned(mail, references=references) if machine == "bounce" else None


def external_id(mail: Part, raw: bytes) -> str:
    """SHA-256 of Message-ID, From, Date, Subject and body as they came: the same mail is the same everywhere.

    Nothing of the envelope, so that one mail to several of our addresses is found; and the
    body too, so that nobody can swallow a mail by guessing its Message-ID.
    """
    named = [mail.raw(name) for name in ("message-id", "from", "date", "subject")]
    return digest(b"".join(b"%d:" % len(value) + value for value in named), memoryview(raw)[mail.body_at :])


# ---------------------------------------------------------------- people


def _sender(mail: Part, wire: Wire, *, prior: Sequence[str]) -> tuple[Mailbox, bool]:
    """Who says to have written it; an address of its own where nobody does, so that strangers are not mixed."""
    for name in ("from", "sender", "resent-from", "reply-to", "return-path"):
        found = mailboxes(mail.raw(name), prior=prior)
        if found:
            return found[0], False
    name = mail.text_of("from")[:200]
    envelope = addresses.addresses_in(wire.evidence.get("mail_from", ""))
    if envelope:
        return Mailbox(name, envelope[0]), False
    nobody = hashlib.sha256(wire.body).hexdigest()[:16]
    return Mailbox(name, Address.mail(f"unknown-{nobody}@sender.invalid")), True


def _proven(wire: Wire, sender: Address) -> str | None:
    """The evidence around the wire, as far as it is for the sender that was read."""
    return wire.evidence.get("proven") if wire.evidence.get("proven_for", sender.value) == sender.value else None


def _reply_to(mail: Part, *, sender: Address) -> Address | None:
    """Where an answer is wanted, if it is another place; it makes nobody anybody."""
    found = mailboxes(mail.raw("reply-to"))
    return found[0].address if found and found[0].address != sender else None


def _others(mail: Part, *, sender: Address) -> tuple[Address, ...]:
    named = (mailbox.address for name in ("to", "cc") for value in mail.all(name) for mailbox in mailboxes(value))
    return tuple(address for address in dict.fromkeys(named) if address != sender)[: addresses.MOST]


def _tokens(mail: Part, wire: Wire) -> tuple[str, ...]:
    """Whatever may be a reply token of ours: it came to an address of ours, or stands in To."""
    reached = [*wire.recipients]
    for name in (*_ENVELOPE_HEADERS, "to", "cc"):
        reached += [address.value for value in mail.all(name) for address in _addresses(value)]
    return tuple(dict.fromkeys(addresses.plus_parts(reached)))[: addresses.MOST]


def _addresses(value: bytes) -> list[Address]:
    return addresses.addresses_in(unfolded(value).decode("utf-8", "replace"))


def _header_text(mail: Part, name: str) -> str:
    return one_line(mail.raw(name).decode("latin-1"))


def _date(mail: Part) -> datetime | None:
    """When they say it was sent; without a zone it is taken as UTC; nonsense is no date."""
    text = _header_text(mail, "date")[:100]
    try:
        found = parsedate_to_datetime(text) if text else None
        return found and found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


# ---------------------------------------------------------------- words and files


@dataclass(slots=True)
class _Content:
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


def _content(mail: Part) -> _Content:
    pieces: list[_Piece] = []
    files: list[File] = []
    for piece, part in _walk(mail, None):
        if _is_body(part) and len(pieces) < MOST_BODIES:
            _say(pieces, piece, part)
        else:
            files.append(_file(part))
    content = _Content(files=tuple(files))
    text = "\n\n".join(words for piece in pieces if (words := piece.as_text().strip("\r\n")))
    content.text = _capped(text.replace("\r\n", "\n").replace("\r", "\n").rstrip(), content)
    if any(piece.html for piece in pieces):
        content.html = _capped("\n".join(piece.as_html() for piece in pieces if piece.html or piece.plain), content)
    return content


def _walk(part: Part, group: _Piece | None) -> Iterator[tuple[_Piece | None, Part]]:
    """The leaves, each with the piece that its alternatives share."""
    if not part.parts:
        yield group, part
    for child in part.parts:
        shared = _Piece() if part.type == "multipart/alternative" and group is None else group
        group = shared if part.type == "multipart/alternative" else group
        yield from _walk(child, shared)


def _is_body(part: Part) -> bool:
    return part.type in _BODY_TYPES and part.disposition != "attachment" and not part.file_name


def _say(pieces: list[_Piece], group: _Piece | None, part: Part) -> None:
    piece = group if group is not None else _Piece()
    if not any(known is piece for known in pieces):
        pieces.append(piece)
    if part.type == "text/html":
        piece.html += part.text
    else:
        piece.plain += part.text


def _file(part: Part) -> File:
    """A file by its content. Its type is only what the mail says: whoever serves it must not believe it."""
    name = part.file_name or _NAMES.get(part.type) or f"file.{part.type.rpartition('/')[2][:20].rpartition('.')[2]}"
    content = part.body if part.type == "message/rfc822" else part.content
    return File(one_line(name), one_line(part.type)[:100], content, part.content_id or None)


def _capped(text: str, content: _Content) -> str:
    if len(text) <= MOST_TEXT:
        return text
    content.flags.append("cut")
    return text[:MOST_TEXT]
