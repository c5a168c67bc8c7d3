"""What a mail server's report says about a mail of ours: who was not reached, why, and which mail it was.

Reports as RFC 3464 has them, and all that was written before there was a form and is
written still: `X-Failed-Recipients`, or words above a copy of what came back
(`refusals.py`). Nothing here believes any of it; the core does, where an id or an address
in it carries our signature.
"""

import re
from collections.abc import Iterator

from channels.email import addresses, refusals
from channels.shared.charset import one_line
from channels.shared.html import to_text
from channels.shared.mime import Part, split_headers, unfolded
from crm_core.model.address import Address
from crm_core.model.message import Returned

MOST_WORDS = 64 * 1024
MOST_REASON = 500
_COPIES = ("message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822-header", "message/global-headers")
_ID_LINE = re.compile(r"^[ \t>]*message-id:\s*(<[^<>\s]{8,400}>)", re.IGNORECASE | re.MULTILINE)
_TO_LINE = re.compile(r"^[ \t>]*to:[ \t]*([^\r\n]{3,400})", re.IGNORECASE | re.MULTILINE)
_COPY_BEGINS = re.compile(
    r"^[ \t>-]*(?:return-path|received|message-id|from|to|subject|x-originating-ip|mime-version):[ \t]*\S"
    r"|^[ \t-]{0,9}(?:below (?:this line )?is a copy|(?:original|returned) message\b|enclosed is a copy|message headers follow"
    r"|this is a copy of|the header of the original)",
    re.IGNORECASE | re.MULTILINE,
)
_EXCHANGE = re.compile(
    r"^(?:did not reach|the following) (?:the following )?recipient\(s\)", re.IGNORECASE | re.MULTILINE
)
_BLOCKS = re.compile(rb"\r?\n[ \t]*\r?\n")

Fields = dict[str, bytes]


def returned(mail: Part, *, references: tuple[str, ...]) -> Returned | None:
    """What did not arrive, or None: a report that a mail only takes longer says nothing yet."""
    reports = [fields for part in mail.leaves() if part.type.endswith("delivery-status") for fields in _reports(part)]
    failed = [fields for fields in reports if _failed(fields)]
    words, copy = _words(mail)
    if not failed and (reports or not _speaks_of_failure(mail, words)):
        return None
    recipients = tuple(dict.fromkeys(_recipients(mail, failed, words=words, copy=copy)))[: addresses.MOST]
    reason = _told(failed) or refusals.reason(words, about=next(iter(recipients), None)) or "failed"
    return Returned(
        wire_ids=tuple(dict.fromkeys([*ids(mail), *references]))[: addresses.MOST],
        recipients=recipients,
        reason=" ".join(one_line(reason).split())[:MOST_REASON],
    )


def ids(mail: Part) -> list[str]:
    """Message-IDs of what came back: of its copy, of one among the words, or of whatever was made of one on the way."""
    copies = [part for part in mail.leaves() if part.type in _COPIES]
    found = [id for part in copies for id in addresses.ids_in(copied(part).get("message-id", b""))]
    for part in mail.leaves():
        if part.type == "text/plain":
            found += _ID_LINE.findall(part.text[:MOST_WORDS])
    for part in mail.leaves() if not found else ():
        found += _ID_LINE.findall(part.body[:MOST_WORDS].decode("latin-1"))
        found += addresses.ids_in(part.raw("message-id")) if part is not mail else []
    return found


def copied(part: Part) -> Fields:
    """The headers of a copy, whole or only its headers; the first of each name."""
    headers = part.body if part.type.startswith("message/") else part.content
    return dict(split_headers(headers.lstrip(b"\r\n"))[0][::-1])


def _reports(part: Part) -> Iterator[Fields]:
    """The fields for each recipient; those for the whole report name none."""
    for block in _BLOCKS.split(part.content[:MOST_WORDS]):
        fields = dict(split_headers(block.lstrip(b"\r\n") + b"\n\n")[0])
        if "action" in fields or "final-recipient" in fields:
            yield fields


def _failed(fields: Fields) -> bool:
    action = fields.get("action", b"").strip().lower()
    return action.startswith(b"failed") or (not action and fields.get("status", b"").strip().startswith(b"5."))


def _speaks_of_failure(mail: Part, words: str) -> bool:
    subject = mail.text_of("subject")
    if refusals.only_late(subject, words):
        return False
    return bool(mail.raw("x-failed-recipients")) or refusals.failed(subject, words)


def _words(mail: Part) -> tuple[str, str]:
    """What the server says itself, and what stands below that: a copy of ours, or nothing."""
    for part in mail.leaves():
        words = part.text[:MOST_WORDS] if part.type in ("text/plain", "text/html") else ""
        words = to_text(words) if part.type == "text/html" else words
        if words.strip():
            return _above_copy(words)
    return "", ""


def _above_copy(words: str) -> tuple[str, str]:
    """Exchange puts the head of the mail first, and whom it did not reach below that."""
    exchange = _EXCHANGE.search(words)
    begin = exchange.start() if exchange else 0
    copy = _COPY_BEGINS.search(words, begin)
    at = copy.start() if copy and words[begin : copy.start()].strip() else len(words)
    return words[begin:at], words[at:]


def _recipients(mail: Part, failed: list[Fields], *, words: str, copy: str) -> Iterator[Address]:
    """Whom the report names; where it names nobody, to whom the mail went that came back, if that is one."""
    named = [fields[name] for fields in failed for name in ("original-recipient", "final-recipient") if name in fields]
    named += mail.all("x-failed-recipients")
    found = [one for value in named for one in addresses.addresses_of(value)]
    if not found:
        told = {
            one
            for name in ("to", "from", "reply-to")
            for value in mail.all(name)
            for one in addresses.addresses_of(value)
        }
        found = list(dict.fromkeys(refusals.named(words, but=told) or refusals.refused(copy, but=told)))
    if not found:
        whom = set(_went_to(mail, copy=copy))
        found = list(whom) if len(whom) == 1 else []
    yield from found


def _went_to(mail: Part, *, copy: str) -> Iterator[Address]:
    for part in mail.leaves():
        if part.type in _COPIES:
            yield from addresses.addresses_of(copied(part).get("to", b""))
    line = _TO_LINE.search(copy)
    if line is not None:
        yield from addresses.addresses_in(line[1])


def _told(failed: list[Fields]) -> str | None:
    """The refusal in the other side's words, where the report has a place for it."""
    if not failed:
        return None
    [first, *_] = failed
    told = unfolded(first.get("diagnostic-code", b"")).decode("utf-8", "replace").partition(";")[2].strip()
    return told or first.get("status", b"").decode("latin-1").strip() or None
