"""What a mail server's report says about a mail of ours: who was not reached, why, and which mail it was.

Reports as RFC 3464 has them, and their forerunners: `X-Failed-Recipients`, or words with
a refusal in them above a copy of what came back. Nothing here believes any of it; the
core does, where an id or an address in it carries our signature.
"""

import re
from collections.abc import Iterator

from channels.email import addresses
from channels.shared.charset import one_line
from channels.shared.mime import Part, split_headers, unfolded
from crm_core.model.address import Address
from crm_core.model.message import Returned

MOST_WORDS = 64 * 1024
MOST_REASON = 500
_COPIES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_ID_LINE = re.compile(r"^[ \t>]*message-id:\s*(<[^<>\s]{8,400}>)", re.IGNORECASE | re.MULTILINE)
_COPY_BEGINS = re.compile(
    r"^[ \t>-]*(?:return-path|received|message-id|from|to|subject):\s", re.IGNORECASE | re.MULTILINE
)
_REFUSED = re.compile(r"(?<![\d.])5(?:\d\d(?=[ \-#])|\.\d{1,3}\.\d{1,3})[^\r\n]*")
_BLOCKS = re.compile(rb"\r?\n[ \t]*\r?\n")

Fields = dict[str, bytes]


def returned(mail: Part, *, references: tuple[str, ...]) -> Returned | None:
    """What did not arrive, or None: a report that a mail only takes longer says nothing yet."""
    reports = [fields for part in mail.leaves() if part.type.endswith("delivery-status") for fields in _reports(part)]
    failed = [fields for fields in reports if fields.get("action", b"").strip().lower().startswith(b"failed")]
    words = _words(mail)
    reason = _reason(failed, words=words, said=mail.raw("x-failed-recipients"))
    if reason is None or (reports and not failed):
        return None
    return Returned(
        wire_ids=tuple(dict.fromkeys([*_ids(mail), *references]))[: addresses.MOST],
        recipients=tuple(dict.fromkeys(_recipients(mail, failed, words=words)))[: addresses.MOST],
        reason=" ".join(one_line(reason).split())[:MOST_REASON],
    )


def _reports(part: Part) -> Iterator[Fields]:
    """The fields for each recipient; those for the whole report name none."""
    for block in _BLOCKS.split(part.content[:MOST_WORDS]):
        fields = dict(split_headers(block.lstrip(b"\r\n") + b"\n\n")[0])
        if "action" in fields or "final-recipient" in fields:
            yield fields


def _recipients(mail: Part, failed: list[Fields], *, words: str) -> Iterator[Address]:
    named = [fields[name] for fields in failed for name in ("original-recipient", "final-recipient") if name in fields]
    named += mail.all("x-failed-recipients")
    for value in named:
        yield from addresses.addresses_in(unfolded(value).decode("utf-8", "replace"))
    if not named:
        yield from addresses.addresses_in(words)


def _reason(failed: list[Fields], *, words: str, said: bytes) -> str | None:
    """The refusal in the other side's words; None where nobody speaks of one."""
    for fields in failed:
        told = unfolded(fields.get("diagnostic-code", b"")).decode("utf-8", "replace").partition(";")[2].strip()
        return told or fields.get("status", b"").decode("latin-1").strip() or "failed"
    refusal = _REFUSED.search(words)
    if refusal is not None:
        return refusal[0]
    return "failed" if said and "delay" not in words.casefold() else None


def _words(mail: Part) -> str:
    """What the server says itself, above any copy of ours."""
    for part in mail.leaves():
        if part.type == "text/plain":
            words = part.text[:MOST_WORDS]
            copy = _COPY_BEGINS.search(words)
            return words[: copy.start()] if copy else words
    return ""


def _ids(mail: Part) -> Iterator[str]:
    """Message-IDs of what came back: of its copy, or of one that stands among the words."""
    for part in mail.leaves():
        if part.type in _COPIES:
            headers = part.body if part.type.startswith("message/") else part.content
            yield from addresses.ids_in(dict(split_headers(headers.lstrip(b"\r\n"))[0][::-1]).get("message-id", b""))
        elif part.type == "text/plain":
            yield from _ID_LINE.findall(part.text[:MOST_WORDS])
